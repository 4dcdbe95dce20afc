// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.counter.AgentCounter;
import io.nodevitals.agent.counter.AgentCounters;
import io.nodevitals.bpf.libbpf.Native;

/**
 * The agent's own failed exec: proof, from outside, that a kernel event still reaches the ring's reader.
 *
 * <p>The file cannot exist (a name below a regular proc file), so the kernel refuses before anything of this process is touched.
 */
final class Canary {
    /** What the agent tries to execute. */
    static final String FILENAME = "/proc/self/comm/nodevitals-canary";

    private final Native natives;
    private final AgentCounters counters;
    private volatile long lastSeenBootNanos;

    Canary(Native natives, AgentCounters counters) {
        this.natives = natives;
        this.counters = counters;
    }

    /** Makes one; any thread. */
    void send() {
        counters.increment(AgentCounter.CANARY_SENT);
        natives.libc().execve(FILENAME, null, null);
    }

    /** Called by the reader when one has come through. */
    void seen(long bootNanos) {
        lastSeenBootNanos = bootNanos;
        counters.increment(AgentCounter.CANARY_SEEN);
    }

    /** When the kernel saw the last one that came through; 0 before the first. */
    long lastSeenBootNanos() {
        return lastSeenBootNanos;
    }
}
