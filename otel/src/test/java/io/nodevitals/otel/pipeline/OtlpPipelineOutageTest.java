// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.nodevitals.otel.pipeline.ExportAccount.Counts;
import io.nodevitals.otel.pipeline.OtlpReceiver.Reply;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A backend that is away, slow, full or picky: nothing blocks, and the account is exact. */
class OtlpPipelineOutageTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final List<String> lines = new CopyOnWriteArrayList<>();

    private OtlpPipeline start(String endpoint, String protocol, String... more) {
        return OtlpPipeline.start(Samples.environment(endpoint, protocol, more), Samples::snapshot, lines::add);
    }

    private static void assertBalanced(Counts counts) {
        assertThat(counts.consumed())
                .as(counts.toString())
                .isEqualTo(counts.exported() + counts.queued() + counts.droppedTotal() + counts.rejected());
    }

    @ParameterizedTest
    @ValueSource(strings = {"grpc", "http/protobuf"})
    void downThenUpLosesExactlyWhatWasSentMeanwhileAndSaysSoOnce(String protocol) {
        int port;
        try (OtlpReceiver gone = OtlpReceiver.start()) {
            port = gone.port();
        }
        String[] withoutRetry = {
            "OTEL_JAVA_EXPORTER_OTLP_RETRY_DISABLED",
            "true",
            "OTEL_BSP_SCHEDULE_DELAY",
            "600000",
            "OTEL_BLRP_SCHEDULE_DELAY",
            "600000"
        };
        try (OtlpPipeline pipeline = start("http://localhost:" + port, protocol, withoutRetry)) {
            for (int round = 0; round < 2; round++) {
                pipeline.accept(Samples.termination(1));
                pipeline.accept(Samples.termination(2));
                assertThat(pipeline.flush(LONG)).isTrue();
            }
            ExportAccount down = pipeline.account();
            assertThat(down.of(Signal.TRACES).dropped()).containsEntry(DropReason.UNREACHABLE, 4L);
            assertThat(down.of(Signal.LOGS).dropped()).containsEntry(DropReason.UNREACHABLE, 4L);
            assertThat(down.of(Signal.METRICS).dropped()).containsEntry(DropReason.UNREACHABLE, 2L * Samples.POINTS);
            assertThat(down.of(Signal.TRACES).exported()).isZero();

            try (OtlpReceiver back = OtlpReceiver.start(port)) {
                for (int round = 0; round < 2; round++) {
                    pipeline.accept(Samples.termination(3));
                    assertThat(pipeline.flush(LONG)).isTrue();
                }
                assertThat(back.resourceSpans()).hasSize(2);
                ExportAccount up = pipeline.account();
                assertThat(up.of(Signal.TRACES).exported()).isEqualTo(2);
                assertThat(up.of(Signal.LOGS).exported()).isEqualTo(2);
                assertThat(up.of(Signal.METRICS).exported()).isEqualTo(2L * Samples.POINTS);
                up.signals().values().forEach(OtlpPipelineOutageTest::assertBalanced);
                assertThat(lines).filteredOn(line -> line.contains(" fails: ")).hasSize(3);
                assertThat(lines)
                        .filteredOn(line -> line.contains(" works again"))
                        .hasSize(3);
                assertThat(lines)
                        .anyMatch(line -> line.equals("OTLP export of spans to http://localhost:" + port
                                + " works again, after 4 spans were lost"));
                assertThat(lines).allMatch(line -> !line.contains("\n") && !line.contains("\tat "));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"grpc", "http/protobuf"})
    void aBackendThatNeverAnswersFillsTheQueueAndThenDropsWithoutBlocking(String protocol) {
        try (OtlpReceiver receiver = OtlpReceiver.start()) {
            receiver.hold();
            Set<Thread> before = Thread.getAllStackTraces().keySet();
            OtlpPipeline pipeline = start(
                    receiver.endpoint(),
                    protocol,
                    "OTEL_EXPORTER_OTLP_TIMEOUT",
                    "600000",
                    "OTEL_BSP_MAX_QUEUE_SIZE",
                    "100",
                    "OTEL_BLRP_MAX_QUEUE_SIZE",
                    "50",
                    "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
                    "7");
            for (int i = 0; i < 10_000; i++) {
                pipeline.accept(Samples.termination(i));
            }
            receiver.await("a batch of each", r -> r.requests().size() >= 2);
            ExportAccount full = pipeline.account();
            assertThat(full.of(Signal.TRACES).queued()).isEqualTo(100);
            assertThat(full.of(Signal.TRACES).dropped()).containsEntry(DropReason.QUEUE_FULL, 9_900L);
            assertThat(full.of(Signal.LOGS).queued()).isEqualTo(50);
            assertThat(full.of(Signal.LOGS).dropped()).containsEntry(DropReason.QUEUE_FULL, 9_950L);

            pipeline.close(Duration.ofMillis(1));
            pipeline.accept(Samples.termination(1));
            ExportAccount closed = pipeline.account();
            assertThat(closed.of(Signal.TRACES).queued()).isZero();
            assertThat(closed.of(Signal.TRACES).dropped()).containsEntry(DropReason.SHUTDOWN, 101L);
            assertThat(closed.of(Signal.LOGS).dropped()).containsEntry(DropReason.SHUTDOWN, 51L);
            closed.signals().values().forEach(OtlpPipelineOutageTest::assertBalanced);
            await("workers end although the backend still holds their requests")
                    .atMost(LONG)
                    .untilAsserted(() -> assertThat(pipelineThreads(before)).isEmpty());
            assertThat(pipeline.account().of(Signal.LOGS)).isEqualTo(closed.of(Signal.LOGS));
        }
    }

    /** Live threads that a pipeline owns and that were not there before; OkHttp's process-wide ones are not among them. */
    private static List<Thread> pipelineThreads(Set<Thread> before) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !before.contains(thread))
                .filter(thread -> thread.getName()
                        .matches("(BatchSpanProcessor|BatchLogRecordProcessor|PeriodicMetricReader|nodevitals-otlp).*"))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"grpc", "http/protobuf"})
    void partialSuccessCountsTheRejectedAndIsLoggedOnce(String protocol) {
        try (OtlpReceiver receiver = OtlpReceiver.start();
                OtlpPipeline pipeline = start(
                        receiver.endpoint(), protocol, "OTEL_TRACES_EXPORTER", "none", "OTEL_LOGS_EXPORTER", "none")) {
            receiver.reply(Reply.partialSuccess(4, "too\nold"), Reply.partialSuccess(1, "too old"), Reply.OK);
            for (int i = 0; i < 3; i++) {
                assertThat(pipeline.flush(LONG)).isTrue();
            }
            Counts counts = pipeline.account().of(Signal.METRICS);
            assertThat(counts.rejected()).isEqualTo(5);
            assertThat(counts.exported()).isEqualTo(3L * Samples.POINTS - 5);
            assertBalanced(counts);
            assertThat(lines)
                    .containsExactly("OTLP backend " + receiver.endpoint() + " rejects 4 of 10 data points: too old");
        }
    }

    @ParameterizedTest
    @CsvSource({"grpc,400,3", "grpc,404,12", "http/protobuf,400,3", "http/protobuf,413,3"})
    void aRefusalForGoodIsRejectedAndNotRepeated(String protocol, int status, int grpcStatus) {
        try (OtlpReceiver receiver = OtlpReceiver.start();
                OtlpPipeline pipeline = start(receiver.endpoint(), protocol, "OTEL_TRACES_EXPORTER", "none")) {
            receiver.reply(Reply.error(status, grpcStatus, "no such tenant"));
            pipeline.flush(LONG);
            Counts metrics = pipeline.account().of(Signal.METRICS);
            assertThat(metrics.rejected()).isEqualTo(Samples.POINTS);
            assertThat(receiver.requests()).hasSize(1);
            assertBalanced(metrics);
            assertThat(lines).singleElement().asString().contains("fails: ").contains("no such tenant");
        }
    }

    @ParameterizedTest
    @CsvSource({"grpc,503,14", "grpc,503,8", "http/protobuf,429,8", "http/protobuf,503,14"})
    void aPleaForPatienceIsRetriedAndOnlyLostWithoutRetry(String protocol, int status, int grpcStatus) {
        try (OtlpReceiver receiver = OtlpReceiver.start();
                OtlpPipeline pipeline = start(receiver.endpoint(), protocol)) {
            receiver.reply(Reply.error(status, grpcStatus, "busy"));
            pipeline.flush(LONG);
            assertThat(receiver.requests()).hasSize(2);
            assertThat(pipeline.account().of(Signal.METRICS).exported()).isEqualTo(Samples.POINTS);
            assertThat(lines).isEmpty();
        }
        try (OtlpReceiver receiver = OtlpReceiver.start();
                OtlpPipeline pipeline =
                        start(receiver.endpoint(), protocol, "OTEL_JAVA_EXPORTER_OTLP_RETRY_DISABLED", "true")) {
            receiver.reply(Reply.error(status, grpcStatus, "busy"));
            pipeline.flush(LONG);
            assertThat(pipeline.account().of(Signal.METRICS).dropped())
                    .containsEntry(DropReason.UNAVAILABLE, (long) Samples.POINTS);
        }
    }

    @Test
    void closeDeliversWhatIsQueuedAndEndsEveryThread() {
        try (OtlpReceiver receiver = OtlpReceiver.start()) {
            Set<Thread> before = Thread.getAllStackTraces().keySet();
            OtlpPipeline pipeline = start(receiver.endpoint(), "grpc");
            assertThat(pipelineThreads(before)).isNotEmpty();
            for (int i = 0; i < 1_000; i++) {
                pipeline.accept(Samples.termination(i));
            }
            pipeline.close();
            ExportAccount account = pipeline.account();
            assertThat(account.of(Signal.TRACES).exported()).isEqualTo(1_000);
            assertThat(account.of(Signal.LOGS).exported()).isEqualTo(1_000);
            assertThat(account.of(Signal.METRICS).exported()).isEqualTo(Samples.POINTS);
            assertThat(receiver.resourceLogs().stream()
                            .mapToInt(workload -> workload.getScopeLogs(0).getLogRecordsCount())
                            .sum())
                    .isEqualTo(1_000);
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(pipelineThreads(before)).isEmpty());
        }
    }

    @Test
    void theMetricIntervalIsHonouredAndEachExportIsOneSnapshot() {
        try (OtlpReceiver receiver = OtlpReceiver.start()) {
            Samples.CountingSource source = new Samples.CountingSource();
            Map<String, String> often =
                    Samples.environment(receiver.endpoint(), "http/protobuf", "OTEL_METRIC_EXPORT_INTERVAL", "20");
            OtlpPipeline pipeline = OtlpPipeline.start(often, source, lines::add);
            receiver.await("three exports", r -> r.requests().size() >= 3);
            pipeline.close();
            assertThat(receiver.requests()).hasSize(source.asked.get());
        }
    }

    @Test
    void withoutAnIntervalOnlyTheFinalMetricsAreSentInAShortLife() {
        try (OtlpReceiver receiver = OtlpReceiver.start()) {
            OtlpPipeline pipeline = start(receiver.endpoint(), "http/protobuf");
            pipeline.accept(Samples.termination(1));
            receiver.await(
                    "the event by its own schedule, long before a minute",
                    r -> !r.resourceLogs().isEmpty());
            pipeline.close();
            assertThat(receiver.requests().stream()
                            .filter(request -> request.path().equals("/v1/metrics")))
                    .hasSize(1);
        }
    }

    @Test
    void aSourceThatThrowsCostsItsExportAndOneLineNotTheReader() {
        try (OtlpReceiver receiver = OtlpReceiver.start()) {
            int[] calls = {0};
            OtlpPipeline pipeline = OtlpPipeline.start(
                    Samples.environment(receiver.endpoint(), "grpc", "OTEL_METRIC_EXPORT_INTERVAL", "20"),
                    () -> {
                        if (calls[0]++ < 3) {
                            throw new IllegalStateException("table=closed");
                        }
                        return Samples.snapshot();
                    },
                    lines::add);
            receiver.await(
                    "an export after three failures", r -> !r.resourceMetrics().isEmpty());
            pipeline.close();
            assertThat(lines).singleElement().asString().contains("table=closed");
        }
    }
}
