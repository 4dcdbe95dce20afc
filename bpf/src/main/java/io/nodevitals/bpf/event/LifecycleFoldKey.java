// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.event;

import java.nio.ByteBuffer;

/** Key of the {@code lifecycle_folds} map: lifecycle events that got no record. {@code struct nv_lifecycle_fold_key}. */
public final class LifecycleFoldKey extends Flyweight {
    /** Bytes of the struct. */
    public static final int SIZE = 16;

    public static final int CGROUP_ID_OFFSET = 0;
    public static final int KIND_OFFSET = 8;
    public static final int DETAIL_OFFSET = 12;

    /** {@code enum nv_lifecycle_fold_kind}. */
    public static final int KIND_FORK = 1;

    public static final int KIND_EXEC = 2;
    /** Detail: positive errno. */
    public static final int KIND_EXEC_FAILURE = 3;
    /** Detail: exit code. */
    public static final int KIND_EXIT = 4;
    /** Detail: signal that ended the process. */
    public static final int KIND_EXIT_SIGNAL = 5;
    /** Detail: signal. The exit counts; this only proves that nothing is missing. */
    public static final int KIND_FAULT = 6;

    public static final int KIND_OOM = 7;
    /** Detail: one of the {@code OPERATION_} numbers of {@link CgroupEvent}. The tree has to be walked anew. */
    public static final int KIND_CGROUP = 8;

    public static final int KIND_KINDS = 9;

    /** NV_FOLD_DETAILS: {@code lifecycle_overflow} has an entry at kind * DETAILS + detail. */
    public static final int DETAILS = 256;

    public LifecycleFoldKey wrap(ByteBuffer data, int offset) {
        over(data, offset);
        return this;
    }

    public long cgroupId() {
        return u64(CGROUP_ID_OFFSET);
    }

    /** One of the {@code KIND_} numbers. */
    public int kind() {
        return s32(KIND_OFFSET);
    }

    /** 0 to 255. */
    public int detail() {
        return s32(DETAIL_OFFSET);
    }
}
