// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.libbpf.Native;
import java.nio.ByteBuffer;
import jnr.ffi.Pointer;

/** Reads a whole array that is mapped into this process, without a system call; the keys are the indexes. */
final class ArrayReader implements MapReader {
    private final Pointer indexes;
    private final ByteBuffer keys;
    private final ByteBuffer values;
    private final Pointer content;
    private final int entries;
    private final int valueBytes;

    /**
     * A reader of a mapped array.
     *
     * @param values the mapping, which must outlive this
     */
    ArrayReader(Native natives, ByteBuffer values, int entries, int valueBytes) {
        this.values = values;
        this.entries = entries;
        this.valueBytes = valueBytes;
        content = natives.pointer(values);
        indexes = natives.allocate(entries * Integer.BYTES);
        keys = natives.view(indexes, entries * Integer.BYTES);
        for (int i = 0; i < entries; i++) {
            indexes.putInt((long) i * Integer.BYTES, i);
        }
    }

    @Override
    public ByteBuffer keys() {
        return keys;
    }

    @Override
    public ByteBuffer values() {
        return values;
    }

    @Override
    public void forEach(Visitor visitor) {
        for (int i = 0; i < entries; i++) {
            visitor.onEntry(indexes, (long) i * Integer.BYTES, content, (long) i * valueBytes);
        }
    }
}
