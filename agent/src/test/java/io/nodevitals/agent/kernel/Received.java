// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import io.nodevitals.otel.pipeline.OtlpReceiver;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the receiver has of one pod or of everyone, as plain values: attributes as strings, numbers as they are. A batch that came again,
 * byte by byte, counts once: the SDK's sender waits ten seconds for an answer, whatever the timeout that is set, and then sends anew;
 * in an emulated machine that happens.
 */
final class Received {
    private final OtlpReceiver receiver;
    private final @Nullable String podUid;

    /** @param podUid null for everyone's */
    Received(OtlpReceiver receiver, @Nullable String podUid) {
        this.receiver = receiver;
        this.podUid = podUid;
    }

    /** A log record or a span with the attributes of its resource. */
    record Item(
            String name, Map<String, String> resource, Map<String, String> attributes, String traceId, String spanId) {}

    List<Item> events() {
        List<Item> items = new ArrayList<>();
        receiver.resourceLogs().stream()
                .distinct()
                .filter(logs -> isMine(logs.getResource()))
                .forEach(logs -> logs.getScopeLogsList()
                        .forEach(scope -> scope.getLogRecordsList()
                                .forEach(record -> items.add(item(logs.getResource(), record)))));
        return items;
    }

    List<Item> spans() {
        List<Item> items = new ArrayList<>();
        receiver.resourceSpans().stream()
                .distinct()
                .filter(spans -> isMine(spans.getResource()))
                .forEach(spans -> spans.getScopeSpansList()
                        .forEach(scope ->
                                scope.getSpansList().forEach(span -> items.add(item(spans.getResource(), span)))));
        return items;
    }

    /** Newest value of each series of a counter, by its attributes. */
    Map<Map<String, String>, Long> sums(String metric) {
        Map<Map<String, String>, Long> sums = new java.util.HashMap<>();
        for (Metric found : metrics(metric)) {
            for (NumberDataPoint point : found.getSum().getDataPointsList()) {
                sums.put(attributes(point.getAttributesList()), point.getAsInt());
            }
        }
        return sums;
    }

    long sum(String metric, String... attributes) {
        return sums(metric).getOrDefault(map(attributes), 0L);
    }

    /** Newest value of one series of a gauge; -1 when it has none. */
    long gauge(String metric, String... attributes) {
        long newest = -1;
        for (Metric found : metrics(metric)) {
            for (NumberDataPoint point : found.getGauge().getDataPointsList()) {
                if (attributes(point.getAttributesList()).equals(map(attributes))) {
                    newest = point.getAsInt();
                }
            }
        }
        return newest;
    }

    /** Newest point of one series of an exponential histogram. */
    ExponentialHistogramDataPoint histogram(String metric, String... attributes) {
        ExponentialHistogramDataPoint newest = ExponentialHistogramDataPoint.getDefaultInstance();
        for (Metric found : metrics(metric)) {
            for (ExponentialHistogramDataPoint point :
                    found.getExponentialHistogram().getDataPointsList()) {
                if (attributes(point.getAttributesList()).equals(map(attributes))) {
                    newest = point;
                }
            }
        }
        return newest;
    }

    /** Count by bucket index. */
    static Map<Integer, Long> buckets(ExponentialHistogramDataPoint point) {
        Map<Integer, Long> buckets = new TreeMap<>();
        for (int i = 0; i < point.getPositive().getBucketCountsCount(); i++) {
            long count = point.getPositive().getBucketCounts(i);
            if (count != 0) {
                buckets.put(point.getPositive().getOffset() + i, count);
            }
        }
        return buckets;
    }

    /** Attributes of the pod's resources, each once. */
    List<Map<String, String>> resources() {
        return receiver.resourceMetrics().stream()
                .map(ResourceMetrics::getResource)
                .filter(this::isMine)
                .map(resource -> attributes(resource.getAttributesList()))
                .distinct()
                .toList();
    }

    private List<Metric> metrics(String name) {
        return receiver.resourceMetrics().stream()
                .filter(metrics -> isMine(metrics.getResource()))
                .flatMap(metrics -> metrics.getScopeMetricsList().stream())
                .flatMap(scope -> scope.getMetricsList().stream())
                .filter(metric -> metric.getName().equals(name))
                .toList();
    }

    private boolean isMine(Resource resource) {
        return podUid == null
                || podUid.equals(attributes(resource.getAttributesList()).get("k8s.pod.uid"));
    }

    private static Item item(Resource resource, LogRecord record) {
        return new Item(
                record.getEventName(),
                attributes(resource.getAttributesList()),
                attributes(record.getAttributesList()),
                hex(record.getTraceId().toByteArray()),
                hex(record.getSpanId().toByteArray()));
    }

    private static Item item(Resource resource, Span span) {
        return new Item(
                span.getName(),
                attributes(resource.getAttributesList()),
                attributes(span.getAttributesList()),
                hex(span.getTraceId().toByteArray()),
                hex(span.getSpanId().toByteArray()));
    }

    private static Map<String, String> attributes(List<KeyValue> pairs) {
        Map<String, String> attributes = new TreeMap<>();
        pairs.forEach(pair -> attributes.put(pair.getKey(), text(pair.getValue())));
        return attributes;
    }

    private static String text(AnyValue value) {
        return switch (value.getValueCase()) {
            case STRING_VALUE -> value.getStringValue();
            case INT_VALUE -> Long.toString(value.getIntValue());
            case DOUBLE_VALUE -> Double.toString(value.getDoubleValue());
            case BOOL_VALUE -> Boolean.toString(value.getBoolValue());
            case ARRAY_VALUE ->
                value.getArrayValue().getValuesList().stream()
                        .map(Received::text)
                        .toList()
                        .toString();
            default -> value.toString();
        };
    }

    static Map<String, String> map(String... pairs) {
        Map<String, String> map = new TreeMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(pairs[i], pairs[i + 1]);
        }
        return map;
    }

    private static String hex(byte[] bytes) {
        return java.util.HexFormat.of().formatHex(bytes);
    }
}
