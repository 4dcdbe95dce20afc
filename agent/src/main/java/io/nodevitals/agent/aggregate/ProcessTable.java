// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The address spaces of the processes that live, each added to its cgroup's {@code mappedPages}. The collector's thread.
 *
 * <p>Bounded: when there are too many, the dead go first. They are looked for in /proc among those that were not updated for the longest
 * time; when none of these is gone, the one goes that was neither updated nor looked for the longest.
 */
final class ProcessTable {
    /** How many ended processes are remembered, so that a late record cannot bring one back. */
    static final int TOMBSTONES = 16_384;

    /** How many are looked for in /proc to make room for one, and to make room for all of a merge. */
    private static final int CHECKS_PER_PROCESS = 8;

    private static final int CHECKS_PER_MERGE = 512;

    private final int maximum;
    private final AddressSpaces spaces;
    // In the order of their last update or check.
    private final Map<TrackedProcess, TrackedProcess> processes = new LinkedHashMap<>(64, 0.75f, true);
    private final Map<TrackedProcess, Boolean> tombstones = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<TrackedProcess, Boolean> eldest) {
            return size() > TOMBSTONES;
        }
    };

    private int checksLeft = CHECKS_PER_MERGE;
    private long evicted;

    /**
     * An empty table.
     *
     * @param maximum of living processes; at least 1
     * @param spaces tells which are gone
     */
    ProcessTable(int maximum, AddressSpaces spaces) {
        this.maximum = maximum;
        this.spaces = spaces;
    }

    /** A new merge has its own bound of looks into /proc. */
    void beginMerge() {
        checksLeft = CHECKS_PER_MERGE;
    }

    int size() {
        return processes.size();
    }

    /** Living processes that were forgotten until their next update. */
    long evicted() {
        return evicted;
    }

    void end(int tgid, long startBootNanos) {
        TrackedProcess key = new TrackedProcess(tgid, startBootNanos);
        TrackedProcess process = processes.remove(key);
        if (process != null) {
            process.unmap();
        }
        tombstones.put(key, true);
    }

    void endUnless(MemoryTotals.ProcessPredicate mayLive) {
        processes.keySet().stream()
                .filter(process -> !mayLive.test(process.tgid, process.startBootNanos))
                .toList()
                .forEach(process -> end(process.tgid, process.startBootNanos));
    }

    void execute(int tgid, long startBootNanos, int generation) {
        TrackedProcess process = process(tgid, startBootNanos);
        if (process != null && process.isBefore(generation)) {
            process.unmap();
            process.generation = generation & 0xff;
        }
    }

    void map(int tgid, long startBootNanos, MemoryTotals.Cgroup cgroup, int generation, long totalVmPages) {
        TrackedProcess process = process(tgid, startBootNanos);
        if (process != null && !process.isAfter(generation)) {
            process.generation = generation;
            process.map(cgroup, totalVmPages);
        }
    }

    private @Nullable TrackedProcess process(int tgid, long startBootNanos) {
        TrackedProcess key = new TrackedProcess(tgid, startBootNanos);
        TrackedProcess process = processes.get(key);
        if (process != null) {
            return process;
        }
        if (tombstones.containsKey(key)) {
            return null;
        }
        if (processes.size() == maximum) {
            makeRoom();
        }
        processes.put(key, key);
        return key;
    }

    private void makeRoom() {
        TrackedProcess first = oldest();
        for (int checks = 0; checks < CHECKS_PER_PROCESS && checksLeft > 0; checks++) {
            checksLeft--;
            TrackedProcess candidate = oldest();
            if (spaces.totalVmPages(candidate.tgid, candidate.startBootNanos) == AddressSpaces.GONE) {
                remove(candidate);
                return;
            }
            // It lives: to the end, so that the next look goes on behind it.
            processes.get(candidate);
        }
        remove(first);
        evicted++;
    }

    private TrackedProcess oldest() {
        return processes.values().iterator().next();
    }

    private void remove(TrackedProcess process) {
        processes.remove(process);
        process.unmap();
    }

    /** Key and value in one: equal by tgid and start. */
    private static final class TrackedProcess {
        private static final int NO_GENERATION = -1;

        final int tgid;
        final long startBootNanos;
        int generation = NO_GENERATION;
        private MemoryTotals.@Nullable Cgroup cgroup;
        private long mappedPages;

        TrackedProcess(int tgid, long startBootNanos) {
            this.tgid = tgid;
            this.startBootNanos = startBootNanos;
        }

        // Eight bits of a number that grows: the nearer way round tells which is older.
        boolean isAfter(int other) {
            return generation != NO_GENERATION && (byte) (generation - other) > 0;
        }

        boolean isBefore(int other) {
            return generation == NO_GENERATION || (byte) (generation - other) < 0;
        }

        void map(MemoryTotals.Cgroup cgroup, long pages) {
            unmap();
            this.cgroup = cgroup;
            mappedPages = pages;
            cgroup.mappedPages += pages;
        }

        void unmap() {
            if (cgroup != null) {
                cgroup.mappedPages -= mappedPages;
                mappedPages = 0;
            }
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof TrackedProcess that && tgid == that.tgid && startBootNanos == that.startBootNanos;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(startBootNanos) * 31 + tgid;
        }
    }
}
