// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.metric;

import io.nodevitals.otel.model.MetricDescriptor;
import io.nodevitals.otel.model.MetricPoint;
import io.nodevitals.otel.model.TelemetrySnapshot;
import io.nodevitals.otel.model.TelemetrySnapshot.ResourcePoints;
import io.nodevitals.otel.model.TelemetrySource;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricProducer;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Hands the SDK the newest snapshot as metric data: one item per resource and metric, each with its own resource, so that the
 * OTLP exporter sends one ResourceMetrics per workload. All sums and histograms are cumulative since the snapshot's start.
 * Any thread.
 */
public final class SnapshotMetricProducer implements MetricProducer {
    private final TelemetrySource source;

    public SnapshotMetricProducer(TelemetrySource source) {
        this.source = source;
    }

    /**
     * Takes a snapshot.
     *
     * @param resource of the meter provider; not used, every workload brings its own
     */
    @Override
    public Collection<MetricData> produce(Resource resource) {
        TelemetrySnapshot snapshot = source.snapshot();
        List<MetricData> metrics = new ArrayList<>();
        for (ResourcePoints workload : snapshot.workloads()) {
            addMetrics(snapshot, workload, metrics);
        }
        return Collections.unmodifiableList(metrics);
    }

    private static void addMetrics(TelemetrySnapshot snapshot, ResourcePoints workload, List<MetricData> metrics) {
        Map<Shape, List<MetricPoint>> pointsByShape = new LinkedHashMap<>();
        for (MetricPoint point : workload.points()) {
            Shape shape = new Shape(point.descriptor(), point instanceof MetricPoint.DoublePoint);
            pointsByShape.computeIfAbsent(shape, key -> new ArrayList<>()).add(point);
        }
        PointConverter converter = new PointConverter(snapshot.startEpochNanos(), snapshot.epochNanos());
        pointsByShape.forEach((shape, points) -> metrics.add(new SnapshotMetricData(
                workload.resource(),
                shape.descriptor(),
                converter.type(shape.descriptor().kind(), shape.fractional()),
                converter.data(shape.descriptor().kind(), shape.fractional(), points))));
    }

    /** OTLP has one type of number per metric, so that a metric with both becomes two. */
    private record Shape(MetricDescriptor descriptor, boolean fractional) {}
}
