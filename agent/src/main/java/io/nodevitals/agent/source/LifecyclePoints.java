// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.source;

import io.nodevitals.agent.diagnose.LifecycleTotals.ExecFailureKey;
import io.nodevitals.agent.diagnose.LifecycleTotals.Series;
import io.nodevitals.agent.diagnose.LifecycleTotals.SignalKey;
import io.nodevitals.agent.diagnose.LifecycleTotals.TerminationKey;
import io.nodevitals.agent.diagnose.LifecycleTotals.WorkloadTotals;
import io.nodevitals.agent.diagnose.OomScope;
import io.nodevitals.otel.model.MetricDescriptor;
import io.nodevitals.otel.model.MetricPoint;
import io.nodevitals.otel.model.MetricPoint.LongPoint;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import java.util.function.Consumer;
import java.util.function.Function;

/** One workload's lifecycle counters as points. Series that never counted anything are left out. */
final class LifecyclePoints {
    private static final Attributes OVERFLOW = Attributes.of(Metrics.OVERFLOW, true);

    private final Consumer<MetricPoint> out;

    LifecyclePoints(Consumer<MetricPoint> out) {
        this.out = out;
    }

    void add(WorkloadTotals totals) {
        count(Metrics.EXECS, totals.execs());
        count(Metrics.CONTAINER_STARTS, totals.containerStarts());
        series(Metrics.EXEC_FAILURES, totals.execFailures(), LifecyclePoints::execFailure);
        series(Metrics.SIGNALS, totals.signals(), LifecyclePoints::signal);
        series(Metrics.TERMINATIONS, totals.terminations(), LifecyclePoints::termination);
        series(Metrics.OOM_KILLS, totals.oomKills(), LifecyclePoints::oomKill);
    }

    private void count(MetricDescriptor metric, long value) {
        if (value != 0) {
            out.accept(new LongPoint(metric, Attributes.empty(), value));
        }
    }

    private <K> void series(MetricDescriptor metric, Series<K> series, Function<K, Attributes> attributes) {
        series.series().forEach((key, value) -> out.accept(new LongPoint(metric, attributes.apply(key), value)));
        if (series.overflow() != 0) {
            out.accept(new LongPoint(metric, OVERFLOW, series.overflow()));
        }
    }

    private static Attributes execFailure(ExecFailureKey key) {
        return Attributes.of(
                Metrics.ERROR_TYPE,
                key.errorType(),
                Metrics.EXEC_CAUSE,
                key.cause().wireName());
    }

    private static Attributes signal(SignalKey key) {
        return Attributes.of(
                Metrics.SIGNAL,
                key.signal(),
                Metrics.SIGNAL_ACTION,
                key.action().wireName());
    }

    private static Attributes termination(TerminationKey key) {
        AttributesBuilder attributes = Attributes.builder()
                .put(Metrics.TERMINATION_CAUSE, key.cause().wireName())
                .put(Metrics.TERMINATION_PHASE, key.phase().wireName())
                .put(Metrics.EXIT_CODE, (long) key.exitCode());
        if (key.signal() != null) {
            attributes.put(Metrics.SIGNAL, key.signal());
        }
        if (key.senderClass() != null) {
            attributes.put(Metrics.SENDER_CLASS, key.senderClass().wireName());
        }
        return attributes.build();
    }

    private static Attributes oomKill(OomScope scope) {
        return Attributes.of(Metrics.OOM_SCOPE, scope.wireName());
    }
}
