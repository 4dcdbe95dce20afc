// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.bpf.object.BpfSession;
import io.nodevitals.bpf.object.LinkReport;
import io.nodevitals.bpf.object.ProbeStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Whether the agent does its work: probes attached, links still there, canaries coming back, threads alive. The backend has no say.
 *
 * <p>{@link #check} is for one thread, {@link #reasons} for any.
 */
final class Readiness {
    private final BpfSession session;
    private final CanaryWatch canary;
    private final List<Map.Entry<String, DutyCycle>> threads;
    private volatile List<String> linkComplaints = List.of();

    Readiness(BpfSession session, CanaryWatch canary, List<Map.Entry<String, DutyCycle>> threads) {
        this.session = session;
        this.canary = canary;
        this.threads = List.copyOf(threads);
    }

    /** Looks at every link; a few system calls each. */
    void check() {
        List<String> complaints = new ArrayList<>();
        for (LinkReport link : session.checkLinks()) {
            if (link.state() == LinkReport.State.LOST) {
                complaints.add("Probe " + link.probe() + " is no longer attached (" + link.program() + ": "
                        + link.reason() + "): restart the agent.");
            }
        }
        linkComplaints = List.copyOf(complaints);
    }

    /**
     * A sentence for each thing that is wrong; empty when the agent is ready. Without a system call.
     *
     * <p>A probe that this kernel has no place for is no reason: the agent does what can be done here.
     */
    List<String> reasons() {
        List<String> reasons = new ArrayList<>(linkComplaints);
        session.statuses().forEach((name, status) -> {
            if (status instanceof ProbeStatus.Failed) {
                reasons.add("Probe " + name + " is not attached: " + status.sentence() + ".");
            }
        });
        canary.complaint().ifPresent(reasons::add);
        threads.forEach(thread -> {
            if (!thread.getValue().isAlive()) {
                reasons.add("Thread " + thread.getKey() + " has ended: restart the agent, and report it with its log.");
            }
        });
        return reasons;
    }
}
