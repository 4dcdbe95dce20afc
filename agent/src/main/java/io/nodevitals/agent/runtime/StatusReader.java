// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.counter.AgentCounters;
import io.nodevitals.agent.source.AgentStatus;
import io.nodevitals.agent.source.AgentStatus.ProbeState;
import io.nodevitals.bpf.event.Program;
import io.nodevitals.bpf.object.BpfSession;
import io.nodevitals.bpf.object.MappedCounters;
import io.nodevitals.bpf.object.MappedCounters.Field;
import io.nodevitals.bpf.object.ProbeStatus;
import io.nodevitals.bpf.object.Rejection;
import io.nodevitals.bpf.ring.RingConsumer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Puts together how the agent is at this moment, from the session's maps and counters, without a system call. Any thread. */
final class StatusReader {
    /** What does not change. */
    record Identity(String version, String nodeName, String kernelRelease, long startEpochNanos) {}

    private final Identity identity;
    private final BpfSession session;
    private final RingSide rings;
    private final MissedCounts missed;
    private final AgentCounters counters;
    private final Supplier<List<String>> notReadyReasons;
    private final Supplier<AgentStatus.@Nullable Exporter> exporter;

    StatusReader(
            Identity identity,
            BpfSession session,
            RingSide rings,
            MissedCounts missed,
            AgentCounters counters,
            Supplier<List<String>> notReadyReasons,
            Supplier<AgentStatus.@Nullable Exporter> exporter) {
        this.identity = identity;
        this.session = session;
        this.rings = rings;
        this.missed = missed;
        this.counters = counters;
        this.notReadyReasons = notReadyReasons;
        this.exporter = exporter;
    }

    AgentStatus read() {
        return new AgentStatus(
                identity.version(),
                identity.nodeName(),
                identity.kernelRelease(),
                identity.startEpochNanos(),
                notReadyReasons.get(),
                probes(session.statuses()),
                programs(session.counters(), missed),
                List.of(ring("lifecycle", rings.lifecycle()), ring("memory", rings.memory())),
                counters.toMap(),
                exporter.get());
    }

    static List<AgentStatus.Probe> probes(Map<String, ProbeStatus> statuses) {
        List<AgentStatus.Probe> probes = new ArrayList<>();
        statuses.forEach((name, status) -> probes.add(probe(name, status)));
        return probes;
    }

    private static AgentStatus.Probe probe(String name, ProbeStatus status) {
        List<AgentStatus.Attempt> rejected = new ArrayList<>(
                status.rejected().stream().map(StatusReader::attempt).toList());
        if (status instanceof ProbeStatus.Attached attached) {
            if (attached.compat() != null) {
                AgentStatus.Attempt compat = attempt(attached.compat());
                rejected.add(new AgentStatus.Attempt(compat.method() + " for 32-bit programs", compat.reason()));
            }
            return new AgentStatus.Probe(
                    name,
                    ProbeState.ATTACHED,
                    attached.method().label(),
                    attached.attachPoints(),
                    null,
                    status.remedy(),
                    rejected);
        }
        ProbeState state = status instanceof ProbeStatus.Unsupported ? ProbeState.UNSUPPORTED : ProbeState.FAILED;
        return new AgentStatus.Probe(name, state, null, List.of(), status.sentence(), status.remedy(), rejected);
    }

    private static AgentStatus.Attempt attempt(Rejection rejection) {
        return new AgentStatus.Attempt(rejection.method().label(), rejection.reason());
    }

    static List<AgentStatus.Program> programs(MappedCounters kernel, MissedCounts missed) {
        List<AgentStatus.Program> programs = new ArrayList<>();
        for (Program program : Program.ALL) {
            programs.add(new AgentStatus.Program(
                    program.label(),
                    kernel.total(program, Field.SEEN),
                    kernel.total(program, Field.SUBMITTED),
                    kernel.total(program, Field.FOLDED),
                    kernel.total(program, Field.FILTERED),
                    kernel.total(program, Field.FAILED),
                    missed.of(program)));
        }
        return programs;
    }

    private static AgentStatus.Ring ring(String name, RingConsumer ring) {
        long used = ring.unreadBytes();
        return new AgentStatus.Ring(name, ring.capacityBytes(), used);
    }
}
