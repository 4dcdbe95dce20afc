// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.event;

import java.nio.ByteBuffer;

/** Somebody else in a record: a signal's sender, an OOM kill's trigger. {@code struct nv_actor}. */
public final class Actor extends Flyweight {
    /** Bytes of the struct. */
    public static final int SIZE = 48;

    public static final int START_BOOT_NANOS_OFFSET = 0;
    public static final int CGROUP_ID_OFFSET = 8;
    public static final int TGID_OFFSET = 16;
    public static final int TID_OFFSET = 20;
    public static final int PARENT_TGID_OFFSET = 24;
    public static final int COMM_OFFSET = 32;

    public Actor wrap(ByteBuffer data, int offset) {
        over(data, offset);
        return this;
    }

    /** {@code start_boottime} of the group leader. */
    public long startBootNanos() {
        return u64(START_BOOT_NANOS_OFFSET);
    }

    public long cgroupId() {
        return u64(CGROUP_ID_OFFSET);
    }

    public int tgid() {
        return s32(TGID_OFFSET);
    }

    public int tid() {
        return s32(TID_OFFSET);
    }

    public int parentTgid() {
        return s32(PARENT_TGID_OFFSET);
    }

    public String comm() {
        return string(COMM_OFFSET, EventHeader.COMM_LENGTH);
    }
}
