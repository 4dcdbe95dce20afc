// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nodevitals.agent.binfmt.BinfmtHandler;
import io.nodevitals.agent.binfmt.BinfmtState;
import io.nodevitals.agent.binfmt.BinfmtState.Presence;
import io.nodevitals.agent.process.Names;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** Every handler that the agent ever saw, as /api/v1/binfmt has it, both ways: {@code nodevitals binfmt} reads what a running agent wrote. */
public final class BinfmtJson {
    private BinfmtJson() {}

    /** The handlers as a text. */
    public static String toJson(List<BinfmtState> states) {
        return Json.text(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("handlers");
            for (BinfmtState state : states) {
                write(json, state);
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    private static void write(JsonGenerator json, BinfmtState state) throws IOException {
        BinfmtHandler handler = state.handler();
        json.writeStartObject();
        json.writeStringField("name", Names.sanitise(handler.name()));
        json.writeStringField("presence", state.presence().wireName());
        json.writeStringField("interpreter", Names.sanitise(handler.interpreter()));
        json.writeStringField("flags", handler.flags());
        json.writeStringField("extension", handler.extension());
        json.writeNumberField("offset", handler.offset());
        json.writeStringField("magic", handler.magic());
        json.writeStringField("mask", handler.mask());
        json.writeNumberField("failures", state.failures());
        json.writeArrayFieldStart("programs");
        for (String program : state.programs()) {
            json.writeString(Names.sanitise(program));
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    /**
     * The handlers that {@link #toJson} wrote.
     *
     * @throws IOException when the text is something else
     */
    public static List<BinfmtState> fromJson(String text) throws IOException {
        return JsonObject.parse(text).objects("handlers", BinfmtJson::read);
    }

    private static BinfmtState read(JsonObject fields) throws IOException {
        Presence presence;
        try {
            presence = Presence.valueOf(fields.string("presence").toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IOException("unknown presence=" + fields.string("presence"), e);
        }
        BinfmtHandler handler = new BinfmtHandler(
                fields.string("name"),
                presence == Presence.ENABLED,
                fields.string("interpreter"),
                fields.string("flags"),
                fields.stringOrNull("extension"),
                Math.toIntExact(fields.number("offset")),
                fields.stringOrNull("magic"),
                fields.stringOrNull("mask"));
        return new BinfmtState(handler, presence, fields.number("failures"), fields.strings("programs"));
    }
}
