// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import io.nodevitals.agent.source.AgentStatus;
import io.nodevitals.agent.source.AgentStatus.Exporter;
import io.nodevitals.agent.source.AgentStatus.Probe;
import io.nodevitals.agent.source.AgentStatus.ProbeState;
import io.nodevitals.agent.source.AgentStatus.Program;
import java.util.Locale;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** How the agent is, in a line or two. */
final class StatusLine {

    private StatusLine() {}

    /** What a newcomer sees first. */
    static String ofStart(AgentStatus status, String url) {
        String probes = status.attachedProbes() + " of " + status.probes().size() + " probes attached";
        String first = String.format(
                "Node Vitals %s on %s, Linux %s: %s. Page and /metrics: %s  Export: %s.",
                status.version(),
                Terminal.safe(status.nodeName()),
                status.kernelRelease(),
                probes,
                url,
                export(status));
        String missing = status.probes().stream()
                .filter(probe -> probe.state() != ProbeState.ATTACHED)
                .map(Probe::name)
                .collect(Collectors.joining(", "));
        return missing.isEmpty()
                ? first
                : first + System.lineSeparator() + "Not attached: " + missing + ". 'nodevitals doctor' says why.";
    }

    /** What is printed now and then. */
    static String ofNow(AgentStatus status) {
        return String.format(
                Locale.ROOT,
                "status: %s; %d of %d probes attached; %,d kernel events seen, %,d lost; export: %s",
                status.ready() ? "ready" : "NOT READY (" + String.join(" ", status.notReadyReasons()) + ")",
                status.attachedProbes(),
                status.probes().size(),
                sum(status, Program::seen),
                sum(status, Program::failed),
                export(status));
    }

    private static long sum(AgentStatus status, ToLongFunction<Program> field) {
        return status.programs().stream().mapToLong(field).sum();
    }

    private static String export(AgentStatus status) {
        Exporter exporter = status.exporter();
        if (exporter == null) {
            return "off, no OTLP endpoint is set";
        }
        String to = "OTLP to " + Terminal.safe(exporter.endpoint());
        String error = exporter.lastError();
        return error == null
                ? String.format(Locale.ROOT, "%s, %,d items delivered", to, exporter.exported())
                : to + ", failing (" + Terminal.safe(error) + ")";
    }
}
