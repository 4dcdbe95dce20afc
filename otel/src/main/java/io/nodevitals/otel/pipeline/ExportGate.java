// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.MemoryMode;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.logs.export.LogRecordExporter;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.function.Supplier;

/**
 * Stands before one signal's exporter and enters every request into the account, since neither the SDK's processors nor its
 * metric reader tell whether an export succeeded. Thread-safe.
 */
final class ExportGate {
    private final SignalAccount account;
    private final BackendHealth health;

    ExportGate(SignalAccount account, BackendHealth health) {
        this.account = account;
        this.health = health;
    }

    SignalAccount account() {
        return account;
    }

    BackendHealth health() {
        return health;
    }

    SpanExporter spans(SpanExporter exporter) {
        return new SpanExporter() {
            @Override
            public CompletableResultCode export(Collection<SpanData> spans) {
                return send(spans.size(), () -> exporter.export(spans));
            }

            @Override
            public CompletableResultCode flush() {
                return exporter.flush();
            }

            @Override
            public CompletableResultCode shutdown() {
                return exporter.shutdown();
            }
        };
    }

    LogRecordExporter logs(LogRecordExporter exporter) {
        return new LogRecordExporter() {
            @Override
            public CompletableResultCode export(Collection<LogRecordData> logs) {
                return send(logs.size(), () -> exporter.export(logs));
            }

            @Override
            public CompletableResultCode flush() {
                return exporter.flush();
            }

            @Override
            public CompletableResultCode shutdown() {
                return exporter.shutdown();
            }
        };
    }

    MetricExporter metrics(MetricExporter exporter) {
        return new MetricExporter() {
            @Override
            public CompletableResultCode export(Collection<MetricData> metrics) {
                int points = metrics.stream()
                        .mapToInt(metric -> metric.getData().getPoints().size())
                        .sum();
                account.consume(points);
                return send(points, () -> exporter.export(metrics));
            }

            @Override
            public AggregationTemporality getAggregationTemporality(InstrumentType instrumentType) {
                return exporter.getAggregationTemporality(instrumentType);
            }

            @Override
            public Aggregation getDefaultAggregation(InstrumentType instrumentType) {
                return exporter.getDefaultAggregation(instrumentType);
            }

            @Override
            public MemoryMode getMemoryMode() {
                return exporter.getMemoryMode();
            }

            @Override
            public CompletableResultCode flush() {
                return exporter.flush();
            }

            @Override
            public CompletableResultCode shutdown() {
                return exporter.shutdown();
            }
        };
    }

    private CompletableResultCode send(int items, Supplier<CompletableResultCode> export) {
        ExportAttempt attempt = account.begin(items);
        if (attempt == null) {
            return CompletableResultCode.ofFailure();
        }
        CompletableResultCode result;
        try {
            result = SenderTap.during(attempt, export);
        } catch (RuntimeException e) {
            attempt.notSent(e);
            result = CompletableResultCode.ofExceptionalFailure(e);
        }
        CompletableResultCode finished = result;
        return finished.whenComplete(() -> {
            if (attempt.ending() == ExportAttempt.Ending.NOT_SENT) {
                attempt.notSent(finished.getFailureThrowable());
            }
            if (account.settle(attempt)) {
                health.ended(attempt);
            }
        });
    }
}
