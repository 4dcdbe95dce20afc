// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import java.util.Arrays;

/** A file in memory that counts what is read of it, and that may shrink meanwhile. */
public final class CountedFile implements RootView.FileReader {
    private final byte[] bytes;
    private int size;
    private long reads;
    private long askedBytes;

    /** All of it is there. */
    public CountedFile(byte[] bytes) {
        this.bytes = bytes;
        this.size = bytes.length;
    }

    @Override
    public byte[] read(long offset, int length) {
        if (offset < 0 || length < 0) {
            throw new AssertionError("read of offset=" + offset + " length=" + length);
        }
        reads++;
        askedBytes += length;
        int from = (int) Math.min(offset, size);
        return Arrays.copyOfRange(bytes, from, from + Math.min(length, size - from));
    }

    /** From now on it ends there. */
    public void truncate(int newSize) {
        size = Math.min(size, newSize);
    }

    /** How often it was read. */
    public long reads() {
        return reads;
    }

    /** How much of it was asked for, whether or not it was there. */
    public long askedBytes() {
        return askedBytes;
    }
}
