// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.otel.model.Scope;
import io.nodevitals.otel.model.TelemetryEvent;
import io.nodevitals.otel.model.TelemetryEvent.Severity;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.SeverityNumber;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a real receiver decodes of what the pipeline sends, by each protocol and compression. */
class OtlpPipelineExportTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final List<String> lines = new CopyOnWriteArrayList<>();
    private OtlpReceiver receiver;

    @BeforeEach
    void startReceiver() {
        receiver = OtlpReceiver.start();
    }

    @AfterEach
    void stopReceiver() {
        assertThat(receiver.undecodable()).isEmpty();
        receiver.close();
    }

    private OtlpPipeline start(String protocol, String... more) {
        return OtlpPipeline.start(
                Samples.environment(receiver.endpoint(), protocol, more), Samples::snapshot, lines::add);
    }

    private ResourceMetrics workload(String uid) {
        return receiver.resourceMetrics().stream()
                .filter(workload -> Samples.values(workload.getResource().getAttributesList())
                        .containsValue(uid))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({"grpc,none", "grpc,gzip", "http/protobuf,none", "http/protobuf,gzip"})
    void eachWorkloadIsOneResourceMetricsWithItsValues(String protocol, String compression) {
        try (OtlpPipeline pipeline = start(protocol, "OTEL_EXPORTER_OTLP_COMPRESSION", compression)) {
            assertThat(pipeline.flush(LONG)).isTrue();
            assertThat(receiver.requests()).hasSize(1);
            assertThat(receiver.requests().get(0).encoding())
                    .isEqualTo(compression.equals("gzip") ? "gzip" : "identity");
            List<ResourceMetrics> workloads = receiver.resourceMetrics();
            assertThat(workloads)
                    .extracting(
                            workload -> Samples.values(workload.getResource().getAttributesList()))
                    .containsExactlyInAnyOrder(
                            Map.of(
                                    "service.name", "nodevitals",
                                    "service.instance.id", "node-1/pod-1",
                                    "k8s.pod.uid", "pod-1"),
                            Map.of(
                                    "service.name", "nodevitals",
                                    "service.instance.id", "node-1/pod-2",
                                    "k8s.pod.uid", "pod-2"));
            ResourceMetrics second = workload("pod-2");
            assertThat(second.getScopeMetricsCount()).isEqualTo(1);
            assertThat(second.getScopeMetrics(0).getScope().getName()).isEqualTo("io.nodevitals");
            assertThat(second.getScopeMetrics(0).getScope().getVersion())
                    .isEqualTo(Scope.VERSION)
                    .matches("\\d.*");
            assertThat(pipeline.account().of(Signal.METRICS).exported()).isEqualTo(Samples.POINTS);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"grpc", "http/protobuf"})
    void histogramsSumsAndGaugesKeepBucketsTemporalityAndTimes(String protocol) {
        try (OtlpPipeline pipeline = start(protocol)) {
            pipeline.flush(LONG);
        }
        List<Metric> metrics = workload("pod-1").getScopeMetrics(0).getMetricsList();
        assertThat(metrics)
                .extracting(Metric::getName)
                .containsExactly(
                        "nodevitals.mmap.size",
                        "nodevitals.mmap.bytes",
                        "nodevitals.mapped",
                        "nodevitals.memory.limit_utilization");

        Metric size = metrics.get(0);
        assertThat(size.getUnit()).isEqualTo("By");
        assertThat(size.getDescription()).isEqualTo("Sizes");
        assertThat(size.getExponentialHistogram().getAggregationTemporality())
                .isEqualTo(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE);
        ExponentialHistogramDataPoint histogram = size.getExponentialHistogram().getDataPoints(0);
        assertThat(histogram.getScale()).isZero();
        assertThat(histogram.getCount()).isEqualTo(3);
        assertThat(histogram.getSum()).isEqualTo(12_288.0);
        assertThat(histogram.getZeroCount()).isZero();
        assertThat(histogram.hasMin()).isFalse();
        assertThat(histogram.getPositive().getOffset()).isEqualTo(11);
        assertThat(histogram.getPositive().getBucketCountsList()).containsExactly(2L, 0L, 1L);
        assertThat(histogram.getNegative().getBucketCountsList()).isEmpty();
        assertThat(histogram.getStartTimeUnixNano()).isEqualTo(Samples.START);
        assertThat(histogram.getTimeUnixNano()).isEqualTo(Samples.NOW);
        assertThat(Samples.values(histogram.getAttributesList())).isEqualTo(Map.of("nodevitals.memory.kind", "anon"));

        Metric bytes = metrics.get(1);
        assertThat(bytes.getSum().getIsMonotonic()).isTrue();
        assertThat(bytes.getSum().getAggregationTemporality())
                .isEqualTo(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE);
        assertThat(bytes.getSum().getDataPointsList())
                .extracting(NumberDataPoint::getAsInt)
                .containsExactly(4096L, 1L);
        assertThat(bytes.getSum().getDataPoints(0).getStartTimeUnixNano()).isEqualTo(Samples.START);

        assertThat(metrics.get(2).getSum().getIsMonotonic()).isFalse();
        assertThat(metrics.get(2).getSum().getDataPoints(0).getAsInt()).isEqualTo(-5);

        NumberDataPoint gauge = metrics.get(3).getGauge().getDataPoints(0);
        assertThat(gauge.getAsDouble()).isEqualTo(0.25);
        assertThat(gauge.getStartTimeUnixNano()).isZero();
        assertThat(gauge.getTimeUnixNano()).isEqualTo(Samples.NOW);
    }

    @ParameterizedTest
    @ValueSource(strings = {"grpc", "http/protobuf"})
    void anEventBecomesASpanAndALogRecordJoinedByTheSpanContext(String protocol) {
        try (OtlpPipeline pipeline = start(protocol)) {
            pipeline.accept(Samples.termination(77));
            assertThat(pipeline.flush(LONG)).isTrue();
        }
        Span span = receiver.resourceSpans().get(0).getScopeSpans(0).getSpans(0);
        assertThat(span.getName()).isEqualTo("process java");
        assertThat(span.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_INTERNAL);
        assertThat(span.getStartTimeUnixNano()).isEqualTo(Samples.START);
        assertThat(span.getEndTimeUnixNano()).isEqualTo(Samples.NOW);
        assertThat(span.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
        assertThat(span.getStatus().getMessage()).isEqualTo("java was killed");
        assertThat(span.getParentSpanId().isEmpty()).isTrue();
        assertThat(span.getFlags() & 1).as("sampled").isEqualTo(1);
        assertThat(span.getTraceId().toByteArray()).hasSize(16).isNotEqualTo(new byte[16]);
        assertThat(span.getSpanId().toByteArray()).hasSize(8).isNotEqualTo(new byte[8]);

        LogRecord record = receiver.resourceLogs().get(0).getScopeLogs(0).getLogRecords(0);
        assertThat(record.getEventName()).isEqualTo("nodevitals.process.terminated");
        assertThat(record.getBody().getStringValue()).isEqualTo("java was killed");
        assertThat(record.getSeverityNumber()).isEqualTo(SeverityNumber.SEVERITY_NUMBER_ERROR);
        assertThat(record.getSeverityText()).isEqualTo("ERROR");
        assertThat(record.getTimeUnixNano()).isEqualTo(Samples.NOW);
        assertThat(record.getObservedTimeUnixNano()).isGreaterThan(Samples.NOW);
        assertThat(record.getTraceId()).isEqualTo(span.getTraceId());
        assertThat(record.getSpanId()).isEqualTo(span.getSpanId());
        assertThat(record.getFlags() & 1).isEqualTo(1);

        Map<String, Object> attributes = Map.of("process.pid", 77L, "nodevitals.summary", "java was killed");
        assertThat(Samples.values(span.getAttributesList())).isEqualTo(attributes);
        assertThat(Samples.values(record.getAttributesList())).isEqualTo(attributes);
        assertThat(receiver.resourceLogs().get(0).getResource())
                .isEqualTo(receiver.resourceSpans().get(0).getResource());
        assertThat(receiver.resourceLogs().get(0).getScopeLogs(0).getScope().getName())
                .isEqualTo("io.nodevitals");
    }

    @Test
    void eventsOfSeveralWorkloadsInOneBatchKeepTheirResources() {
        try (OtlpPipeline pipeline = start("grpc", "OTEL_BLRP_SCHEDULE_DELAY", "600000")) {
            for (int i = 1; i <= 3; i++) {
                TelemetryEvent event = Samples.termination(i);
                pipeline.accept(new TelemetryEvent(
                        Samples.pod("pod-" + i),
                        event.eventName(),
                        event.severity(),
                        event.summary(),
                        event.attributes(),
                        event.epochNanos(),
                        null));
            }
            pipeline.flush(LONG);
        }
        assertThat(receiver.resourceSpans()).isEmpty();
        assertThat(receiver.requests().stream().filter(request -> request.path().contains("Logs")))
                .hasSize(1);
        assertThat(receiver.resourceLogs()).hasSize(3).allSatisfy(workload -> {
            Object uid =
                    Samples.values(workload.getResource().getAttributesList()).get("k8s.pod.uid");
            LogRecord record = workload.getScopeLogs(0).getLogRecords(0);
            assertThat("pod-" + Samples.values(record.getAttributesList()).get("process.pid"))
                    .isEqualTo(uid);
            assertThat(record.getTraceId().isEmpty()).as("no span, no context").isTrue();
        });
    }

    @Test
    void eventsOfOneWorkloadInOneBatchShareOneResource() {
        try (OtlpPipeline pipeline =
                start("grpc", "OTEL_BSP_SCHEDULE_DELAY", "600000", "OTEL_BLRP_SCHEDULE_DELAY", "600000")) {
            pipeline.accept(Samples.termination(1));
            pipeline.accept(Samples.termination(2));
            pipeline.flush(LONG);
        }
        assertThat(receiver.resourceLogs())
                .singleElement()
                .satisfies(workload -> assertThat(workload.getScopeLogs(0).getLogRecordsCount())
                        .isEqualTo(2));
        assertThat(receiver.resourceSpans())
                .singleElement()
                .satisfies(workload ->
                        assertThat(workload.getScopeSpans(0).getSpansCount()).isEqualTo(2));
    }

    @Test
    void aHarmlessEndLeavesTheSpanStatusUnset() {
        TelemetryEvent event = Samples.termination(1);
        try (OtlpPipeline pipeline = start("http/protobuf")) {
            pipeline.accept(new TelemetryEvent(
                    event.resource(),
                    event.eventName(),
                    Severity.INFO,
                    "exited",
                    event.attributes(),
                    event.epochNanos(),
                    event.span()));
        }
        Span span = receiver.resourceSpans().get(0).getScopeSpans(0).getSpans(0);
        assertThat(span.getStatus()).isEqualTo(Status.getDefaultInstance());
    }

    @ParameterizedTest
    @ValueSource(strings = {"grpc", "http/protobuf"})
    void aLoneSurrogateNeitherBreaksTheBatchNorItsNeighbours(String protocol) {
        TelemetryEvent good = Samples.termination(1);
        TelemetryEvent bad = new TelemetryEvent(
                Samples.pod("pod-\udc00"),
                good.eventName(),
                good.severity(),
                "name \ud800 ends",
                Attributes.builder()
                        .put("process.executable.name", "\udfff\ud83d")
                        .build(),
                good.epochNanos(),
                good.span());
        try (OtlpPipeline pipeline =
                start(protocol, "OTEL_BLRP_SCHEDULE_DELAY", "600000", "OTEL_BSP_SCHEDULE_DELAY", "600000")) {
            pipeline.accept(good);
            pipeline.accept(bad);
            pipeline.accept(good);
            pipeline.flush(LONG);
            assertThat(pipeline.account().of(Signal.LOGS).exported()).isEqualTo(3);
        }
        List<LogRecord> records = receiver.resourceLogs().stream()
                .flatMap(workload -> workload.getScopeLogs(0).getLogRecordsList().stream())
                .toList();
        assertThat(records)
                .extracting(record -> record.getBody().getStringValue())
                .containsExactlyInAnyOrder("java was killed", "java was killed", "name ? ends");
        assertThat(receiver.resourceSpans().stream()
                        .flatMap(workload -> workload.getScopeSpans(0).getSpansList().stream()))
                .hasSize(3);
    }
}
