// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.metric;

import io.nodevitals.otel.model.MetricDescriptor.Kind;
import io.nodevitals.otel.model.MetricPoint;
import io.nodevitals.otel.model.MetricPoint.DoublePoint;
import io.nodevitals.otel.model.MetricPoint.HistogramPoint;
import io.nodevitals.otel.model.MetricPoint.LongPoint;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.Data;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramBuckets;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramData;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.data.GaugeData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.metrics.data.SumData;
import java.util.Arrays;
import java.util.List;

/** Turns the points of one metric into the SDK's data of the right type. */
record PointConverter(long startEpochNanos, long epochNanos) {
    private static final AggregationTemporality CUMULATIVE = AggregationTemporality.CUMULATIVE;

    /** A gauge does not count since a moment: OTLP's "unset". */
    private static final long NO_START = 0;

    MetricDataType type(Kind kind, boolean fractional) {
        return switch (kind) {
            case COUNTER, UP_DOWN_COUNTER -> fractional ? MetricDataType.DOUBLE_SUM : MetricDataType.LONG_SUM;
            case GAUGE -> fractional ? MetricDataType.DOUBLE_GAUGE : MetricDataType.LONG_GAUGE;
            case EXPONENTIAL_HISTOGRAM -> MetricDataType.EXPONENTIAL_HISTOGRAM;
        };
    }

    Data<?> data(Kind kind, boolean fractional, List<MetricPoint> points) {
        boolean monotonic = kind == Kind.COUNTER;
        return switch (kind) {
            case COUNTER, UP_DOWN_COUNTER ->
                fractional
                        ? SumData.createDoubleSumData(monotonic, CUMULATIVE, doubles(points, startEpochNanos))
                        : SumData.createLongSumData(monotonic, CUMULATIVE, longs(points, startEpochNanos));
            case GAUGE ->
                fractional
                        ? GaugeData.createDoubleGaugeData(doubles(points, NO_START))
                        : GaugeData.createLongGaugeData(longs(points, NO_START));
            case EXPONENTIAL_HISTOGRAM -> ExponentialHistogramData.create(CUMULATIVE, histograms(points));
        };
    }

    private List<LongPointData> longs(List<MetricPoint> points, long start) {
        return points.stream()
                .map(LongPoint.class::cast)
                .map(point -> LongPointData.create(start, epochNanos, point.attributes(), point.value()))
                .toList();
    }

    private List<DoublePointData> doubles(List<MetricPoint> points, long start) {
        return points.stream()
                .map(DoublePoint.class::cast)
                .map(point -> DoublePointData.create(start, epochNanos, point.attributes(), point.value(), List.of()))
                .toList();
    }

    private List<ExponentialHistogramPointData> histograms(List<MetricPoint> points) {
        return points.stream()
                .map(HistogramPoint.class::cast)
                .map(this::histogram)
                .toList();
    }

    private ExponentialHistogramPointData histogram(HistogramPoint point) {
        List<Long> counts = Arrays.stream(point.bucketCounts()).boxed().toList();
        return ExponentialHistogramPointData.create(
                point.scale(),
                point.sum(),
                /* zeroCount= */ 0,
                /* hasMin= */ false,
                0,
                /* hasMax= */ false,
                0,
                ExponentialHistogramBuckets.create(point.scale(), point.offset(), counts),
                ExponentialHistogramBuckets.create(point.scale(), 0, List.of()),
                startEpochNanos,
                epochNanos,
                point.attributes(),
                List.of());
    }
}
