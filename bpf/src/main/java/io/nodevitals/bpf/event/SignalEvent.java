// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.event;

import java.nio.ByteBuffer;

/** A signal that reached its target: signal:signal_generate; the header names the target. {@code struct nv_signal_event}. */
public final class SignalEvent extends Flyweight {
    /** Bytes of the struct. */
    public static final int SIZE = 776;

    public static final int HEADER_OFFSET = 0;
    public static final int CGROUP_OFFSET = 64;
    public static final int SIGNAL_OFFSET = 696;
    public static final int CODE_OFFSET = 700;
    public static final int ACTION_OFFSET = 704;
    public static final int GROUP_OFFSET = 708;
    public static final int SENDER_OFFSET = 712;
    public static final int COMM_OFFSET = 760;

    /** Default action that ends the process. */
    public static final int ACTION_FATAL = 1;
    /** A handler, or blocked: taken by sigwait or later. */
    public static final int ACTION_HANDLED = 2;
    /** Ignored explicitly, or by default. */
    public static final int ACTION_IGNORED = 3;
    /** Default action that stops the process. */
    public static final int ACTION_STOPPED = 4;

    private final EventHeader header = new EventHeader();
    private final CgroupPath cgroup = new CgroupPath();
    private final Actor sender = new Actor();

    public SignalEvent wrap(ByteBuffer data, int offset) {
        over(data, offset);
        return this;
    }

    public EventHeader header() {
        return header.wrap(data(), at(HEADER_OFFSET));
    }

    public CgroupPath cgroup() {
        return cgroup.wrap(data(), at(CGROUP_OFFSET));
    }

    public int signal() {
        return s32(SIGNAL_OFFSET);
    }

    /** {@code si_code}. */
    public int code() {
        return s32(CODE_OFFSET);
    }

    /** One of the {@code ACTION_} numbers. */
    public int action() {
        return s32(ACTION_OFFSET);
    }

    /** 1 when sent to the process, 0 when to one thread. */
    public int group() {
        return s32(GROUP_OFFSET);
    }

    /** The task that was current; means nothing when the kernel sends. */
    public Actor sender() {
        return sender.wrap(data(), at(SENDER_OFFSET));
    }

    /** The target's. */
    public String comm() {
        return string(COMM_OFFSET, EventHeader.COMM_LENGTH);
    }
}
