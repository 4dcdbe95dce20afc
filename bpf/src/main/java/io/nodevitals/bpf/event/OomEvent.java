// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.event;

import java.nio.ByteBuffer;

/** A process chosen by the OOM killer; the header names the victim. {@code struct nv_oom_event}. */
public final class OomEvent extends Flyweight {
    /** Bytes of the struct. */
    public static final int SIZE = 832;

    public static final int HEADER_OFFSET = 0;
    public static final int CGROUP_OFFSET = 64;
    public static final int TRIGGER_OFFSET = 696;
    public static final int ANON_PAGES_OFFSET = 744;
    public static final int FILE_PAGES_OFFSET = 752;
    public static final int SHMEM_PAGES_OFFSET = 760;
    public static final int SWAP_PAGES_OFFSET = 768;
    public static final int PAGE_TABLE_BYTES_OFFSET = 776;
    public static final int LIMIT_PAGES_OFFSET = 784;
    public static final int USAGE_PAGES_OFFSET = 792;
    public static final int LIMIT_CGROUP_ID_OFFSET = 800;
    public static final int FLAGS_OFFSET = 808;
    public static final int SCORE_ADJ_OFFSET = 812;
    public static final int COMM_OFFSET = 816;

    /** From oom_kill_process: the limit's facts are the kernel's own. */
    public static final int FLAG_CONTROL = 1;
    /** The victim's pages could be read. */
    public static final int FLAG_MEMORY = 2;

    private final EventHeader header = new EventHeader();
    private final CgroupPath cgroup = new CgroupPath();
    private final Actor trigger = new Actor();

    public OomEvent wrap(ByteBuffer data, int offset) {
        over(data, offset);
        return this;
    }

    public EventHeader header() {
        return header.wrap(data(), at(HEADER_OFFSET));
    }

    public CgroupPath cgroup() {
        return cgroup.wrap(data(), at(CGROUP_OFFSET));
    }

    /** Who asked for memory when it ran out. */
    public Actor trigger() {
        return trigger.wrap(data(), at(TRIGGER_OFFSET));
    }

    public long anonPages() {
        return u64(ANON_PAGES_OFFSET);
    }

    public long filePages() {
        return u64(FILE_PAGES_OFFSET);
    }

    public long shmemPages() {
        return u64(SHMEM_PAGES_OFFSET);
    }

    public long swapPages() {
        return u64(SWAP_PAGES_OFFSET);
    }

    public long pageTableBytes() {
        return u64(PAGE_TABLE_BYTES_OFFSET);
    }

    /** {@code oc->totalpages}. */
    public long limitPages() {
        return u64(LIMIT_PAGES_OFFSET);
    }

    /** Of the cgroup whose limit was hit; 0 = unknown. */
    public long usagePages() {
        return u64(USAGE_PAGES_OFFSET);
    }

    /** 0 = the node's memory. */
    public long limitCgroupId() {
        return u64(LIMIT_CGROUP_ID_OFFSET);
    }

    /** {@code FLAG_} bits. */
    public int flags() {
        return s32(FLAGS_OFFSET);
    }

    public int scoreAdj() {
        return s32(SCORE_ADJ_OFFSET);
    }

    public String comm() {
        return string(COMM_OFFSET, EventHeader.COMM_LENGTH);
    }
}
