// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.decode;

import io.nodevitals.bpf.event.MemoryEvent;
import io.nodevitals.bpf.ring.FakeRing;

/** Writes memory records as the BPF programs do. */
public final class MemoryRecords {
    private MemoryRecords() {}

    /** A successful call. */
    public static boolean write(
            FakeRing ring,
            int tgid,
            long startBootNanos,
            long cgroupId,
            int generation,
            int call,
            int kind,
            boolean shrink,
            long pages,
            long totalVmPages) {
        return write(
                ring,
                tgid,
                startBootNanos,
                cgroupId,
                what(call, kind, pages, generation),
                totalVmPages | (shrink ? 1L << MemoryEvent.SHRINK_SHIFT : 0));
    }

    /** A failed call. */
    public static boolean writeFailure(
            FakeRing ring, int tgid, long startBootNanos, long cgroupId, int generation, int call, int errno) {
        return write(
                ring,
                tgid,
                startBootNanos,
                cgroupId,
                what(call, 0, 1, generation),
                errno | 1L << MemoryEvent.FAILED_SHIFT);
    }

    private static long what(int call, int kind, long pages, int generation) {
        return pages
                | (long) call << MemoryEvent.CALL_SHIFT
                | (long) kind << MemoryEvent.KIND_SHIFT
                | (long) generation << MemoryEvent.GENERATION_SHIFT;
    }

    /** Any two words. */
    public static boolean write(FakeRing ring, int tgid, long startBootNanos, long cgroupId, long what, long state) {
        long position = ring.reserve(MemoryEvent.SIZE_BYTES);
        if (position < 0) {
            return false;
        }
        ring.putLong(position, MemoryEvent.WHAT_OFFSET, what);
        ring.putLong(position, MemoryEvent.STATE_OFFSET, state);
        ring.putLong(position, MemoryEvent.CGROUP_ID_OFFSET, cgroupId);
        ring.putLong(position, MemoryEvent.START_BOOT_NANOS_OFFSET, startBootNanos);
        ring.putInt(position, MemoryEvent.TGID_OFFSET, tgid);
        ring.putInt(position, MemoryEvent.SEQUENCE_OFFSET, 0);
        ring.commit(position);
        return true;
    }
}
