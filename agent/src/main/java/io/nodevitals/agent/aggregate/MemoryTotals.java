// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Everything since the start: cumulative counters by cgroup, and the address space of the processes that live.
 *
 * <p>All counters together always equal the records that were merged: those of the cgroups, {@link #overflow()} and
 * {@link #retired()}. Of the collector thread alone.
 */
public final class MemoryTotals {
    /** How many ended processes are remembered, so that a late record cannot bring one back. */
    static final int TOMBSTONES = 16_384;

    private final int maxCgroups;
    private final int maxProcesses;

    private final Long2ObjectHashMap<Cgroup> cgroups = new Long2ObjectHashMap<>();
    private final Cgroup overflow = new Cgroup();
    private final MemoryCounters retired = new MemoryCounters();
    private final Map<TrackedProcess, TrackedProcess> processes = new HashMap<>();
    private final Map<TrackedProcess, Boolean> tombstones = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<TrackedProcess, Boolean> eldest) {
            return size() > TOMBSTONES;
        }
    };

    private final Merge merge = new Merge();
    private long untrackedRecords;
    private long untrackedProcesses;
    private long unknownRecords;
    private long drainedPosition;

    /** Called for each cgroup by {@link #forEachCgroup}. */
    @FunctionalInterface
    public interface CgroupVisitor {
        /**
         * Takes one cgroup.
         *
         * @param counters the live object: read it, keep nothing
         * @param mappedPages see {@link MemoryTotals#mappedPages}
         */
        void onCgroup(long cgroupId, MemoryCounters counters, long mappedPages);
    }

    /** Room for 4,096 cgroups and 32,768 processes. */
    public MemoryTotals() {
        this(4_096, 32_768);
    }

    /**
     * Room for as many as given.
     *
     * @param maxCgroups with counters of their own; calls of any other add to {@link #overflow()}
     * @param maxProcesses whose total_vm is known at one time; any other is counted in {@link #untrackedProcesses()}
     */
    public MemoryTotals(int maxCgroups, int maxProcesses) {
        this.maxCgroups = maxCgroups;
        this.maxProcesses = maxProcesses;
    }

    /** Adds a table that was handed over: for {@link SnapshotHandover#collect}. */
    public void merge(MemoryTables tables) {
        untrackedRecords += tables.untrackedRecords();
        unknownRecords += tables.unknownRecords();
        tables.accept(merge);
        drainedPosition = tables.drainedPosition();
    }

    /** The process is gone: its address space counts no longer, and a record of it that comes late is only counted as a call. */
    public void processEnded(int tgid, long startBootNanos) {
        TrackedProcess key = new TrackedProcess(tgid, startBootNanos);
        TrackedProcess process = processes.remove(key);
        if (process != null) {
            process.unmap();
        }
        tombstones.put(key, true);
    }

    /** Asked for each process by {@link #endUnless}. */
    @FunctionalInterface
    public interface ProcessPredicate {
        boolean test(int tgid, long startBootNanos);
    }

    /** Does {@link #processEnded} for every process that cannot live any more: its exit was not seen. */
    public void endUnless(ProcessPredicate mayLive) {
        processes.keySet().stream()
                .filter(process -> !mayLive.test(process.tgid, process.startBootNanos))
                .toList()
                .forEach(process -> processEnded(process.tgid, process.startBootNanos));
    }

    /**
     * The process has a new address space: what older generations mapped counts no longer, even if it comes late.
     *
     * @param generation {@code task->self_exec_id} after the exec; the low eight bits are looked at
     */
    public void processExecuted(int tgid, long startBootNanos, int generation) {
        TrackedProcess process = process(tgid, startBootNanos);
        if (process != null && process.isBefore(generation)) {
            process.unmap();
            process.generation = generation & 0xff;
        }
    }

    /** Pages of address space of the cgroup's live processes, as far as they called mmap and the like since the agent began. */
    public long mappedPages(long cgroupId) {
        Cgroup cgroup = cgroups.get(cgroupId);
        return cgroup == null ? 0 : cgroup.mappedPages;
    }

    /** The cgroup's counters or null: the live object, to read or to {@link MemoryCounters#add} to a workload's. */
    public @Nullable MemoryCounters counters(long cgroupId) {
        Cgroup cgroup = cgroups.get(cgroupId);
        return cgroup == null ? null : cgroup.counters;
    }

    /** Every cgroup with counters of its own, in no order; not overflow, not what is retired. */
    public void forEachCgroup(CgroupVisitor visitor) {
        cgroups.forEachLong((id, cgroup) -> visitor.onCgroup(id, cgroup.counters, cgroup.mappedPages));
    }

    /** Calls of cgroups that found no room here or in the tables. */
    public MemoryCounters overflow() {
        return overflow.counters;
    }

    /** Address space of live processes whose cgroup found no room. */
    public long overflowMappedPages() {
        return overflow.mappedPages;
    }

    /** Calls of cgroups that were retired. */
    public MemoryCounters retired() {
        return retired;
    }

    /**
     * Ends the series of a cgroup whose workload is gone: its counters move to {@link #retired()}. Processes of it that live
     * on count for nobody until their next record, which makes the cgroup anew, from zero.
     */
    public void retire(long cgroupId) {
        Cgroup cgroup = cgroups.remove(cgroupId);
        if (cgroup != null) {
            retired.add(cgroup.counters);
        }
    }

    /** Records that were counted since the start, by enum nv_memory_call: what the program submitted, less what is in the ring. */
    public long records(int call) {
        long[] records = {overflow.counters.records(call) + retired.records(call)};
        forEachCgroup((id, counters, mappedPages) -> records[0] += counters.records(call));
        return records[0];
    }

    /** Position in the memory ring up to which exactly these records are counted: proof that none was lost on the way. */
    public long drainedPosition() {
        return drainedPosition;
    }

    /** Processes whose total_vm is known. */
    public int processes() {
        return processes.size();
    }

    /** Records whose total_vm was lost because the tables had no room for their process. */
    public long untrackedRecords() {
        return untrackedRecords;
    }

    /** Records with a call or a kind that is not known; they are in no counter. */
    public long unknownRecords() {
        return unknownRecords;
    }

    /** Times that a process found no room here. */
    public long untrackedProcesses() {
        return untrackedProcesses;
    }

    private Cgroup cgroup(long cgroupId) {
        if (cgroupId == MemoryTables.OVERFLOW_CGROUP_ID) {
            return overflow;
        }
        Cgroup cgroup = cgroups.get(cgroupId);
        if (cgroup == null) {
            if (cgroups.size() == maxCgroups) {
                return overflow;
            }
            cgroup = new Cgroup();
            cgroups.put(cgroupId, cgroup);
        }
        return cgroup;
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
        if (processes.size() == maxProcesses) {
            untrackedProcesses++;
            return null;
        }
        processes.put(key, key);
        return key;
    }

    private final class Merge implements TableVisitor {
        @Override
        public void onProcess(int tgid, long startBootNanos, long cgroupId, int generation, long totalVmPages) {
            TrackedProcess process = process(tgid, startBootNanos);
            if (process != null && !process.isAfter(generation)) {
                process.generation = generation;
                process.map(cgroup(cgroupId), totalVmPages);
            }
        }

        @Override
        public void onPages(long cgroupId, int series, long pages) {
            cgroup(cgroupId).counters.addPages(series, pages);
        }

        @Override
        public void onCalls(long cgroupId, int series, int sizeClass, long count) {
            cgroup(cgroupId).counters.addCalls(series, sizeClass, count);
        }

        @Override
        public void onFailures(long cgroupId, int call, int errno, long count) {
            cgroup(cgroupId).counters.addFailures(call, errno, count);
        }
    }

    private static final class Cgroup {
        final MemoryCounters counters = new MemoryCounters();
        long mappedPages;
    }

    /** Key and value in one: equal by tgid and start. */
    private static final class TrackedProcess {
        private static final int NO_GENERATION = -1;

        final int tgid;
        final long startBootNanos;
        int generation = NO_GENERATION;
        private @Nullable Cgroup cgroup;
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

        void map(Cgroup cgroup, long pages) {
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
