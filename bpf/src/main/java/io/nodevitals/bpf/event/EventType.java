// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.event;

/** What a record in the lifecycle ring is: {@code enum nv_event_type}. Numbers, so that a decoder can switch on a raw field. */
public final class EventType {
    public static final int FORK = 1;
    public static final int EXEC = 2;
    public static final int EXEC_FAILURE = 3;
    public static final int EXIT = 4;
    public static final int SIGNAL_GENERATE = 5;
    public static final int SIGNAL_DELIVER = 6;
    public static final int OOM = 7;
    public static final int CGROUP = 8;

    private EventType() {}
}
