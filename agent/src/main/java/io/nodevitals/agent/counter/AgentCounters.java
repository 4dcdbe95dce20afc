// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.counter;

import java.util.EnumMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/** The values of all {@link AgentCounter}s. Any thread may count and read. */
public final class AgentCounters {
    // Never changed after construction.
    private final Map<AgentCounter, AtomicLong> values = new EnumMap<>(AgentCounter.class);

    public AgentCounters() {
        for (AgentCounter counter : AgentCounter.values()) {
            values.put(counter, new AtomicLong());
        }
    }

    /** Adds one. */
    public void increment(AgentCounter counter) {
        add(counter, 1);
    }

    /** Adds some. */
    public void add(AgentCounter counter, long count) {
        value(counter).getAndAdd(count);
    }

    /** Adds without an atomic read-modify-write, for a counter that has a single writer all its life; once per batch. */
    public void addAsOnlyWriter(AgentCounter counter, long count) {
        AtomicLong value = value(counter);
        value.setRelease(value.getPlain() + count);
    }

    /** The value now. */
    public long get(AgentCounter counter) {
        return value(counter).getAcquire();
    }

    /** All values by {@link AgentCounter#key()}, each read once, one after the other. */
    public SortedMap<String, Long> toMap() {
        SortedMap<String, Long> map = new TreeMap<>();
        values.forEach((counter, value) -> map.put(counter.key(), value.getAcquire()));
        return map;
    }

    private AtomicLong value(AgentCounter counter) {
        AtomicLong value = values.get(counter);
        if (value == null) {
            throw new IllegalStateException("the constructor makes every counter: " + counter);
        }
        return value;
    }
}
