// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.event;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * {@code struct nv_memory_event} of {@code include/memory_event.h}: a completed mmap, munmap, mremap or brk.
 *
 * <pre>
 *   0   what              pages:48 call:4 kind:4 generation:8, from the least significant bit
 *   8   state             value:46 shrink:1 failed:1 cpu:16
 *  16   cgroup_id
 *  24   start_boot_nanos  of the group leader; with tgid, who
 *  32   tgid
 *  36   sequence          low half of the program's per-CPU sequence
 * </pre>
 *
 * <p>Static, so that reading a record makes no object: first a word by offset, then the parts of that word. Buffers are in
 * native byte order, the offset is the record's first byte.
 */
public final class MemoryEvent {
    /** {@code sizeof(struct nv_memory_event)}. */
    public static final int SIZE_BYTES = 40;

    public static final int WHAT_OFFSET = 0;
    public static final int STATE_OFFSET = 8;
    public static final int CGROUP_ID_OFFSET = 16;
    public static final int START_BOOT_NANOS_OFFSET = 24;
    public static final int TGID_OFFSET = 32;
    public static final int SEQUENCE_OFFSET = 36;

    /** Bits of {@link #what}: NV_MEMORY_*. */
    public static final int PAGES_BITS = 48;

    public static final int CALL_SHIFT = 48;
    public static final int KIND_SHIFT = 52;
    public static final int GENERATION_SHIFT = 56;

    /** Bits of {@link #state}: NV_MEMORY_*. */
    public static final int VALUE_BITS = 46;

    public static final int SHRINK_SHIFT = 46;
    public static final int FAILED_SHIFT = 47;
    public static final int CPU_SHIFT = 48;

    /** {@code enum nv_memory_call}. */
    public static final int CALL_MMAP = 0;

    public static final int CALL_MUNMAP = 1;
    public static final int CALL_MREMAP = 2;
    public static final int CALL_BRK = 3;

    /** {@code enum nv_memory_kind}. */
    public static final int KIND_HUGETLB = 0;

    public static final int KIND_STACK = 1;
    public static final int KIND_EXEC = 2;
    public static final int KIND_SHARED = 3;
    public static final int KIND_FILE = 4;
    public static final int KIND_ANON = 5;

    // Through a view: its byte order is a constant and its index check one comparison, unlike ByteBuffer.getLong's.
    private static final VarHandle LONGS = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final VarHandle INTS = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private MemoryEvent() {}

    public static long what(ByteBuffer buffer, int offset) {
        return (long) LONGS.get(buffer, offset + WHAT_OFFSET);
    }

    public static long state(ByteBuffer buffer, int offset) {
        return (long) LONGS.get(buffer, offset + STATE_OFFSET);
    }

    public static long cgroupId(ByteBuffer buffer, int offset) {
        return (long) LONGS.get(buffer, offset + CGROUP_ID_OFFSET);
    }

    public static long startBootNanos(ByteBuffer buffer, int offset) {
        return (long) LONGS.get(buffer, offset + START_BOOT_NANOS_OFFSET);
    }

    public static int tgid(ByteBuffer buffer, int offset) {
        return (int) INTS.get(buffer, offset + TGID_OFFSET);
    }

    /** Unsigned. */
    public static int sequence(ByteBuffer buffer, int offset) {
        return (int) INTS.get(buffer, offset + SEQUENCE_OFFSET);
    }

    /** Size of the call in pages, rounded up: what mmap and munmap asked for, |new - old| of mremap and brk. */
    public static long pages(long what) {
        return what & (1L << PAGES_BITS) - 1;
    }

    /** {@code enum nv_memory_call}, 0 to 15: a corrupt record may hold what no call has. */
    public static int call(long what) {
        return (int) (what >>> CALL_SHIFT) & 0xf;
    }

    /** {@code enum nv_memory_kind}, 0 to 15; of mmap only. */
    public static int kind(long what) {
        return (int) (what >>> KIND_SHIFT) & 0xf;
    }

    /** Low eight bits of {@code task->self_exec_id}, 0 to 255. */
    public static int generation(long what) {
        return (int) (what >>> GENERATION_SHIFT);
    }

    /** {@code total_vm} after the call in pages; the positive errno of a failed call. */
    public static long value(long state) {
        return state & (1L << VALUE_BITS) - 1;
    }

    /** Whether mremap or brk made the mapping smaller. */
    public static boolean isShrink(long state) {
        return (state & 1L << SHRINK_SHIFT) != 0;
    }

    /** Whether the call failed. */
    public static boolean isFailed(long state) {
        return (state & 1L << FAILED_SHIFT) != 0;
    }

    /** On which CPU, 0 to 65535. */
    public static int cpu(long state) {
        return (int) (state >>> CPU_SHIFT);
    }
}
