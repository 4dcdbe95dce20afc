// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nodevitals.otel.model.MetricDescriptor;
import io.nodevitals.otel.model.MetricDescriptor.Kind;
import io.nodevitals.otel.model.MetricPoint.DoublePoint;
import io.nodevitals.otel.model.MetricPoint.HistogramPoint;
import io.nodevitals.otel.model.MetricPoint.LongPoint;
import io.nodevitals.otel.model.TelemetrySnapshot;
import io.nodevitals.otel.model.TelemetrySnapshot.ResourcePoints;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.resources.Resource;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The shape of the SDK's data; the values are checked at the receiving end. */
class SnapshotMetricProducerTest {
    private static final Resource POD =
            Resource.create(Attributes.builder().put("k8s.pod.uid", "a").build());

    private static List<MetricData> produce(ResourcePoints... workloads) {
        TelemetrySnapshot snapshot = new TelemetrySnapshot(1, 2, List.of(workloads));
        return List.copyOf(new SnapshotMetricProducer(() -> snapshot).produce(Resource.getDefault()));
    }

    private static MetricDescriptor metric(String name, Kind kind) {
        return new MetricDescriptor(name, name, "1", kind);
    }

    @Test
    void seriesOfOneMetricAreGatheredEvenWhenTheyAreNotNeighbours() {
        MetricDescriptor a = metric("a", Kind.COUNTER);
        MetricDescriptor b = metric("b", Kind.COUNTER);
        Attributes other = Attributes.builder().put("k", "v").build();
        List<MetricData> metrics = produce(new ResourcePoints(
                POD,
                List.of(
                        new LongPoint(a, Attributes.empty(), 1),
                        new LongPoint(b, Attributes.empty(), 2),
                        new LongPoint(a, other, 3))));
        assertThat(metrics).extracting(MetricData::getName).containsExactly("a", "b");
        assertThat(metrics.get(0).getLongSumData().getPoints()).hasSize(2);
        assertThat(metrics).allMatch(metric -> metric.getResource() == POD);
    }

    @Test
    void wholeAndFractionalPointsOfOneMetricAreTwoData() {
        MetricDescriptor gauge = metric("g", Kind.GAUGE);
        MetricDescriptor counter = metric("c", Kind.COUNTER);
        assertThat(produce(new ResourcePoints(
                        POD,
                        List.of(
                                new LongPoint(gauge, Attributes.empty(), 1),
                                new DoublePoint(gauge, Attributes.empty(), 1.5),
                                new DoublePoint(counter, Attributes.empty(), 2.5)))))
                .extracting(MetricData::getType)
                .containsExactly(MetricDataType.LONG_GAUGE, MetricDataType.DOUBLE_GAUGE, MetricDataType.DOUBLE_SUM);
    }

    @Test
    void aWorkloadWithoutPointsSendsNothing() {
        assertThat(produce(new ResourcePoints(POD, List.of()))).isEmpty();
    }

    @Test
    void aPointThatDoesNotFitItsMetricIsRefusedWhereItIsMade() {
        MetricDescriptor counter = metric("c", Kind.COUNTER);
        MetricDescriptor histogram = metric("h", Kind.EXPONENTIAL_HISTOGRAM);
        assertThatThrownBy(() -> new HistogramPoint(counter, Attributes.empty(), 0, 0, 0, new long[1]))
                .hasMessageContaining("metric=c kind=COUNTER");
        assertThatThrownBy(() -> new LongPoint(histogram, Attributes.empty(), 1))
                .hasMessageContaining("metric=h");
        assertThatThrownBy(() -> new DoublePoint(histogram, Attributes.empty(), 1))
                .hasMessageContaining("metric=h");
    }
}
