// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.model;

/** The port through which this module is fed with metrics; events are pushed. Implementations are thread-safe. */
public interface TelemetrySource {

    /** The newest published snapshot, at most an instant old: implementations take a new one when asked. Never blocks long. */
    TelemetrySnapshot snapshot();
}
