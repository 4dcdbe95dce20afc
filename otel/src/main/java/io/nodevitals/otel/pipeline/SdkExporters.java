// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import io.opentelemetry.sdk.autoconfigure.spi.logs.ConfigurableLogRecordExporterProvider;
import io.opentelemetry.sdk.autoconfigure.spi.metrics.ConfigurableMetricExporterProvider;
import io.opentelemetry.sdk.autoconfigure.spi.traces.ConfigurableSpanExporterProvider;
import io.opentelemetry.sdk.logs.export.LogRecordExporter;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.function.Function;

/** Makes the SDK's OTLP exporters through the same providers as its autoconfiguration does; they read the whole environment. */
final class SdkExporters {
    private static final String NAME = "otlp";

    private SdkExporters() {}

    static SpanExporter spans(SignalSettings settings) {
        return create(
                settings,
                ConfigurableSpanExporterProvider.class,
                ConfigurableSpanExporterProvider::getName,
                (provider, config) -> provider.createExporter(config));
    }

    static LogRecordExporter logs(SignalSettings settings) {
        return create(
                settings,
                ConfigurableLogRecordExporterProvider.class,
                ConfigurableLogRecordExporterProvider::getName,
                (provider, config) -> provider.createExporter(config));
    }

    static MetricExporter metrics(SignalSettings settings) {
        return create(
                settings,
                ConfigurableMetricExporterProvider.class,
                ConfigurableMetricExporterProvider::getName,
                (provider, config) -> provider.createExporter(config));
    }

    private static <P, E> E create(
            SignalSettings settings, Class<P> type, Function<P, String> name, Factory<P, E> factory) {
        for (P provider : settings.environment().getComponentLoader().load(type)) {
            if (name.apply(provider).equals(NAME)) {
                return create(settings, provider, factory);
            }
        }
        throw new IllegalStateException("provider=" + type.getName() + " name=otlp is missing from the class path");
    }

    private static <P, E> E create(SignalSettings settings, P provider, Factory<P, E> factory) {
        try {
            return factory.create(provider, settings.environment());
        } catch (ConfigurationException | IllegalArgumentException | IllegalStateException e) {
            throw new OtlpConfigurationException(
                    "The OTLP exporter of " + settings.signal().items() + " to " + settings.endpoint()
                            + " refuses its OTEL_EXPORTER_OTLP_* variables ("
                            + Text.line(String.valueOf(e.getMessage()))
                            + "); correct what it names, or unset it.",
                    e);
        }
    }

    @FunctionalInterface
    private interface Factory<P, E> {
        E create(P provider, ConfigProperties config);
    }
}
