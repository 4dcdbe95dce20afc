// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import io.nodevitals.otel.model.MetricDescriptor;
import io.nodevitals.otel.model.MetricDescriptor.Kind;
import java.util.Map;

/**
 * OpenTelemetry's names as Prometheus has them, by the specification's "Prometheus and OpenMetrics Compatibility": dots become
 * underscores, the unit is spelt out at the end, counters end in _total.
 */
final class PrometheusNames {
    private static final Map<String, String> UNITS = Map.ofEntries(
            Map.entry("d", "days"),
            Map.entry("h", "hours"),
            Map.entry("min", "minutes"),
            Map.entry("s", "seconds"),
            Map.entry("ms", "milliseconds"),
            Map.entry("us", "microseconds"),
            Map.entry("ns", "nanoseconds"),
            Map.entry("By", "bytes"),
            Map.entry("KiBy", "kibibytes"),
            Map.entry("MiBy", "mebibytes"),
            Map.entry("%", "percent"));

    private PrometheusNames() {}

    /** The family's name: what HELP and TYPE are of. */
    static String family(MetricDescriptor descriptor) {
        boolean counter = descriptor.kind() == Kind.COUNTER;
        String name = sanitise(descriptor.name());
        if (counter && name.endsWith("_total")) {
            name = name.substring(0, name.length() - "_total".length());
        }
        String unit = unit(descriptor);
        if (!unit.isEmpty() && !name.endsWith("_" + unit)) {
            name += "_" + unit;
        }
        return counter ? name + "_total" : name;
    }

    /** An attribute's key as a label's name. */
    static String label(String key) {
        return sanitise(key);
    }

    private static String unit(MetricDescriptor descriptor) {
        String unit = descriptor.unit();
        if (unit.equals("1")) {
            return descriptor.kind() == Kind.GAUGE ? "ratio" : "";
        }
        // An annotation such as {call} says what is counted, not in what.
        return unit.indexOf('{') >= 0 ? "" : UNITS.getOrDefault(unit, sanitise(unit));
    }

    // Letters, digits and single underscores, not beginning with a digit.
    private static String sanitise(String name) {
        StringBuilder clean = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (plain) {
                if (clean.isEmpty() && c <= '9') {
                    clean.append('_');
                }
                clean.append(c);
            } else if (clean.isEmpty() || clean.charAt(clean.length() - 1) != '_') {
                clean.append('_');
            }
        }
        return clean.toString();
    }
}
