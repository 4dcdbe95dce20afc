// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.bpf.event.Program;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Makes a harmless call of each kind that a probe follows and looks whether its program ran: it runs before the call returns, so its
 * count must have grown. What a link's state does not tell shows here: a kprobe that is disarmed, a tracepoint that no longer fires.
 *
 * <p>That the records of those calls arrive is the business of the ring's account and of {@link RingProgress}. {@link #send} is for
 * one thread, {@link #complaints} for any.
 */
final class ProbeCanary {
    /** A program is skipped when it would interrupt another on its CPU: once may be chance. */
    private static final int ATTEMPTS = 3;

    /**
     * A call and who must see it.
     *
     * @param probe its name
     * @param program the program that counts completed calls
     * @param call makes it; must not have an effect
     */
    record Call(String probe, Program program, Runnable call) {}

    private final List<Call> calls;
    private final ToLongFunction<Program> seen;
    private volatile List<String> complaints = List.of();

    /**
     * A canary that has found nothing yet.
     *
     * @param calls of probes that are attached
     * @param seen calls that a program has seen so far, over all CPUs
     */
    ProbeCanary(List<Call> calls, ToLongFunction<Program> seen) {
        this.calls = List.copyOf(calls);
        this.seen = seen;
    }

    /** Makes every call. */
    void send() {
        List<String> silent = new ArrayList<>();
        for (Call call : calls) {
            if (!isSeen(call)) {
                silent.add(
                        "Probe " + call.probe + " is attached but silent: it did not see the agent's own call ("
                                + call.program.label()
                                + "). Something on this machine has switched it off (kprobes/enabled, perf): restart the agent.");
            }
        }
        complaints = List.copyOf(silent);
    }

    /** A sentence for each probe that did not see the last canary. */
    List<String> complaints() {
        return complaints;
    }

    private boolean isSeen(Call call) {
        long before = seen.applyAsLong(call.program);
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            call.call.run();
            if (seen.applyAsLong(call.program) > before) {
                return true;
            }
        }
        return false;
    }
}
