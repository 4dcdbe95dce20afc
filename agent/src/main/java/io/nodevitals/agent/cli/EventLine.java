// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import io.nodevitals.agent.http.EventJson;
import io.nodevitals.agent.http.JsonObject;
import io.nodevitals.otel.model.TelemetryEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An event as JSON has it, and as a line for a person: when, what, whom, why.
 *
 * <p>The JSON may come from the stream of a running agent, that is from whoever listens there: nothing in it reaches the terminal
 * unchecked.
 */
record EventLine(String json, JsonObject fields) {
    /** The events there are, and how a line calls them. */
    static final Map<String, String> KINDS = Map.of(
            "nodevitals.process.terminated", "terminated",
            "nodevitals.exec.failed", "exec failed",
            "nodevitals.oom.killed", "oom killed",
            "nodevitals.binfmt.changed", "binfmt");

    static final List<String> NAMES = KINDS.keySet().stream().sorted().toList();

    private static final int SHORT_ID = 12;

    static EventLine of(TelemetryEvent event) {
        try {
            return ofJson(EventJson.toJson(event));
        } catch (IOException e) {
            throw new UncheckedIOException("our own JSON cannot be read", e);
        }
    }

    static EventLine ofJson(String json) throws IOException {
        return new EventLine(json, JsonObject.parse(json));
    }

    String text() {
        String event = orEmpty("event");
        return String.format(
                "%-24s  %-11s  %s  %s",
                Terminal.safe(milliseconds(orEmpty("time"))),
                Terminal.safe(KINDS.getOrDefault(event, event)),
                Terminal.safe(who()),
                Terminal.safe(orEmpty("summary")));
    }

    private String who() {
        String pod = fields.stringOrNull("k8s.pod.name");
        String namespace = fields.stringOrNull("k8s.namespace.name");
        String container = fields.stringOrNull("k8s.container.name");
        String containerId = fields.stringOrNull("container.id");
        String podUid = fields.stringOrNull("k8s.pod.uid");
        String inContainer = container != null ? container : containerId == null ? null : shorten(containerId);
        if (pod != null) {
            return (namespace == null ? "" : namespace + '/') + pod + (inContainer == null ? "" : '/' + inContainer);
        }
        if (podUid != null) {
            return "pod " + podUid + (inContainer == null ? "" : '/' + inContainer);
        }
        return inContainer != null ? "container " + inContainer : "host";
    }

    // 2026-01-02T03:04:05.678901234Z: nobody reads nanoseconds.
    private static String milliseconds(String time) {
        int point = time.indexOf('.');
        return point > 0 && time.endsWith("Z") && time.length() > point + 5 ? time.substring(0, point + 4) + 'Z' : time;
    }

    private static String shorten(String id) {
        return id.length() > SHORT_ID ? id.substring(0, SHORT_ID) : id;
    }

    private String orEmpty(String name) {
        @Nullable String value = fields.stringOrNull(name);
        return value == null ? "" : value;
    }
}
