// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import io.nodevitals.otel.model.TelemetryEvent;
import io.nodevitals.otel.model.TelemetryEventSink;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** The newest events of one name. Any thread writes and reads; nobody waits. */
final class RecentEvents implements TelemetryEventSink {
    private final String eventName;
    private final AtomicReferenceArray<Numbered> slots;
    private final AtomicLong next = new AtomicLong();

    private record Numbered(long number, TelemetryEvent event) {}

    RecentEvents(String eventName, int capacity) {
        this.eventName = eventName;
        this.slots = new AtomicReferenceArray<>(capacity);
    }

    @Override
    public void accept(TelemetryEvent event) {
        if (!event.eventName().equals(eventName)) {
            return;
        }
        long number = next.getAndIncrement();
        slots.accumulateAndGet((int) (number % slots.length()), new Numbered(number, event), RecentEvents::newer);
    }

    /** The newest first. */
    String toJson() {
        List<Numbered> found = new ArrayList<>(slots.length());
        for (int i = 0; i < slots.length(); i++) {
            Numbered numbered = slots.get(i);
            if (numbered != null) {
                found.add(numbered);
            }
        }
        found.sort(Comparator.comparingLong(Numbered::number).reversed());
        return Json.text(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("events");
            for (Numbered numbered : found) {
                EventJson.write(json, numbered.event());
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    // A writer that slept for a whole round must not put an old event over a new one.
    private static Numbered newer(@org.jspecify.annotations.Nullable Numbered held, Numbered offered) {
        return held == null || held.number() < offered.number() ? offered : held;
    }
}
