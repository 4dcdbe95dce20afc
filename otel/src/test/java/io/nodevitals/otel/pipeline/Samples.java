// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import io.nodevitals.otel.model.MetricDescriptor;
import io.nodevitals.otel.model.MetricDescriptor.Kind;
import io.nodevitals.otel.model.MetricPoint;
import io.nodevitals.otel.model.MetricPoint.DoublePoint;
import io.nodevitals.otel.model.MetricPoint.HistogramPoint;
import io.nodevitals.otel.model.MetricPoint.LongPoint;
import io.nodevitals.otel.model.TelemetryEvent;
import io.nodevitals.otel.model.TelemetryEvent.Severity;
import io.nodevitals.otel.model.TelemetryEvent.SpanPart;
import io.nodevitals.otel.model.TelemetrySnapshot;
import io.nodevitals.otel.model.TelemetrySnapshot.ResourcePoints;
import io.nodevitals.otel.model.TelemetrySource;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.sdk.resources.Resource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Telemetry of two pods, as the agent would hand it over. */
final class Samples {
    static final long START = 1_700_000_000_000_000_000L;
    static final long NOW = START + 60_000_000_000L;
    static final MetricDescriptor SIZE =
            new MetricDescriptor("nodevitals.mmap.size", "Sizes", "By", Kind.EXPONENTIAL_HISTOGRAM);
    static final MetricDescriptor BYTES = new MetricDescriptor("nodevitals.mmap.bytes", "Bytes", "By", Kind.COUNTER);
    static final MetricDescriptor MAPPED =
            new MetricDescriptor("nodevitals.mapped", "Address space", "By", Kind.UP_DOWN_COUNTER);
    static final MetricDescriptor UTILIZATION =
            new MetricDescriptor("nodevitals.memory.limit_utilization", "Of the limit", "1", Kind.GAUGE);
    static final Attributes ANON =
            Attributes.builder().put("nodevitals.memory.kind", "anon").build();

    private Samples() {}

    static Resource pod(String uid) {
        return Resource.create(Attributes.builder()
                .put("service.name", "nodevitals")
                .put("service.instance.id", "node-1/" + uid)
                .put("k8s.pod.uid", uid)
                .build());
    }

    /** Two pods, with bytes=pod number × 4096 and the same histogram. */
    static TelemetrySnapshot snapshot() {
        return new TelemetrySnapshot(START, NOW, List.of(workload("pod-1", 4096), workload("pod-2", 8192)));
    }

    private static ResourcePoints workload(String uid, long bytes) {
        List<MetricPoint> points = List.of(
                new HistogramPoint(SIZE, ANON, 12_288.0, 0, 11, new long[] {2, 0, 1}),
                new LongPoint(BYTES, ANON, bytes),
                new LongPoint(
                        BYTES,
                        Attributes.builder()
                                .put("nodevitals.memory.kind", "file")
                                .build(),
                        1),
                new LongPoint(MAPPED, Attributes.empty(), -5),
                new DoublePoint(UTILIZATION, Attributes.empty(), 0.25));
        return new ResourcePoints(pod(uid), points);
    }

    /** Points in {@link #snapshot()}. */
    static final int POINTS = 10;

    static TelemetryEvent termination(int pid) {
        return new TelemetryEvent(
                pod("pod-1"),
                "nodevitals.process.terminated",
                Severity.ERROR,
                "java was killed",
                Attributes.builder().put("process.pid", pid).build(),
                NOW,
                new SpanPart("process java", START));
    }

    /** A source that counts how often it is asked. */
    static final class CountingSource implements TelemetrySource {
        final AtomicInteger asked = new AtomicInteger();

        @Override
        public TelemetrySnapshot snapshot() {
            asked.incrementAndGet();
            return Samples.snapshot();
        }
    }

    static Map<String, String> environment(String endpoint, String protocol, String... more) {
        Map<String, String> environment = new HashMap<>();
        environment.put("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
        environment.put("OTEL_EXPORTER_OTLP_PROTOCOL", protocol);
        for (int i = 0; i < more.length; i += 2) {
            environment.put(more[i], more[i + 1]);
        }
        return environment;
    }

    /** A received attribute list as plain values. */
    static Map<String, Object> values(List<KeyValue> attributes) {
        Map<String, Object> values = new HashMap<>();
        for (KeyValue attribute : attributes) {
            AnyValue value = attribute.getValue();
            values.put(attribute.getKey(), value.hasIntValue() ? (Object) value.getIntValue() : value.getStringValue());
        }
        return values;
    }
}
