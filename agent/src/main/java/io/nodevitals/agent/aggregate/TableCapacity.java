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

    private static final int MOST_CHUNKS = Character.MAX_VALUE - OVERFLOW_CHUNKS;

    public TableCapacity {
        if (processes < 1 || processes > 1 << 24 || cgroups < 1 || cgroups > 1 << 20) {
            throw new IllegalArgumentException("processes=" + processes + " cgroups=" + cgroups);
        }
        if (chunks < 1 || chunks > MOST_CHUNKS) {
            throw new IllegalArgumentException("chunks=" + chunks + " is not within 1.." + MOST_CHUNKS);
        }
    }

    /** Twice as many slots as entries at least: probes stay short. */
    int processSlots() {
        return slots(processes);
    }

    int cgroupSlots() {
        return slots(cgroups);
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
