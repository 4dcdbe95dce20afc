// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.model;

/** Where occurrences go: the exporter's queue, the console, the event stream. Implementations are thread-safe. */
@FunctionalInterface
public interface TelemetryEventSink {

    /** Takes the event or counts it as dropped; never blocks, never throws. */
    void accept(TelemetryEvent event);
}
