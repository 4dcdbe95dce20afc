// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.event;

import java.nio.ByteBuffer;

/** A new thread group; the header names the child. {@code struct nv_fork_event}. */
public final class ForkEvent extends Flyweight {
    /** Bytes of the struct. */
    public static final int SIZE = 712;

    public static final int HEADER_OFFSET = 0;
    public static final int CGROUP_OFFSET = 64;
    public static final int COMM_OFFSET = 696;

    private final EventHeader header = new EventHeader();
    private final CgroupPath cgroup = new CgroupPath();

    public ForkEvent wrap(ByteBuffer data, int offset) {
        over(data, offset);
        return this;
    }

    public EventHeader header() {
        return header.wrap(data(), at(HEADER_OFFSET));
    }

    public CgroupPath cgroup() {
        return cgroup.wrap(data(), at(CGROUP_OFFSET));
    }

    public String comm() {
        return string(COMM_OFFSET, EventHeader.COMM_LENGTH);
    }
}
