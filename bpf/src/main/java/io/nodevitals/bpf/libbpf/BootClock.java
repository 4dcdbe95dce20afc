// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.libbpf;

import jnr.ffi.Pointer;

/** CLOCK_BOOTTIME: what {@code bpf_ktime_get_boot_ns} reads. It never steps, and counts suspend. Any thread. */
public final class BootClock {
    /** include/uapi/linux/time.h */
    private static final int CLOCK_BOOTTIME = 7;

    private static final int TIMESPEC_BYTES = 16;
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private final Native natives;
    private final ThreadLocal<Pointer> timespec;

    public BootClock(Native natives) {
        this.natives = natives;
        this.timespec = ThreadLocal.withInitial(() -> natives.allocate(TIMESPEC_BYTES));
    }

    /** Nanoseconds since boot. */
    public long nanos() {
        Pointer time = timespec.get();
        natives.checkLibc("clock_gettime", natives.libc().clock_gettime(CLOCK_BOOTTIME, time));
        return time.getLong(0) * NANOS_PER_SECOND + time.getLong(Long.BYTES);
    }
}
