// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where requests go and with which headers. */
class OtlpPipelineRequestTest {
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

    @ParameterizedTest
    @ValueSource(strings = {"grpc", "http/protobuf"})
    void headersArriveDecodedAndASignalsOwnReplaceTheGeneralOnes(String protocol) {
        try (OtlpPipeline pipeline = start(
                protocol,
                "OTEL_EXPORTER_OTLP_HEADERS",
                "authorization=Bearer%20abc%3D,x-tenant=a",
                "OTEL_EXPORTER_OTLP_LOGS_HEADERS",
                "x-tenant=logs")) {
            pipeline.accept(Samples.termination(1));
            pipeline.flush(LONG);
        }
        assertThat(receiver.requests()).allSatisfy(request -> {
            boolean logs = request.path().toLowerCase(Locale.ROOT).contains("logs");
            assertThat(request.headers()).containsEntry("x-tenant", logs ? "logs" : "a");
            assertThat(request.headers().get("authorization")).isEqualTo(logs ? null : "Bearer abc=");
        });
        assertThat(receiver.requests()).hasSizeGreaterThanOrEqualTo(3);
    }

    @Test
    void eachSignalMayHaveItsOwnProtocolAndEndpoint() {
        try (OtlpReceiver other = OtlpReceiver.start();
                OtlpPipeline pipeline = start(
                        "grpc",
                        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                        other.endpoint() + "/custom/v1/traces",
                        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
                        "http/protobuf")) {
            pipeline.accept(Samples.termination(1));
            pipeline.flush(LONG);
            assertThat(other.requests()).extracting(OtlpReceiver.Request::path).containsExactly("/custom/v1/traces");
            assertThat(receiver.resourceSpans()).isEmpty();
            assertThat(receiver.resourceLogs()).hasSize(1);
        }
    }

    @Test
    void theGeneralHttpEndpointKeepsItsPathBeforeTheSignals() {
        try (OtlpPipeline pipeline = OtlpPipeline.start(
                Samples.environment(receiver.endpoint() + "/otlp/", "http/protobuf"), Samples::snapshot, lines::add)) {
            pipeline.accept(Samples.termination(1));
            pipeline.flush(LONG);
        }
        assertThat(receiver.requests())
                .extracting(OtlpReceiver.Request::path)
                .contains("/otlp/v1/metrics", "/otlp/v1/traces", "/otlp/v1/logs");
    }

    @Test
    void aPortThatIsUsualForTheOtherProtocolIsRemarkedOnInOneLine() {
        OtlpPipeline pipeline = OtlpPipeline.start(
                Samples.environment("http://localhost:4318", "grpc", "OTEL_LOGS_EXPORTER", "none"),
                Samples::snapshot,
                lines::add);
        assertThat(pipeline.signals()).containsExactlyInAnyOrder(Signal.METRICS, Signal.TRACES);
        // Nothing need answer there, so the final flush is not waited for.
        pipeline.close(Duration.ZERO);
        assertThat(lines)
                .filteredOn(line -> line.startsWith("OpenTelemetry SDK: "))
                .singleElement()
                .asString()
                .contains("OTLP exporter endpoint port is likely incorrect");
    }
}
