// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Counts by size class, in chunks of sixteen from a pool: a series has up to four, and most have one.
 *
 * <p>A chunk's counts are 32 bits each, one cache line, because the counts are what the tables have most of. Before one could
 * wrap, all of them are moved to 64-bit ones; that takes two thousand million records without a handover.
 */
final class SizeCounts {
    /** Number of no chunk. Its counts are for what must not count. */
    static final int NO_CHUNK = 0;

    /** A chunk's number has sixteen bits. */
    static final int MOST_CHUNKS = 0xFFFF;

    private static final int CHUNK_SHIFT = 4;
    private static final int CLASS_MASK = (1 << CHUNK_SHIFT) - 1;
    // Size class 16 n + i is count i of the series' nth chunk, whose number is at bit 16 n: the same n times 16.
    private static final int LANE_MASK = 0x30;

    private final long spillAfter;
    private int[] counts;
    private long @Nullable [] spilled;
    private int used;
    private long counted;

    SizeCounts(int chunks, long spillAfter) {
        this.spillAfter = spillAfter;
        counts = new int[(1 + chunks) << CHUNK_SHIFT];
    }

    /** Number of the chunk that counts a size class; {@code chunks} are a series' four. */
    static int chunk(long chunks, int sizeClass) {
        return (int) (chunks >>> (sizeClass & LANE_MASK)) & MOST_CHUNKS;
    }

    /** Index of the count. */
    static int index(int chunk, int sizeClass) {
        return chunk << CHUNK_SHIFT | (sizeClass & CLASS_MASK);
    }

    /** A series' chunks with one more, for the size class and its fifteen neighbours; the same when there is no more. */
    long take(long chunks, int sizeClass) {
        if ((used + 2) << CHUNK_SHIFT > counts.length) {
            return chunks;
        }
        return chunks | (long) ++used << (sizeClass & LANE_MASK);
    }

    /** Adds one to the count at the index that is the first of every {@code width} words. */
    void count(long[] words, int end, int width) {
        int[] counts = this.counts;
        for (int i = 0; i < end; i += width) {
            counts[(int) words[i]]++;
        }
        counted += end;
        if (counted >= spillAfter) {
            spill();
        }
    }

    long get(int index) {
        return Integer.toUnsignedLong(counts[index]) + (spilled == null ? 0 : spilled[index]);
    }

    /** Chunks in use. */
    int used() {
        return used;
    }

    /** Empties it; with another number of chunks if it differs. */
    void clear(int chunks) {
        int length = (1 + chunks) << CHUNK_SHIFT;
        if (length == counts.length) {
            Arrays.fill(counts, 0, (1 + used) << CHUNK_SHIFT, 0);
        } else {
            counts = new int[length];
        }
        spilled = null;
        used = 0;
        counted = 0;
    }

    private void spill() {
        if (spilled == null) {
            spilled = new long[counts.length];
        }
        for (int i = 0; i < counts.length; i++) {
            spilled[i] += Integer.toUnsignedLong(counts[i]);
        }
        Arrays.fill(counts, 0);
        counted = 0;
    }
}
