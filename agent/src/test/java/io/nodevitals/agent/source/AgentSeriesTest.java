// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.nodevitals.agent.Samples;
import io.nodevitals.otel.model.MetricPoint.LongPoint;
import io.opentelemetry.api.common.Attributes;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AgentSeriesTest {
    private final List<LongPoint> points = AgentSeries.points(
                    Samples.status(Samples.attached("exec"), Samples.unsupported("oom")), 0, Map.of(), Map.of())
            .stream()
            .filter(LongPoint.class::isInstance)
            .map(LongPoint.class::cast)
            .toList();

    @Test
    void whatTheKernelCannotTellIsNoSeriesAndAKnownZeroIsOne() {
        assertThat(missed("exit"))
                .singleElement()
                .satisfies(point -> assertThat(point.value()).isZero());
        assertThat(missed("exec")).isEmpty();
    }

    @Test
    void aProbeIsASeriesWithItsMethodOrZero() {
        assertThat(points)
                .filteredOn(point -> point.descriptor().name().equals("nodevitals.probe.attached"))
                .extracting(LongPoint::attributes, LongPoint::value)
                .containsExactly(
                        tuple(Attributes.of(Metrics.PROBE, "exec", Metrics.PROBE_METHOD, "tp_btf"), 1L),
                        tuple(Attributes.of(Metrics.PROBE, "oom"), 0L));
    }

    private List<LongPoint> missed(String program) {
        Attributes wanted = Attributes.of(Metrics.PROBE, program, Metrics.OUTCOME, "missed");
        return points.stream()
                .filter(point -> point.attributes().equals(wanted))
                .toList();
    }
}
