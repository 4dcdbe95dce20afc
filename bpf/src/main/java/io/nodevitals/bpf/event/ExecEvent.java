// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.event;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A successful exec, after the address space was replaced. {@code struct nv_exec_event}, or, where arguments are wanted, {@code struct
 * nv_exec_arguments_event}, which is longer.
 */
public final class ExecEvent extends Flyweight {
    /** Bytes of the struct. */
    public static final int SIZE = 976;

    public static final int HEADER_OFFSET = 0;
    public static final int CGROUP_OFFSET = 64;
    public static final int OLD_TID_OFFSET = 696;
    public static final int MOUNT_NAMESPACE_OFFSET = 700;
    public static final int COMM_OFFSET = 704;
    public static final int FILENAME_OFFSET = 720;

    private final EventHeader header = new EventHeader();
    private final CgroupPath cgroup = new CgroupPath();
    private final ExecArguments arguments = new ExecArguments();

    public ExecEvent wrap(ByteBuffer data, int offset) {
        over(data, offset);
        return this;
    }

    public EventHeader header() {
        return header.wrap(data(), at(HEADER_OFFSET));
    }

    public CgroupPath cgroup() {
        return cgroup.wrap(data(), at(CGROUP_OFFSET));
    }

    /** Differs from the header's when a thread other than the leader exec'd. */
    public int oldTid() {
        return s32(OLD_TID_OFFSET);
    }

    /** Inode number. */
    public long mountNamespace() {
        return u32(MOUNT_NAMESPACE_OFFSET);
    }

    public String comm() {
        return string(COMM_OFFSET, EventHeader.COMM_LENGTH);
    }

    /** {@code bprm->filename}. */
    public String filename() {
        return string(FILENAME_OFFSET, EventHeader.FILENAME_LENGTH);
    }

    /** What it was called with; null unless the record is the longer one. */
    public @Nullable ExecArguments arguments() {
        return header().size() < SIZE + ExecArguments.SIZE ? null : arguments.wrap(data(), at(SIZE));
    }
}
