// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.event;

import java.nio.ByteBuffer;

/** Key of the {@code signal_counts} map: signals that did not end a process. {@code struct nv_signal_key}. */
public final class SignalKey extends Flyweight {
    /** Bytes of the struct. */
    public static final int SIZE = 16;

    public static final int CGROUP_ID_OFFSET = 0;
    public static final int SIGNAL_OFFSET = 8;
    public static final int ACTION_OFFSET = 12;

    public SignalKey wrap(ByteBuffer data, int offset) {
        over(data, offset);
        return this;
    }

    /** Of the target. */
    public long cgroupId() {
        return u64(CGROUP_ID_OFFSET);
    }

    public int signal() {
        return s32(SIGNAL_OFFSET);
    }

    /** One of the {@code ACTION_} numbers of {@link SignalEvent}. */
    public int action() {
        return s32(ACTION_OFFSET);
    }
}
