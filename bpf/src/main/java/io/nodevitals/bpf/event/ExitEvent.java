// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.event;

import java.nio.ByteBuffer;

/** The death of a thread group, once, with its last thread. {@code struct nv_exit_event}. */
public final class ExitEvent extends Flyweight {
    /** Bytes of the struct. */
    public static final int SIZE = 728;

    public static final int HEADER_OFFSET = 0;
    public static final int CGROUP_OFFSET = 64;
    public static final int WAIT_STATUS_OFFSET = 696;
    public static final int FLAGS_OFFSET = 700;
    public static final int PEAK_RSS_PAGES_OFFSET = 704;
    public static final int COMM_OFFSET = 712;

    /** SIGNAL_GROUP_EXIT: exit_group or a fatal signal. */
    public static final int FLAG_GROUP = 1;
    /** {@code signal->oom_mm} is set. */
    public static final int FLAG_OOM_VICTIM = 2;
    /** Died inside execve, past the point of no return. */
    public static final int FLAG_IN_EXEC = 4;

    private final EventHeader header = new EventHeader();
    private final CgroupPath cgroup = new CgroupPath();

    public ExitEvent wrap(ByteBuffer data, int offset) {
        over(data, offset);
        return this;
    }

    public EventHeader header() {
        return header.wrap(data(), at(HEADER_OFFSET));
    }

    public CgroupPath cgroup() {
        return cgroup.wrap(data(), at(CGROUP_OFFSET));
    }

    /** As wait4 gives it: code << 8 | core 0x80 | signal. */
    public int waitStatus() {
        return s32(WAIT_STATUS_OFFSET);
    }

    /** {@code FLAG_} bits. */
    public int flags() {
        return s32(FLAGS_OFFSET);
    }

    public long peakRssPages() {
        return u64(PEAK_RSS_PAGES_OFFSET);
    }

    public String comm() {
        return string(COMM_OFFSET, EventHeader.COMM_LENGTH);
    }
}
