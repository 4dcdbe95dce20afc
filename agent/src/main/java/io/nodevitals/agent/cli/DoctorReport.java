// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import io.nodevitals.agent.cli.HostFacts.Check;
import io.nodevitals.agent.cli.Terminal.Colour;
import io.nodevitals.agent.config.AgentVersion;
import io.nodevitals.agent.config.Quantities;
import io.nodevitals.agent.http.Json;
import io.nodevitals.agent.http.StatusJson;
import io.nodevitals.agent.source.AgentStatus;
import io.nodevitals.agent.source.AgentStatus.Attempt;
import io.nodevitals.agent.source.AgentStatus.Probe;
import io.nodevitals.agent.source.AgentStatus.ProbeState;
import io.nodevitals.agent.source.AgentStatus.Program;
import io.nodevitals.agent.source.AgentStatus.Ring;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the doctor found.
 *
 * @param status null when no probe could be tried
 * @param how the status was come by
 * @param problem a sentence; null when probes could be tried
 */
record DoctorReport(
        HostFacts host,
        @Nullable AgentStatus status,
        String how,
        @Nullable String problem,
        int exitCode) {

    static DoctorReport ofStatus(HostFacts host, AgentStatus status, String how) {
        boolean all = status.attachedProbes() == status.probes().size();
        return new DoctorReport(host, status, how, null, all ? ExitCode.FINE : ExitCode.FOUND_PROBLEM);
    }

    static DoctorReport ofProblem(HostFacts host, String problem, int exitCode) {
        return new DoctorReport(host, null, "not tried", problem, exitCode);
    }

    String toText(boolean coloured) {
        List<String> lines = new ArrayList<>();
        String version = status == null ? AgentVersion.current() : status.version();
        lines.add(Colour.BOLD.paint("Node Vitals " + Terminal.safe(version), coloured) + " on kernel "
                + host.kernelRelease() + " (" + host.architecture() + ")");
        lines.add("");
        int width = host.checks().stream()
                .mapToInt(check -> check.name().length())
                .max()
                .orElse(0);
        for (Check check : host.checks()) {
            String mark = check.problem() == null
                    ? Colour.GREEN.paint("ok     ", coloured)
                    : Colour.RED.paint("missing", coloured);
            lines.add("  " + pad(check.name(), width) + "  " + mark + "  " + Terminal.safe(check.detail()));
        }
        lines.add("");
        if (status != null) {
            addProbes(lines, status, coloured);
        }
        if (problem != null) {
            lines.add(Colour.RED.paint(Terminal.safe(problem), coloured));
        }
        return String.join(System.lineSeparator(), lines);
    }

    private void addProbes(List<String> lines, AgentStatus known, boolean coloured) {
        lines.add(Colour.BOLD.paint("Probes", coloured) + " (" + how + ")");
        int width = known.probes().stream()
                .mapToInt(probe -> probe.name().length())
                .max()
                .orElse(0);
        int stateWidth = ProbeState.UNSUPPORTED.name().length();
        String indent = " ".repeat(2 + width + 2 + stateWidth + 2);
        for (Probe probe : known.probes()) {
            String state = pad(probe.state().name().toLowerCase(Locale.ROOT), stateWidth);
            String text = probe.method() != null ? probe.method() : probe.reason();
            lines.add("  " + pad(Terminal.safe(probe.name()), width) + "  "
                    + colour(probe.state()).paint(state, coloured) + "  "
                    + Terminal.safe(text == null ? "no reason known" : text));
            for (Attempt attempt : probe.rejected()) {
                String line = "not by " + attempt.method() + ": " + attempt.reason();
                lines.add(indent + Colour.DIM.paint(Terminal.safe(line), coloured));
            }
            if (probe.remedy() != null) {
                lines.add(indent + "what would help: " + Terminal.safe(probe.remedy()));
            }
        }
        lines.add("");
        for (String reason : known.notReadyReasons()) {
            lines.add(Colour.YELLOW.paint("Not ready: " + Terminal.safe(reason), coloured));
        }
        if (!known.programs().isEmpty()) {
            lines.add("Missed, because the kernel skipped the program: " + Terminal.safe(missed(known)));
        }
        List<String> taxing = known.probes().stream()
                .filter(Probe::taxesEverySyscall)
                .map(Probe::name)
                .toList();
        if (!taxing.isEmpty()) {
            String line = "Tax: " + String.join(", ", taxing)
                    + " by syscall tracepoint, which slows every system call of every process here.";
            lines.add(Colour.YELLOW.paint(Terminal.safe(line), coloured));
        }
        if (!known.rings().isEmpty()) {
            lines.add("Rings: "
                    + known.rings().stream().map(DoctorReport::describe).collect(Collectors.joining(", ")));
        }
        lines.add(known.attachedProbes() + " of " + known.probes().size() + " probes attached.");
    }

    /** Such as {@code signal_deliver 12; unknown for mmap, munmap}. */
    private static String missed(AgentStatus known) {
        List<String> parts = new ArrayList<>();
        List<String> unknown = new ArrayList<>();
        for (Program program : known.programs()) {
            Long missed = program.missed();
            if (missed == null) {
                unknown.add(program.name());
            } else if (missed > 0) {
                parts.add(program.name() + " " + missed);
            }
        }
        if (parts.isEmpty() && unknown.size() < known.programs().size()) {
            parts.add("none");
        }
        if (!unknown.isEmpty()) {
            parts.add("unknown for " + String.join(", ", unknown));
        }
        return String.join("; ", parts);
    }

    String toJson() {
        return Json.text(json -> {
            json.writeStartObject();
            json.writeStringField("kernel_release", host.kernelRelease());
            json.writeStringField("architecture", host.architecture());
            json.writeArrayFieldStart("checks");
            for (Check check : host.checks()) {
                json.writeStartObject();
                json.writeStringField("name", check.name());
                json.writeBooleanField("ok", check.problem() == null);
                json.writeStringField("detail", check.detail());
                json.writeStringField("problem", check.problem());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeStringField("how", how);
            json.writeStringField("problem", problem);
            json.writeFieldName("status");
            if (status == null) {
                json.writeNull();
            } else {
                StatusJson.write(json, status);
            }
            json.writeEndObject();
        });
    }

    private static String describe(Ring ring) {
        return Terminal.safe(ring.name()) + ' ' + Quantities.formatBytes(ring.capacityBytes()) + " ("
                + Quantities.formatBytes(ring.usedBytes()) + " waiting)";
    }

    private static Colour colour(ProbeState state) {
        return switch (state) {
            case ATTACHED -> Colour.GREEN;
            case UNSUPPORTED -> Colour.YELLOW;
            case FAILED -> Colour.RED;
        };
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }
}
