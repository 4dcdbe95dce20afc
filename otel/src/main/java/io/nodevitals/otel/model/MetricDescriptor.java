// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.model;

/**
 * Name, meaning and shape of a metric.
 *
 * @param unit in UCUM, as OpenTelemetry asks: "By", "s", "1", "{call}"
 */
public record MetricDescriptor(String name, String description, String unit, Kind kind) {

    /** OpenTelemetry's instruments, as far as this project uses them. */
    public enum Kind {
        /** Monotonic sum, cumulative. */
        COUNTER,
        /** Non-monotonic sum, cumulative. */
        UP_DOWN_COUNTER,
        GAUGE,
        /** Exponential histogram, cumulative. */
        EXPONENTIAL_HISTOGRAM
    }
}
