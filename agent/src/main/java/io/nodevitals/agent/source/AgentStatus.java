// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.source;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How the agent is, as doctor, /readyz and /api/v1/status show it. Immutable; any thread.
 *
 * @param version of the agent
 * @param nodeName as in k8s.node.name
 * @param kernelRelease as {@code uname -r} says
 * @param startEpochNanos when the agent began
 * @param notReadyReasons a sentence each; empty when the agent is ready
 * @param probes in the order of design.md section 3
 * @param programs the account of each BPF program, summed over CPUs
 * @param rings both rings
 * @param counters the agent's own, by name
 * @param exporter null when nothing is exported
 */
public record AgentStatus(
        String version,
        String nodeName,
        String kernelRelease,
        long startEpochNanos,
        List<String> notReadyReasons,
        List<Probe> probes,
        List<Program> programs,
        List<Ring> rings,
        SortedMap<String, Long> counters,
        @Nullable Exporter exporter) {

    public AgentStatus {
        notReadyReasons = List.copyOf(notReadyReasons);
        probes = List.copyOf(probes);
        programs = List.copyOf(programs);
        rings = List.copyOf(rings);
        counters = Collections.unmodifiableSortedMap(new TreeMap<>(counters));
    }

    /** Of an agent whose probes are not attached yet. */
    public static AgentStatus starting(String version, String nodeName, String kernelRelease, long startEpochNanos) {
        return new AgentStatus(
                version,
                nodeName,
                kernelRelease,
                startEpochNanos,
                List.of("The agent is starting: its probes are not attached yet."),
                List.of(),
                List.of(),
                List.of(),
                new TreeMap<>(),
                null);
    }

    /** Whether the agent does its work. Never depends on the backend. */
    public boolean ready() {
        return notReadyReasons.isEmpty();
    }

    /** How many probes are attached. */
    public long attachedProbes() {
        return probes.stream()
                .filter(probe -> probe.state() == ProbeState.ATTACHED)
                .count();
    }

    /** What became of a probe. */
    public enum ProbeState {
        ATTACHED,
        /** The kernel or the privileges do not offer what it needs. */
        UNSUPPORTED,
        /** It should have worked and did not, or fell silent. */
        FAILED
    }

    /**
     * One probe.
     *
     * @param name such as {@code exec}
     * @param method how it is attached, such as {@code tp_btf}; null unless attached
     * @param attachPoints where, as libbpf names it, such as {@code tracepoint/syscalls/sys_exit_mmap}; empty unless attached
     * @param reason why it is not attached; null when it is
     * @param remedy what would help; null when nothing is known to
     * @param rejected better ways that were tried first, in that order
     */
    public record Probe(
            String name,
            ProbeState state,
            @Nullable String method,
            List<String> attachPoints,
            @Nullable String reason,
            @Nullable String remedy,
            List<Attempt> rejected) {
        public Probe {
            attachPoints = List.copyOf(attachPoints);
            rejected = List.copyOf(rejected);
        }

        /** Whether it makes the kernel take its slow path in every system call of every process. */
        public boolean taxesEverySyscall() {
            return attachPoints.stream().anyMatch(point -> point.startsWith("tracepoint/syscalls/"));
        }
    }

    /**
     * A way of attaching that was not possible.
     *
     * @param method as in {@link Probe}
     * @param reason such as {@code EPERM: the kernel refuses fexit programs}
     */
    public record Attempt(String method, String reason) {}

    /**
     * The account of a program: seen = submitted + folded + filtered + failed.
     *
     * @param missed calls that the kernel skipped before the program ran; null when it cannot tell
     */
    public record Program(
            String name,
            long seen,
            long submitted,
            long folded,
            long filtered,
            long failed,
            @Nullable Long missed) {}

    /** A ring between kernel and agent. */
    public record Ring(String name, long capacityBytes, long usedBytes) {}

    /**
     * Where telemetry goes.
     *
     * @param endpoint without credentials
     * @param exported items that the endpoint took: metric points, spans and log records
     * @param failed items that could not be delivered
     * @param dropped items that a full queue refused
     * @param lastError null when the last export went well
     */
    public record Exporter(
            String endpoint,
            long exported,
            long failed,
            long dropped,
            @Nullable String lastError) {}
}
