// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Says which standard variables are set but cannot apply to this agent, so that nobody relies on them. */
final class UnusedVariables {
    private static final Map<String, String> NO_EFFECT = Map.of(
            "otel.attribute.value.length.limit", "the agent bounds values itself",
            "otel.attribute.count.limit", "the agent bounds attributes itself",
            "otel.span.attribute.value.length.limit", "the agent bounds values itself",
            "otel.span.attribute.count.limit", "the agent bounds attributes itself",
            "otel.logrecord.attribute.value.length.limit", "the agent bounds values itself",
            "otel.logrecord.attribute.count.limit", "the agent bounds attributes itself");

    private static final Set<String> SAMPLES_ALL = Set.of("always_on", "parentbased_always_on");

    private UnusedVariables() {}

    /** Logs one line for each; refuses declarative configuration, which would replace all the rest. */
    static void report(Environment environment, Consumer<String> log) {
        for (String file : List.of("otel.config.file", "otel.experimental.config.file")) {
            if (environment.getString(file) != null) {
                throw new OtlpConfigurationException(environment.assignment(file)
                        + " asks for declarative configuration, which is not available; unset it and use the other"
                        + " OTEL_* variables.");
            }
        }
        NO_EFFECT.forEach((property, why) -> {
            if (environment.getString(property) != null) {
                log.accept(environment.assignment(property) + " has no effect: " + why);
            }
        });
        if (!SAMPLES_ALL.contains(environment.getString("otel.traces.sampler", "always_on"))) {
            log.accept(environment.assignment("otel.traces.sampler")
                    + " has no effect: every span is sent; OTEL_TRACES_EXPORTER=none turns spans off");
        }
        String aggregation = "otel.exporter.otlp.metrics.default.histogram.aggregation";
        if (environment.getString(aggregation, "").toLowerCase(Locale.ROOT).equals("explicit_bucket_histogram")) {
            log.accept(environment.assignment(aggregation) + " has no effect: sizes are exponential histograms");
        }
        String disabled = "otel.sdk.disabled";
        if (!Set.of("true", "false")
                .contains(environment.getString(disabled, "false").toLowerCase(Locale.ROOT))) {
            log.accept(environment.assignment(disabled) + " is neither true nor false, and means false");
        }
    }
}
