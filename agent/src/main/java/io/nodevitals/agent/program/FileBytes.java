// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import io.nodevitals.agent.program.RootView.FileReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A file's bytes by offset, the first ones kept: most tables lie near the head. One thread. */
final class FileBytes {
    static final int HEAD = 64 << 10;

    /** Bytes that one file may cost: a hostile one can name the same table a thousand times. */
    static final long BUDGET = 128L << 20;

    /** Reads beyond the head that one file may cost: small tables may be spread over all of a large one. */
    static final int MAX_READS = 1 << 15;

    private final FileReader reader;
    private final byte[] head;
    private long spent;
    private int reads;

    FileBytes(FileReader reader) throws BrokenElfException {
        this.reader = reader;
        try {
            this.head = reader.read(0, HEAD);
        } catch (IOException e) {
            throw new BrokenElfException("could not be read: " + e.getMessage());
        }
    }

    byte[] head() {
        return head;
    }

    byte[] read(long offset, int length) throws BrokenElfException {
        if (offset < 0 || length <= 0) {
            return new byte[0];
        }
        spent += length;
        if (spent > BUDGET) {
            throw new BrokenElfException("has tables of more than " + BUDGET + " bytes");
        }
        // A sum of the two may be negative: offsets are what the file says.
        if (offset <= head.length - length) {
            return Arrays.copyOfRange(head, (int) offset, (int) offset + length);
        }
        if (++reads > MAX_READS) {
            throw new BrokenElfException("has its tables in more than " + MAX_READS + " places");
        }
        try {
            return reader.read(offset, length);
        } catch (IOException e) {
            throw new BrokenElfException("could not be read: " + e.getMessage());
        }
    }

    /** Up to the NUL, or to the end. */
    static String stringAt(byte[] bytes, int from) {
        int end = from;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, from, end - from, StandardCharsets.ISO_8859_1);
    }
}
