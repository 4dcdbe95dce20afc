// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

import io.nodevitals.bpf.event.MemoryEvent;

/** Adds single calls to tables, as records in the form that {@link MemoryTables#add} takes; for every room's tests. */
public final class Calls {
    private static final int[] CALL = {0, 0, 0, 0, 0, 0, 1, 2, 2, 3, 3};

    private Calls() {}

    /** A successful call. */
    public static void add(
            MemoryTables tables, int tgid, long start, long cgroup, int generation, long vm, int series, long pages) {
        boolean shrink = series == MemoryCounters.MREMAP_SHRINK || series == MemoryCounters.BRK_SHRINK;
        int kind = series < MemoryCounters.KINDS ? series : 0;
        long what = pages
                | (long) CALL[series] << MemoryEvent.CALL_SHIFT
                | (long) kind << MemoryEvent.KIND_SHIFT
                | (long) generation << MemoryEvent.GENERATION_SHIFT;
        add(tables, tgid, start, cgroup, what, vm | (shrink ? 1L << MemoryEvent.SHRINK_SHIFT : 0));
    }

    /** A failed call of a process in its first generation. */
    public static void addFailure(MemoryTables tables, int tgid, long start, long cgroup, int call, int errno) {
        add(tables, tgid, start, cgroup, (long) call << MemoryEvent.CALL_SHIFT, errno | 1L << MemoryEvent.FAILED_SHIFT);
    }

    private static void add(MemoryTables tables, int tgid, long start, long cgroup, long what, long state) {
        long[] record = {MemoryEvent.SIZE_BYTES, what, state, cgroup, start, (tgid & 0xFFFF_FFFFL) | 77L << 32};
        tables.add(record, MemoryTables.RECORD_WIDTH);
    }
}
