// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.event;

import java.nio.ByteBuffer;

/**
 * What memory calls without a record add up to: {@code struct nv_memory_fold}.
 *
 * <p>All sums grow for ever; the counts are 32 bits wide and wrap, so take differences.
 */
public final class MemoryFold extends Flyweight {
    /** Bytes of the struct. */
    public static final int SIZE = 224;

    public static final int PAGES_OFFSET = 0;
    public static final int TOTAL_VM_PAGES_OFFSET = 8;
    public static final int LAST_BOOT_NANOS_OFFSET = 16;
    public static final int CALLS_OFFSET = 24;

    /** NV_MEMORY_FOLD_CLASSES: size classes, see {@link #calls}. */
    public static final int CLASSES = 50;
    /** NV_MEMORY_FOLD_ERRORS: the highest errno that is told apart. */
    public static final int ERRORS = 133;
    /** NV_MEMORY_OVERFLOW_ERRORS: in {@code memory_overflow}, where failed calls begin. */
    public static final int OVERFLOW_ERRORS = 256;

    /** NV_MEMORY_OVERFLOW_SHRINK_SHIFT: there, by how much FLAG_SHRINK is shifted in the index of a successful call. */
    public static final int OVERFLOW_SHRINK_SHIFT = 4;

    public MemoryFold wrap(ByteBuffer data, int offset) {
        over(data, offset);
        return this;
    }

    /** Pages of all calls together. */
    public long pages() {
        return u64(PAGES_OFFSET);
    }

    /** {@code mm->total_vm} after the last call of the process that succeeded; 0 before one did. */
    public long totalVmPages() {
        return u64(TOTAL_VM_PAGES_OFFSET);
    }

    /** When that call ended, in nanoseconds since boot: a process that moves to another cgroup has entries for both. */
    public long lastBootNanos() {
        return u64(LAST_BOOT_NANOS_OFFSET);
    }

    /** Calls of a size class, modulo 2^32: class 0 is up to one page, class c the sizes in (2^(c-1), 2^c] pages. */
    public int calls(int sizeClass) {
        return s32(CALLS_OFFSET + sizeClass * Integer.BYTES);
    }
}
