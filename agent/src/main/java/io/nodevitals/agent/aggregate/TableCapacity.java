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
    /** Some 0.6 MiB: what a node with a hundred pods needs. */
    public static final TableCapacity INITIAL = new TableCapacity(2_048, 512, 4_096);

    /** Some 4 MiB, reached by doubling. */
    public static final TableCapacity MAXIMUM = new TableCapacity(16_384, 4_096, 32_768);

    /** The overflow's own, beside {@code chunks}. */
    static final int OVERFLOW_CHUNKS = MemoryCounters.SERIES * 4;

    private static final int MOST_PROCESSES = 1 << 18;
    private static final int MOST_CGROUPS = 1 << 16;
    private static final int MOST_CHUNKS = SizeCounts.MOST_CHUNKS - OVERFLOW_CHUNKS;

    public TableCapacity {
        check("processes", processes, MOST_PROCESSES);
        check("cgroups", cgroups, MOST_CGROUPS);
        check("chunks", chunks, MOST_CHUNKS);
    }

    private static void check(String name, int value, int most) {
        if (value < 1 || value > most) {
            throw new IllegalArgumentException(name + "=" + value + " is not within 1.." + most);
        }
    }

    /** Slots of a hash table for so many entries, a power of two: twice as many at least, so that probes stay short. */
    static int slots(int entries) {
        return Integer.highestOneBit(Math.max(entries, 2) * 2 - 1) << 1;
    }

    TableCapacity doubledWithin(TableCapacity maximum) {
        return new TableCapacity(
                Math.max(processes, Math.min(2 * processes, maximum.processes)),
                Math.max(cgroups, Math.min(2 * cgroups, maximum.cgroups)),
                Math.max(chunks, Math.min(2 * chunks, maximum.chunks)));
    }
}
