// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.source;

import io.nodevitals.otel.model.MetricPoint;
import io.nodevitals.otel.model.MetricPoint.DoublePoint;
import io.nodevitals.otel.model.MetricPoint.LongPoint;
import io.opentelemetry.api.common.Attributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What the agent says of itself: the account of each program, the rings, the exporter, its own counters. Any thread. */
public final class AgentSeries {
    private AgentSeries() {}

    /**
     * All of the agent's own points.
     *
     * @param status programs, rings and counters of this moment
     * @param unknown lookups of a workload that found none
     * @param exports items by outcome, by signal
     * @param residuals events that an account does not balance by, by account
     */
    public static List<MetricPoint> points(
            AgentStatus status, long unknown, Map<String, Map<String, Long>> exports, Map<String, Long> residuals) {
        List<MetricPoint> points = new ArrayList<>();
        for (AgentStatus.Program program : status.programs()) {
            outcome(points, program, "submitted", program.submitted());
            outcome(points, program, "folded", program.folded());
            outcome(points, program, "filtered", program.filtered());
            outcome(points, program, "failed", program.failed());
            if (program.missed() != null) {
                outcome(points, program, "missed", program.missed());
            }
        }
        for (AgentStatus.Probe probe : status.probes()) {
            points.add(attached(probe));
        }
        for (AgentStatus.Ring ring : status.rings()) {
            points.add(new DoublePoint(
                    Metrics.RING_UTILIZATION,
                    Attributes.of(Metrics.RING, ring.name()),
                    (double) ring.usedBytes() / ring.capacityBytes()));
        }
        residuals.forEach((account, events) ->
                points.add(new LongPoint(Metrics.AGENT_RESIDUAL, Attributes.of(Metrics.ACCOUNT, account), events)));
        points.add(new LongPoint(Metrics.ATTRIBUTION_UNKNOWN, Attributes.empty(), unknown));
        exports.forEach((signal, outcomes) -> outcomes.forEach((outcome, items) -> points.add(new LongPoint(
                Metrics.EXPORT_ITEMS, Attributes.of(Metrics.EXPORT_SIGNAL, signal, Metrics.OUTCOME, outcome), items))));
        status.counters()
                .forEach((name, value) ->
                        points.add(new LongPoint(Metrics.AGENT_EVENTS, Attributes.of(Metrics.COUNTER, name), value)));
        return points;
    }

    private static MetricPoint attached(AgentStatus.Probe probe) {
        Attributes name = Attributes.of(Metrics.PROBE, probe.name());
        return probe.method() == null
                ? new LongPoint(Metrics.PROBE_ATTACHED, name, 0)
                : new LongPoint(
                        Metrics.PROBE_ATTACHED,
                        name.toBuilder()
                                .put(Metrics.PROBE_METHOD, probe.method())
                                .build(),
                        1);
    }

    private static void outcome(List<MetricPoint> points, AgentStatus.Program program, String outcome, long count) {
        points.add(new LongPoint(
                Metrics.PROBE_EVENTS, Attributes.of(Metrics.PROBE, program.name(), Metrics.OUTCOME, outcome), count));
    }
}
