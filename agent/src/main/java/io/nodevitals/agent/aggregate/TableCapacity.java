// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

/**
 * How much fits into {@link MemoryTables} between two handovers.
 *
 * @param processes whose total_vm is kept
 * @param cgroups that have a row of their own
 * @param chunks of sixteen size classes, for all cgroups together: a cgroup needs one for each series that it uses, seldom two
 */
public record TableCapacity(int processes, int cgroups, int chunks) {
    /** Some 0.8 MiB: what a node with a hundred pods needs. */
    public static final TableCapacity INITIAL = new TableCapacity(2_048, 512, 4_096);

    /** Some 6 MiB, reached by doubling. */
    public static final TableCapacity MAXIMUM = new TableCapacity(16_384, 4_096, 32_768);

    /** The overflow row's own, beside {@code chunks}. */
    static final int OVERFLOW_CHUNKS = MemoryCounters.SERIES * 4;

    /** A chunk's number is its index / 16 and has sixteen bits. */
    private static final int MOST_LONGS = 1 << (16 + MemoryTables.CHUNK_SHIFT);

    public TableCapacity {
        if (processes < 1
                || processes > 1 << 18
                || cgroups < 1
                || cgroups > 1 << 15
                || chunks < 1
                || chunks > 1 << 16) {
            throw new IllegalArgumentException(
                    "processes=" + processes + " cgroups=" + cgroups + " chunks=" + chunks + ": too few or too many");
        }
        int length = length(processes, cgroups, chunks);
        if (length > MOST_LONGS) {
            throw new IllegalArgumentException("processes=" + processes + " cgroups=" + cgroups + " chunks=" + chunks
                    + " take " + length + " longs of " + MOST_LONGS);
        }
    }

    /** Twice as many slots as entries at least: probes stay short. */
    int processSlots() {
        return slots(processes);
    }

    int cgroupSlots() {
        return slots(cgroups);
    }

    /** Index of the first head, the overflow's: behind the processes and the row of those who found no room. */
    int headIndex() {
        return (processSlots() + 1) * MemoryTables.PROCESS_WIDTH;
    }

    /** Index of the first chunk, a multiple of sixteen. */
    int chunkIndex() {
        return chunkIndex(processes, cgroups);
    }

    /** Longs for all of it; the overflow's chunks are the last. */
    int length() {
        return length(processes, cgroups, chunks);
    }

    private static int chunkIndex(int processes, int cgroups) {
        int end = (slots(processes) + 1) * MemoryTables.PROCESS_WIDTH + (cgroups + 1) * MemoryTables.HEAD_WIDTH;
        int chunk = 1 << MemoryTables.CHUNK_SHIFT;
        return (end + chunk - 1) / chunk * chunk;
    }

    private static int length(int processes, int cgroups, int chunks) {
        return chunkIndex(processes, cgroups) + ((chunks + OVERFLOW_CHUNKS) << MemoryTables.CHUNK_SHIFT);
    }

    private static int slots(int entries) {
        return Integer.highestOneBit(Math.max(entries, 2) * 2 - 1) << 1;
    }

    TableCapacity doubledWithin(TableCapacity maximum) {
        return new TableCapacity(
                Math.max(processes, Math.min(2 * processes, maximum.processes)),
                Math.max(cgroups, Math.min(2 * cgroups, maximum.cgroups)),
                Math.max(chunks, Math.min(2 * chunks, maximum.chunks)));
    }
}
