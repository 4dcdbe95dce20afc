// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.event;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A view over one C struct in place: nothing is copied until a field is asked for.
 *
 * <p>A flyweight belongs to one thread, is wrapped again for the next record and must not outlive the record. The buffer's byte
 * order has to be the machine's, as the kernel wrote it; a struct that ends beyond the buffer's limit is the caller's error and
 * shows as {@link IndexOutOfBoundsException}. C names become Java names ({@code boot_nanos} is {@code bootNanos()} and
 * {@code BOOT_NANOS_OFFSET}); the layout is proved against the compiled objects in {@code BtfLayoutTest}.
 */
abstract class Flyweight {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private ByteBuffer data = NOTHING;
    private int offset;

    final void over(ByteBuffer newData, int newOffset) {
        data = newData;
        offset = newOffset;
    }

    final ByteBuffer data() {
        return data;
    }

    final int at(int field) {
        return offset + field;
    }

    final int u8(int field) {
        return data.get(offset + field) & 0xff;
    }

    final int u16(int field) {
        return data.getShort(offset + field) & 0xffff;
    }

    final int s32(int field) {
        return data.getInt(offset + field);
    }

    final long u32(int field) {
        return data.getInt(offset + field) & 0xffff_ffffL;
    }

    final long u64(int field) {
        return data.getLong(offset + field);
    }

    final byte[] bytes(int field, int length) {
        byte[] copy = new byte[length];
        data.get(offset + field, copy);
        return copy;
    }

    /** The bytes before the first NUL, each as one char (Latin-1): what a name means is for its reader to decide. */
    final String string(int field, int capacity) {
        int length = 0;
        while (length < capacity && data.get(offset + field + length) != 0) {
            length++;
        }
        return new String(bytes(field, length), StandardCharsets.ISO_8859_1);
    }
}
