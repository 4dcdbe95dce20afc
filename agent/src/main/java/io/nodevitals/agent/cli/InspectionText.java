// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import io.nodevitals.agent.process.Names;
import io.nodevitals.agent.program.Hardening;
import io.nodevitals.agent.program.Inspection;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** An inspection for a person and for a program. The names in it are the image's: all are made harmless here. */
final class InspectionText {
    private static final int ASCII_END = 0x7f;

    private InspectionText() {}

    static String line(Inspection inspection) {
        return safe(inspection.path()) + " " + safe(inspection.summary());
    }

    static List<String> details(Inspection inspection) {
        List<String> lines = new ArrayList<>();
        for (String evidence : inspection.evidence()) {
            lines.add("  " + safe(evidence));
        }
        Hardening hardening = inspection.hardening();
        if (hardening != null) {
            lines.add("  hardening: " + (hardening.positionIndependent() ? "PIE" : "no PIE") + ", RELRO "
                    + hardening.relro() + ", stack " + (hardening.stackExecutable() ? "executable" : "not executable")
                    + (hardening.stackCanary() == null
                            ? ""
                            : Boolean.TRUE.equals(hardening.stackCanary()) ? ", stack canary" : ", no stack canary")
                    + (hardening.goBuildId() == null ? "" : ", Go build id " + safe(hardening.goBuildId())));
        }
        return lines;
    }

    static String json(Inspection inspection) {
        StringBuilder json = new StringBuilder("{");
        put(json, "process.executable.path", inspection.path());
        put(json, "nodevitals.inspect.outcome", inspection.outcome().wireName());
        put(
                json,
                "nodevitals.cause",
                inspection.cause() == null ? null : inspection.cause().wireName());
        put(json, "nodevitals.confidence", inspection.certain() ? "certain" : "likely");
        put(json, "nodevitals.inspect.subject", inspection.subject());
        put(json, "summary", inspection.path() + " " + inspection.summary());
        if (inspection.exitCode() != null) {
            json.append("\"process.exit.code\":").append(inspection.exitCode()).append(',');
        }
        Hardening hardening = inspection.hardening();
        if (hardening != null) {
            json.append("\"nodevitals.inspect.pie\":").append(hardening.positionIndependent());
            json.append(",\"nodevitals.inspect.stack_executable\":").append(hardening.stackExecutable());
            if (hardening.stackCanary() != null) {
                json.append(",\"nodevitals.inspect.stack_canary\":").append(hardening.stackCanary());
            }
            json.append(',');
            put(json, "nodevitals.inspect.relro", hardening.relro());
            put(json, "process.executable.build_id.go", hardening.goBuildId());
        }
        json.append("\"nodevitals.inspect.evidence\":[");
        for (int i = 0; i < inspection.evidence().size(); i++) {
            json.append(i == 0 ? "" : ",").append(quoted(inspection.evidence().get(i)));
        }
        return json.append("]}").toString();
    }

    private static void put(StringBuilder json, String name, @Nullable String value) {
        if (value != null) {
            json.append('"').append(name).append("\":").append(quoted(value)).append(',');
        }
    }

    // ASCII only: then no terminal and no parser has an opinion about it.
    private static String quoted(String raw) {
        StringBuilder text = new StringBuilder("\"");
        for (char c : safe(raw).toCharArray()) {
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c < ' ' || c >= ASCII_END) {
                text.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                text.append(c);
            }
        }
        return text.append('"').toString();
    }

    private static String safe(String raw) {
        return Names.sanitise(raw);
    }
}
