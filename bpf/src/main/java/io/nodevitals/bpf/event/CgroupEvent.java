// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.event;

import java.nio.ByteBuffer;

/** A cgroup made or removed, or a task moved into one; the header names who did it. {@code struct nv_cgroup_event}. */
public final class CgroupEvent extends Flyweight {
    /** Bytes of the struct. */
    public static final int SIZE = 1216;

    public static final int HEADER_OFFSET = 0;
    public static final int CGROUP_OFFSET = 64;
    public static final int OPERATION_OFFSET = 696;
    public static final int PATH_OFFSET = 704;

    /** NV_CGROUP_PATH_LENGTH: bytes, NUL included. */
    public static final int PATH_LENGTH = 512;

    public static final int OPERATION_MKDIR = 1;
    public static final int OPERATION_RMDIR = 2;
    public static final int OPERATION_ATTACH_TASK = 3;

    private final EventHeader header = new EventHeader();
    private final CgroupPath cgroup = new CgroupPath();

    public CgroupEvent wrap(ByteBuffer data, int offset) {
        over(data, offset);
        return this;
    }

    public EventHeader header() {
        return header.wrap(data(), at(HEADER_OFFSET));
    }

    public CgroupPath cgroup() {
        return cgroup.wrap(data(), at(CGROUP_OFFSET));
    }

    /** One of the {@code OPERATION_} numbers. */
    public int operation() {
        return s32(OPERATION_OFFSET);
    }

    /** From the hierarchy's root, with a slash first. */
    public String path() {
        return string(PATH_OFFSET, PATH_LENGTH);
    }
}
