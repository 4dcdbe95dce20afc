// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.bpf.object.LinkReport;
import io.nodevitals.bpf.object.ProbeStatus;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Whether the agent does its work and its word can be trusted: probes attached, links still there, canaries seen, rings read,
 * accounts balanced, threads alive. The backend has no say, and neither has what a workload can bring about (lost events are
 * counted and logged: {@link LossReport}).
 *
 * <p>{@link #check} is for one thread, {@link #reasons} for any.
 */
final class Readiness {
    private final Map<String, ProbeStatus> statuses;
    private final Supplier<List<LinkReport>> links;
    private final List<Supplier<? extends Collection<String>>> complaints;
    private final Map<String, DutyCycle> threads;
    private volatile List<String> linkComplaints = List.of();

    /**
     * Nothing is known of the links until {@link #check}.
     *
     * @param statuses what became of each probe when it was attached
     * @param links asks the kernel about every link
     * @param complaints each says what is wrong, in sentences and without a system call; any thread
     * @param threads by name
     */
    Readiness(
            Map<String, ProbeStatus> statuses,
            Supplier<List<LinkReport>> links,
            List<Supplier<? extends Collection<String>>> complaints,
            Map<String, DutyCycle> threads) {
        this.statuses = statuses;
        this.links = links;
        this.complaints = List.copyOf(complaints);
        this.threads = Map.copyOf(threads);
    }

    /** Looks at every link; a few system calls each. */
    void check() {
        List<String> found = new ArrayList<>();
        for (LinkReport link : links.get()) {
            if (link.state() == LinkReport.State.LOST) {
                found.add("Probe " + link.probe() + " is no longer attached (" + link.program() + ": " + link.reason()
                        + "): restart the agent.");
            }
        }
        linkComplaints = List.copyOf(found);
    }

    /**
     * A sentence for each thing that is wrong; empty when the agent is ready. Without a system call.
     *
     * <p>A probe that this kernel has no place for is no reason: the agent does what can be done here.
     */
    List<String> reasons() {
        List<String> reasons = new ArrayList<>(linkComplaints);
        statuses.forEach((name, status) -> {
            if (status instanceof ProbeStatus.Failed) {
                reasons.add("Probe " + name + " is not attached: " + status.sentence() + ".");
            }
        });
        complaints.forEach(source -> reasons.addAll(source.get()));
        threads.forEach((name, thread) -> {
            if (!thread.isAlive()) {
                reasons.add("Thread " + name + " has ended: restart the agent, and report it with its log.");
            }
        });
        return reasons;
    }
}
