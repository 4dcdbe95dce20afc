// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nodevitals.otel.model.TelemetryEvent;
import java.io.IOException;
import java.util.Map;
import java.util.Set;

/**
 * An event as one flat JSON object: {@code time}, {@code event}, {@code summary}, then the resource's and the event's attributes
 * by their OTLP names. The same in trace, in the API and on the stream.
 */
public final class EventJson {
    private static final Set<String> OWN_KEYS = Set.of("time", "event", "summary");

    private EventJson() {}

    /** The event on one line, without a line's end. */
    public static String toJson(TelemetryEvent event) {
        return Json.text(json -> write(json, event));
    }

    static void write(JsonGenerator json, TelemetryEvent event) throws IOException {
        json.writeStartObject();
        json.writeStringField("time", Json.time(event.epochNanos()));
        json.writeStringField("event", event.eventName());
        json.writeStringField("summary", event.summary());
        Map<String, Object> fields = Json.byKey(event.resource().getAttributes());
        fields.putAll(Json.byKey(event.attributes()));
        // OTEL_RESOURCE_ATTRIBUTES may name anything.
        fields.keySet().removeAll(OWN_KEYS);
        for (Map.Entry<String, Object> field : fields.entrySet()) {
            json.writeFieldName(field.getKey());
            Json.writeValue(json, field.getValue());
        }
        json.writeEndObject();
    }
}
