// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.counter;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;

/** The values of all {@link AgentCounter}s. Any thread may count and read. */
public final class AgentCounters {
    // A cache line each, so that threads that count different things do not slow each other.
    private static final int STRIDE = 8;

    private final AtomicLongArray values = new AtomicLongArray((AgentCounter.values().length + 1) * STRIDE);

    /** Adds one. */
    public void increment(AgentCounter counter) {
        values.getAndIncrement(slot(counter));
    }

    /** Adds some. */
    public void add(AgentCounter counter, long count) {
        values.getAndAdd(slot(counter), count);
    }

    /**
     * Adds without an atomic read-modify-write, for a counter that has a single writer all its life.
     *
     * @param count at least 0
     */
    public void addAsOnlyWriter(AgentCounter counter, long count) {
        int slot = slot(counter);
        values.setRelease(slot, values.getPlain(slot) + count);
    }

    /** The value now. */
    public long get(AgentCounter counter) {
        return values.getAcquire(slot(counter));
    }

    /** All values by {@link AgentCounter#key()}, each read once, one after the other. */
    public SortedMap<String, Long> toMap() {
        SortedMap<String, Long> map = new TreeMap<>();
        for (AgentCounter counter : AgentCounter.values()) {
            map.put(counter.key(), get(counter));
        }
        return map;
    }

    private static int slot(AgentCounter counter) {
        return (counter.ordinal() + 1) * STRIDE;
    }
}
