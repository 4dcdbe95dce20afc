// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.counter.AgentCounter;
import io.nodevitals.agent.counter.AgentCounters;
import io.nodevitals.bpf.object.ExecCanary;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Sends the agent's own failed exec now and then and says whether the last ones came back. Any thread. */
final class CanaryWatch {
    /** A canary comes back within milliseconds; this is for a machine that stands still. */
    private static final long GRACE_NANOS = Duration.ofSeconds(10).toNanos();

    private final ExecCanary canary;
    private final AgentCounters counters;
    private final LongSupplier nanoTime;
    private volatile long sentNanos;
    private volatile long seenNanos;

    CanaryWatch(ExecCanary canary, AgentCounters counters, LongSupplier nanoTime) {
        this.canary = canary;
        this.counters = counters;
        this.nanoTime = nanoTime;
        this.sentNanos = nanoTime.getAsLong();
        this.seenNanos = sentNanos;
    }

    void send() {
        // Unanswered ones are not forgotten: the oldest of them tells for how long nothing has arrived.
        if (seenNanos - sentNanos >= 0) {
            sentNanos = nanoTime.getAsLong();
        }
        counters.increment(AgentCounter.CANARY_SENT);
        canary.fire();
    }

    void seen() {
        seenNanos = nanoTime.getAsLong();
        counters.increment(AgentCounter.CANARY_SEEN);
    }

    /** Why the agent is not ready as far as canaries tell; empty when they come back. */
    Optional<String> complaint() {
        long sent = sentNanos;
        if (seenNanos - sent >= 0 || nanoTime.getAsLong() - sent < GRACE_NANOS) {
            return Optional.empty();
        }
        return Optional.of("The agent's own test exec of " + (nanoTime.getAsLong() - sent) / 1_000_000_000
                + " s ago has not come back from the kernel: events are not arriving; restart the agent, and report it"
                + " with the output of nodevitals doctor if it recurs.");
    }
}
