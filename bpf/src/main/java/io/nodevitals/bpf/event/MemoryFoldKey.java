// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.event;

import java.nio.ByteBuffer;

/**
 * Which memory calls add up to one entry of the {@code memory_folds} map, or without a process of {@code memory_cgroup_folds}:
 * {@code struct nv_memory_fold_key}.
 */
public final class MemoryFoldKey extends Flyweight {
    /** Bytes of the struct. */
    public static final int SIZE = 24;

    public static final int START_BOOT_NANOS_OFFSET = 0;
    public static final int CGROUP_ID_OFFSET = 8;
    public static final int TGID_OFFSET = 16;
    public static final int GENERATION_OFFSET = 20;
    public static final int OPERATION_OFFSET = 21;
    public static final int FLAGS_OFFSET = 22;
    public static final int ERROR_OFFSET = 23;

    /** {@code enum nv_memory_fold_flag}. */
    public static final int FLAG_SHRINK = 1;

    public static final int FLAG_FAILED = 2;

    public MemoryFoldKey wrap(ByteBuffer data, int offset) {
        over(data, offset);
        return this;
    }

    /** Start of the group leader; 0 when the entry is of a whole cgroup. */
    public long startBootNanos() {
        return u64(START_BOOT_NANOS_OFFSET);
    }

    public long cgroupId() {
        return u64(CGROUP_ID_OFFSET);
    }

    /** 0 when the entry is of a whole cgroup. */
    public int tgid() {
        return s32(TGID_OFFSET);
    }

    /** Generation, operation, flags and error as one number: the key's last four bytes as they lie in memory. */
    public int what() {
        return s32(GENERATION_OFFSET);
    }

    /** Low eight bits of {@code task->self_exec_id}, 0 to 255. */
    public int generation() {
        return u8(GENERATION_OFFSET);
    }

    /** {@code enum nv_memory_call}. */
    public int call() {
        return u8(OPERATION_OFFSET) & 0xf;
    }

    /** {@code enum nv_memory_kind}; of mmap only. */
    public int kind() {
        return u8(OPERATION_OFFSET) >>> 4;
    }

    public boolean isShrink() {
        return (u8(FLAGS_OFFSET) & FLAG_SHRINK) != 0;
    }

    public boolean isFailed() {
        return (u8(FLAGS_OFFSET) & FLAG_FAILED) != 0;
    }

    /** Positive errno of failed calls, 0 for one that is not told apart. */
    public int error() {
        return u8(ERROR_OFFSET);
    }
}
