// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Makes ELF files that have a header, two program headers and an interpreter's name. */
public final class ElfImage {
    private boolean wide = true;
    private boolean little = true;
    private int machine = ElfFile.EM_X86_64;
    private int type = 3;
    private @Nullable String interpreter;
    private int interpreterOffset = 0x318;
    private int size = 1024;

    public ElfImage narrow() {
        wide = false;
        return this;
    }

    public ElfImage bigEndian() {
        little = false;
        return this;
    }

    public ElfImage machine(int number) {
        machine = number;
        return this;
    }

    public ElfImage type(int number) {
        type = number;
        return this;
    }

    public ElfImage interpreter(String path) {
        interpreter = path;
        return this;
    }

    public ElfImage interpreterAt(int offset, int fileSize) {
        interpreterOffset = offset;
        size = fileSize;
        return this;
    }

    public byte[] bytes() {
        ByteBuffer file = ByteBuffer.allocate(size).order(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        file.put(new byte[] {0x7f, 'E', 'L', 'F', (byte) (wide ? 2 : 1), (byte) (little ? 1 : 2), 1});
        file.putShort(16, (short) type).putShort(18, (short) machine);
        int table = wide ? 64 : 52;
        int entry = wide ? 56 : 32;
        if (wide) {
            file.putLong(32, table).putShort(54, (short) entry).putShort(56, (short) 2);
        } else {
            file.putInt(28, table).putShort(42, (short) entry).putShort(44, (short) 2);
        }
        file.putInt(table, 6);
        int second = table + entry;
        if (interpreter == null) {
            file.putInt(second, 1);
        } else {
            byte[] name = (interpreter + "\0").getBytes(StandardCharsets.ISO_8859_1);
            file.putInt(second, 3);
            if (wide) {
                file.putLong(second + 8, interpreterOffset).putLong(second + 32, name.length);
            } else {
                file.putInt(second + 4, interpreterOffset).putInt(second + 16, name.length);
            }
            if (interpreterOffset + name.length <= size) {
                file.put(interpreterOffset, name);
            }
        }
        return file.array();
    }
}
