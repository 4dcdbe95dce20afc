// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes 64-bit ELF programs and libraries that have a dynamic section, all of the file in one PT_LOAD at address 0. */
final class LibraryImage {
    private static final int TABLE = 64;
    private static final int DYNAMIC = 0x200;
    private static final int CONTENT = 0x1000;
    private static final int SIZE = 0x8000;

    private final ByteArrayOutputStream strings = new ByteArrayOutputStream();
    private final List<long[]> tags = new ArrayList<>();
    private final List<long[]> symbols = new ArrayList<>();
    private final List<String[]> needs = new ArrayList<>();
    private final List<String> definitions = new ArrayList<>();
    private @Nullable String interpreter;
    private int machine = ElfFile.EM_X86_64;
    private ByteOrder order = ByteOrder.LITTLE_ENDIAN;
    private boolean now;

    LibraryImage() {
        strings.write(0);
    }

    static LibraryImage program(String interpreter) {
        LibraryImage image = new LibraryImage();
        image.interpreter = interpreter;
        return image;
    }

    LibraryImage machine(int number) {
        machine = number;
        return this;
    }

    LibraryImage bigEndian() {
        order = ByteOrder.BIG_ENDIAN;
        return this;
    }

    LibraryImage needs(String library) {
        return tag(1, string(library));
    }

    LibraryImage soname(String name) {
        return tag(14, string(name));
    }

    LibraryImage rpath(String path) {
        return tag(15, string(path));
    }

    LibraryImage runpath(String path) {
        return tag(29, string(path));
    }

    LibraryImage defines(String symbol) {
        symbols.add(new long[] {string(symbol), 1});
        return this;
    }

    /** Bound before the start. */
    LibraryImage wants(String symbol) {
        symbols.add(new long[] {string(symbol), 0});
        now = true;
        return this;
    }

    LibraryImage needsVersion(String library, String version) {
        needs.add(new String[] {library, version});
        return this;
    }

    LibraryImage definesVersion(String version) {
        definitions.add(version);
        return this;
    }

    LibraryImage tag(long tag, long value) {
        tags.add(new long[] {tag, value});
        return this;
    }

    byte[] bytes() {
        ByteBuffer file = ByteBuffer.allocate(SIZE).order(order);
        file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, (byte) (order == ByteOrder.LITTLE_ENDIAN ? 1 : 2), 1});
        file.putShort(16, (short) 3).putShort(18, (short) machine);
        file.putLong(32, TABLE).putShort(54, (short) 56).putShort(56, (short) 3);
        segment(file, 0, 1, 0, SIZE);
        int at = CONTENT;
        int symbolTable = at;
        for (int i = 0; i < symbols.size(); i++) {
            int entry = symbolTable + 24 * (i + 1);
            file.putInt(entry, (int) symbols.get(i)[0])
                    .put(entry + 4, (byte) 0x12)
                    .putShort(entry + 6, (short) symbols.get(i)[1]);
        }
        at += 24 * (symbols.size() + 1);
        tag(6, symbolTable);
        tag(4, at);
        file.putInt(at + 4, symbols.size() + 1);
        at = relocations(file, at + 16);
        at = versions(file, at);
        if (interpreter != null) {
            byte[] name = (interpreter + "\0").getBytes(StandardCharsets.ISO_8859_1);
            file.put(at, name);
            segment(file, 2, 3, at, name.length);
            at += name.length;
        }
        tag(5, at);
        tag(10, strings.size());
        file.put(at, strings.toByteArray());
        for (int i = 0; i < tags.size(); i++) {
            file.putLong(DYNAMIC + 16 * i, tags.get(i)[0]).putLong(DYNAMIC + 16 * i + 8, tags.get(i)[1]);
        }
        segment(file, 1, 2, DYNAMIC, 16L * (tags.size() + 1));
        return file.array();
    }

    private int relocations(ByteBuffer file, int from) {
        int at = from;
        for (int i = 0; i < symbols.size(); i++) {
            if (symbols.get(i)[1] == 0) {
                file.putLong(at + 8, (i + 1L) << 32 | 6);
                at += 24;
            }
        }
        if (now) {
            tag(7, from).tag(8, at - from);
        }
        return at;
    }

    private int versions(ByteBuffer file, int from) {
        int at = from;
        if (!needs.isEmpty()) {
            tag(0x6ffffffeL, at).tag(0x6fffffffL, needs.size());
        }
        for (String[] need : needs) {
            file.putShort(at, (short) 1).putShort(at + 2, (short) 1).putInt(at + 4, string(need[0]));
            file.putInt(at + 8, 16).putInt(at + 12, 32).putInt(at + 24, string(need[1]));
            at += 32;
        }
        if (!definitions.isEmpty()) {
            tag(0x6ffffffcL, at).tag(0x6ffffffdL, definitions.size());
        }
        for (String definition : definitions) {
            file.putInt(at + 12, 20).putInt(at + 16, 28).putInt(at + 20, string(definition));
            at += 28;
        }
        return at;
    }

    private static void segment(ByteBuffer file, int index, int type, long offset, long size) {
        int at = TABLE + 56 * index;
        file.putInt(at, type).putLong(at + 8, offset).putLong(at + 16, offset);
        file.putLong(at + 32, size).putLong(at + 40, size);
    }

    private int string(String text) {
        int at = strings.size();
        strings.writeBytes((text + "\0").getBytes(StandardCharsets.ISO_8859_1));
        return at;
    }
}
