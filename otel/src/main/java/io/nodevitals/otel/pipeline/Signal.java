// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import java.util.Locale;

/** OpenTelemetry's signals, as far as this project sends them. */
public enum Signal {
    /** Accounted in data points. */
    METRICS("data points"),
    /** Accounted in spans. */
    TRACES("spans"),
    /** Accounted in log records. */
    LOGS("log records");

    private final String items;

    Signal(String items) {
        this.items = items;
    }

    /** What the account counts, in plural. */
    public String items() {
        return items;
    }

    /** As in the names of the standard's properties: "metrics", "traces", "logs". */
    String propertyPart() {
        return name().toLowerCase(Locale.ROOT);
    }
}
