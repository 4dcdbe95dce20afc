// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nodevitals.agent.source.AgentStatus;
import io.nodevitals.agent.source.AgentStatus.Attempt;
import io.nodevitals.agent.source.AgentStatus.Exporter;
import io.nodevitals.agent.source.AgentStatus.Probe;
import io.nodevitals.agent.source.AgentStatus.ProbeState;
import io.nodevitals.agent.source.AgentStatus.Program;
import io.nodevitals.agent.source.AgentStatus.Ring;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@link AgentStatus} as /api/v1/status has it, both ways: the doctor reads what a running agent wrote. */
public final class StatusJson {

    private StatusJson() {}

    /** The status as a text. */
    public static String toJson(AgentStatus status) {
        return Json.text(json -> write(json, status));
    }

    /** Writes the status as one object. */
    public static void write(JsonGenerator json, AgentStatus status) throws IOException {
        json.writeStartObject();
        json.writeStringField("version", status.version());
        json.writeStringField("node_name", status.nodeName());
        json.writeStringField("kernel_release", status.kernelRelease());
        json.writeStringField("start_time", Json.time(status.startEpochNanos()));
        json.writeBooleanField("ready", status.ready());
        json.writeArrayFieldStart("not_ready_reasons");
        for (String reason : status.notReadyReasons()) {
            json.writeString(reason);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("probes");
        for (Probe probe : status.probes()) {
            writeProbe(json, probe);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("programs");
        for (Program program : status.programs()) {
            writeProgram(json, program);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("rings");
        for (Ring ring : status.rings()) {
            json.writeStartObject();
            json.writeStringField("name", ring.name());
            json.writeNumberField("capacity_bytes", ring.capacityBytes());
            json.writeNumberField("used_bytes", ring.usedBytes());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeObjectFieldStart("counters");
        for (Map.Entry<String, Long> counter : status.counters().entrySet()) {
            json.writeNumberField(counter.getKey(), counter.getValue());
        }
        json.writeEndObject();
        json.writeFieldName("exporter");
        writeExporter(json, status.exporter());
        json.writeEndObject();
    }

    private static void writeProbe(JsonGenerator json, Probe probe) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", probe.name());
        json.writeStringField("state", probe.state().name().toLowerCase(Locale.ROOT));
        json.writeStringField("method", probe.method());
        json.writeArrayFieldStart("attach_points");
        for (String point : probe.attachPoints()) {
            json.writeString(point);
        }
        json.writeEndArray();
        json.writeStringField("reason", probe.reason());
        json.writeStringField("remedy", probe.remedy());
        json.writeArrayFieldStart("rejected");
        for (Attempt attempt : probe.rejected()) {
            json.writeStartObject();
            json.writeStringField("method", attempt.method());
            json.writeStringField("reason", attempt.reason());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void writeProgram(JsonGenerator json, Program program) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", program.name());
        json.writeNumberField("seen", program.seen());
        json.writeNumberField("submitted", program.submitted());
        json.writeNumberField("folded", program.folded());
        json.writeNumberField("filtered", program.filtered());
        json.writeNumberField("failed", program.failed());
        json.writeFieldName("missed");
        Long missed = program.missed();
        if (missed == null) {
            json.writeNull();
        } else {
            json.writeNumber(missed);
        }
        json.writeEndObject();
    }

    private static void writeExporter(JsonGenerator json, @Nullable Exporter exporter) throws IOException {
        if (exporter == null) {
            json.writeNull();
            return;
        }
        json.writeStartObject();
        json.writeStringField("endpoint", exporter.endpoint());
        json.writeNumberField("exported", exporter.exported());
        json.writeNumberField("failed", exporter.failed());
        json.writeNumberField("dropped", exporter.dropped());
        json.writeStringField("last_error", exporter.lastError());
        json.writeEndObject();
    }

    /**
     * The status that {@link #toJson} wrote.
     *
     * @throws IOException when the text is something else
     */
    public static AgentStatus fromJson(String text) throws IOException {
        JsonObject root = JsonObject.parse(text);
        Instant start;
        try {
            start = Instant.parse(root.string("start_time"));
        } catch (DateTimeParseException e) {
            throw new IOException("not a time: start_time=" + root.string("start_time"), e);
        }
        SortedMap<String, Long> counters = new TreeMap<>();
        JsonObject counterFields = root.object("counters");
        for (String key : counterFields.keys()) {
            counters.put(key, counterFields.number(key));
        }
        List<Ring> rings = root.objects(
                "rings",
                ring -> new Ring(ring.string("name"), ring.number("capacity_bytes"), ring.number("used_bytes")));
        return new AgentStatus(
                root.string("version"),
                root.string("node_name"),
                root.string("kernel_release"),
                start.getEpochSecond() * 1_000_000_000L + start.getNano(),
                root.strings("not_ready_reasons"),
                root.objects("probes", StatusJson::readProbe),
                root.objects("programs", StatusJson::readProgram),
                rings,
                counters,
                root.isNull("exporter") ? null : readExporter(root.object("exporter")));
    }

    private static Probe readProbe(JsonObject probe) throws IOException {
        ProbeState state = switch (probe.string("state")) {
            case "attached" -> ProbeState.ATTACHED;
            case "unsupported" -> ProbeState.UNSUPPORTED;
            case "failed" -> ProbeState.FAILED;
            default -> throw new IOException("unknown probe state=" + probe.string("state"));
        };
        return new Probe(
                probe.string("name"),
                state,
                probe.stringOrNull("method"),
                probe.strings("attach_points"),
                probe.stringOrNull("reason"),
                probe.stringOrNull("remedy"),
                probe.objects("rejected", attempt -> new Attempt(attempt.string("method"), attempt.string("reason"))));
    }

    private static Program readProgram(JsonObject program) throws IOException {
        return new Program(
                program.string("name"),
                program.number("seen"),
                program.number("submitted"),
                program.number("folded"),
                program.number("filtered"),
                program.number("failed"),
                program.isNull("missed") ? null : program.number("missed"));
    }

    private static Exporter readExporter(JsonObject exporter) throws IOException {
        return new Exporter(
                exporter.string("endpoint"),
                exporter.number("exported"),
                exporter.number("failed"),
                exporter.number("dropped"),
                exporter.stringOrNull("last_error"));
    }
}
