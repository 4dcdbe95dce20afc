// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.source;

import java.util.function.LongSupplier;

/**
 * Converts the kernel's times (CLOCK_BOOTTIME, which never steps and counts suspend) to epoch nanoseconds.
 *
 * <p>Both clocks are read together once per batch, by {@link #synchronise}; times converted between two readings share one
 * offset, so a difference of two of them is the kernel's own. Any thread.
 */
public final class KernelClock {
    private final LongSupplier bootNanos;
    private final LongSupplier epochNanos;
    private volatile long offsetNanos;

    /**
     * Reads both clocks once.
     *
     * @param bootNanos CLOCK_BOOTTIME in nanoseconds
     * @param epochNanos CLOCK_REALTIME in nanoseconds
     */
    public KernelClock(LongSupplier bootNanos, LongSupplier epochNanos) {
        this.bootNanos = bootNanos;
        this.epochNanos = epochNanos;
        synchronise();
    }

    /** Reads both clocks: call once per batch, so that a step of the wall clock is followed. */
    public void synchronise() {
        long before = bootNanos.getAsLong();
        long epoch = epochNanos.getAsLong();
        long after = bootNanos.getAsLong();
        offsetNanos = epoch - (before + (after - before) / 2);
    }

    /**
     * What to add to a kernel time to get epoch nanoseconds, as of the last {@link #synchronise}: take it once for times that belong
     * together, so that their order survives a step of the wall clock.
     */
    public long offsetNanos() {
        return offsetNanos;
    }

    /** Now, nanoseconds since boot. */
    public long nowBootNanos() {
        return bootNanos.getAsLong();
    }

    /** Now, nanoseconds since the epoch, by the same offset as every other time of the batch. */
    public long nowEpochNanos() {
        return bootNanos.getAsLong() + offsetNanos;
    }
}
