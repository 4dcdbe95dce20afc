// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.event;

import java.nio.ByteBuffer;

/** First in every record of the lifecycle ring: what, when, who; {@code struct nv_event_header}. */
public final class EventHeader extends Flyweight {
    /** Bytes of the struct. */
    public static final int SIZE = 64;

    public static final int TYPE_OFFSET = 0;
    public static final int SIZE_OFFSET = 2;
    public static final int VERSION_OFFSET = 4;
    public static final int PROGRAM_OFFSET = 5;
    public static final int CPU_OFFSET = 6;
    public static final int SEQUENCE_OFFSET = 8;
    public static final int GENERATION_OFFSET = 12;
    public static final int BOOT_NANOS_OFFSET = 16;
    public static final int START_BOOT_NANOS_OFFSET = 24;
    public static final int TGID_OFFSET = 32;
    public static final int TID_OFFSET = 36;
    public static final int CGROUP_ID_OFFSET = 40;
    public static final int PARENT_TGID_OFFSET = 48;
    public static final int HIERARCHY_ID_OFFSET = 52;
    public static final int PARENT_START_BOOT_NANOS_OFFSET = 56;

    /** NV_LAYOUT_VERSION: of every struct here. */
    public static final int LAYOUT_VERSION = 1;
    /** NV_COMM_LENGTH: bytes of {@code task->comm}, NUL included. */
    public static final int COMM_LENGTH = 16;
    /** NV_FILENAME_LENGTH: bytes of a filename, NUL included. */
    public static final int FILENAME_LENGTH = 256;

    public EventHeader wrap(ByteBuffer data, int offset) {
        over(data, offset);
        return this;
    }

    /** One of {@link EventType}. */
    public int type() {
        return u16(TYPE_OFFSET);
    }

    /** Bytes of the whole record. */
    public int size() {
        return u16(SIZE_OFFSET);
    }

    /** {@link #LAYOUT_VERSION} or not for this reader. */
    public int version() {
        return u8(VERSION_OFFSET);
    }

    /** Number of a {@link Program}. */
    public int program() {
        return u8(PROGRAM_OFFSET);
    }

    public int cpu() {
        return u16(CPU_OFFSET);
    }

    /** Low half of the program's {@link Counters#sequence()} on this CPU, counted from 1. */
    public long sequence() {
        return u32(SEQUENCE_OFFSET);
    }

    /** Low half of {@code task->self_exec_id}; every exec increments it. */
    public int generation() {
        return s32(GENERATION_OFFSET);
    }

    /** When, CLOCK_BOOTTIME. */
    public long bootNanos() {
        return u64(BOOT_NANOS_OFFSET);
    }

    /** {@code start_boottime} of the group leader. */
    public long startBootNanos() {
        return u64(START_BOOT_NANOS_OFFSET);
    }

    public int tgid() {
        return s32(TGID_OFFSET);
    }

    public int tid() {
        return s32(TID_OFFSET);
    }

    public long cgroupId() {
        return u64(CGROUP_ID_OFFSET);
    }

    /** Of {@code real_parent}. */
    public int parentTgid() {
        return s32(PARENT_TGID_OFFSET);
    }

    /** 0 for cgroup v2. */
    public int hierarchyId() {
        return s32(HIERARCHY_ID_OFFSET);
    }

    public long parentStartBootNanos() {
        return u64(PARENT_START_BOOT_NANOS_OFFSET);
    }
}
