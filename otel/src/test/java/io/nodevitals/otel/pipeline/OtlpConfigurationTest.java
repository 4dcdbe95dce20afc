// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which environment starts what, and what is said about one that cannot be honoured. */
class OtlpConfigurationTest {
    private final List<String> lines = new ArrayList<>();

    private OtlpPipeline start(Map<String, String> environment) {
        return OtlpPipeline.start(environment, Samples::snapshot, lines::add);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "OTEL_EXPORTER_OTLP_ENDPOINT|http://a b:4317|is not a URL",
                "OTEL_EXPORTER_OTLP_ENDPOINT|collector:4317|write http://collector:4317 for plain text",
                "OTEL_EXPORTER_OTLP_ENDPOINT|10.0.0.1:4317|write http://10.0.0.1:4317 for plain text",
                "OTEL_EXPORTER_OTLP_ENDPOINT|ftp://collector|http:// or https://",
                "OTEL_EXPORTER_OTLP_ENDPOINT|http://|is not a URL",
                "OTEL_EXPORTER_OTLP_ENDPOINT|http://collector:99999|host and port",
                "OTEL_EXPORTER_OTLP_ENDPOINT|http://under_score:4317x|host and port",
                "OTEL_EXPORTER_OTLP_ENDPOINT|http://collector:4317/v1|set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
                "OTEL_EXPORTER_OTLP_ENDPOINT|http://collector:4317?a=b|query",
                "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT|nonsense://x|http:// or https://",
                "OTEL_EXPORTER_OTLP_PROTOCOL|http/json|grpc or http/protobuf",
                "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL|thrift|grpc or http/protobuf",
                "OTEL_EXPORTER_OTLP_COMPRESSION|brotli|gzip or none",
                "OTEL_EXPORTER_OTLP_TIMEOUT|soon|milliseconds",
                "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT|-1|milliseconds",
                "OTEL_EXPORTER_OTLP_CERTIFICATE|/nowhere/ca.pem|readable PEM file",
                "OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE|/proc/self/status|PEM file",
                "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE|delta|cumulativetodelta",
                "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE|lowmemory|cumulative",
                "OTEL_METRICS_EXPORTER|prometheus|/metrics",
                "OTEL_TRACES_EXPORTER|zipkin|otlp or none",
                "OTEL_LOGS_EXPORTER|otlp,none|otlp or none",
                "OTEL_METRIC_EXPORT_INTERVAL|0|60000",
                "OTEL_METRIC_EXPORT_INTERVAL|60 parsecs|milliseconds",
                "OTEL_BSP_MAX_QUEUE_SIZE|many|whole number",
                "OTEL_BSP_MAX_QUEUE_SIZE|0|at least 1",
                "OTEL_BSP_MAX_QUEUE_SIZE|99999999999|smaller",
                "OTEL_BLRP_MAX_QUEUE_SIZE|2000000|at most",
                "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE|4096|OTEL_BLRP_MAX_QUEUE_SIZE=2048",
                "OTEL_BSP_SCHEDULE_DELAY|x|milliseconds",
                "OTEL_CONFIG_FILE|/etc/otel.yaml|declarative",
            })
    void aBadVariableIsNamedWithItsValueAndTheRemedy(String variable, String value, String remedy) {
        Map<String, String> environment = Samples.environment("http://localhost:4317", "grpc", variable, value);
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        assertThatThrownBy(() -> start(environment))
                .isInstanceOf(OtlpConfigurationException.class)
                .hasMessageContaining(variable + "=" + value)
                .hasMessageContaining(remedy)
                .hasMessageEndingWith(".")
                .hasMessageNotContainingAny("\n", "io.opentelemetry");
        assertThat(Thread.getAllStackTraces().keySet().stream().filter(thread -> !before.contains(thread)))
                .noneMatch(thread -> thread.getName().contains("Processor"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"secret", "=secret", "k=%zzsecret", "k\u00e9=secret", "k=secret%0Ax"})
    void aBadHeaderIsNamedWithoutItsValue(String headers) {
        Map<String, String> environment =
                Samples.environment("http://localhost:4317", "grpc", "OTEL_EXPORTER_OTLP_HEADERS", headers);
        assertThatThrownBy(() -> start(environment))
                .isInstanceOf(OtlpConfigurationException.class)
                .hasMessageStartingWith("OTEL_EXPORTER_OTLP_HEADERS has ")
                .hasMessageNotContaining("secret");
    }

    @Test
    void credentialsInAUrlAreNotRepeated() {
        assertThatThrownBy(() -> start(Samples.environment("ftp://user:secret@collector", "grpc")))
                .isInstanceOf(OtlpConfigurationException.class)
                .hasMessageContaining("OTEL_EXPORTER_OTLP_ENDPOINT=ftp://collector")
                .hasMessageNotContaining("secret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "not a key",
                "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n",
                "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\n"
            })
    void aKeyThatIsNoneIsRefused(String content, @TempDir Path directory) throws IOException {
        Path key = Files.writeString(directory.resolve("key.pem"), content);
        assertThatThrownBy(() -> start(Samples.environment(
                        "https://localhost:4317", "grpc", "OTEL_EXPORTER_OTLP_CLIENT_KEY", key.toString())))
                .isInstanceOf(OtlpConfigurationException.class)
                .hasMessageContaining("OTEL_EXPORTER_OTLP_CLIENT_KEY=" + key)
                .hasMessageContaining("openssl pkcs8 -topk8 -nocrypt");
    }

    @Test
    void halfAClientCertificateIsRefused(@TempDir Path directory) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        byte[] encoded = generator.generateKeyPair().getPrivate().getEncoded();
        Path key = Files.writeString(
                directory.resolve("key.pem"),
                "-----BEGIN PRIVATE KEY-----\n" + Base64.getMimeEncoder().encodeToString(encoded)
                        + "\n-----END PRIVATE KEY-----\n");
        assertThatThrownBy(() -> start(Samples.environment(
                        "https://localhost:4317", "grpc", "OTEL_EXPORTER_OTLP_CLIENT_KEY", key.toString())))
                .isInstanceOf(OtlpConfigurationException.class)
                .hasMessageContaining(
                        "OTEL_EXPORTER_OTLP_CLIENT_KEY is set without OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE");
    }

    @Test
    void withoutAnEndpointNothingStarts() {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        try (OtlpPipeline pipeline =
                start(Map.of("OTEL_METRIC_EXPORT_INTERVAL", "1", "OTEL_METRICS_EXPORTER", "otlp"))) {
            pipeline.accept(Samples.termination(1));
            assertThat(pipeline.signals()).isEmpty();
            assertThat(pipeline.account().signals()).isEmpty();
            assertThat(pipeline.account().of(Signal.LOGS).consumed()).isZero();
            assertThat(pipeline.flush(Duration.ofSeconds(1))).isTrue();
            assertThat(Thread.getAllStackTraces().keySet().stream().filter(thread -> !before.contains(thread)))
                    .noneMatch(thread -> thread.getName().matches(".*(Processor|Periodic|okhttp|otlp).*"));
        }
        assertThat(lines).isEmpty();
    }

    @Test
    void aDisabledSdkSendsNothingToALivingBackend() {
        try (OtlpReceiver receiver = OtlpReceiver.start()) {
            try (OtlpPipeline pipeline =
                    start(Samples.environment(receiver.endpoint(), "grpc", "OTEL_SDK_DISABLED", "TRUE"))) {
                pipeline.accept(Samples.termination(1));
                assertThat(pipeline.signals()).isEmpty();
            }
            assertThat(receiver.requests()).isEmpty();
        }
    }

    @Test
    void anythingButTrueLeavesTheSdkOnAndIsRemarkedOn() {
        try (OtlpReceiver receiver = OtlpReceiver.start();
                OtlpPipeline pipeline =
                        start(Samples.environment(receiver.endpoint(), "grpc", "OTEL_SDK_DISABLED", "yes"))) {
            assertThat(pipeline.signals()).hasSize(3);
            assertThat(lines).containsExactly("OTEL_SDK_DISABLED=yes is neither true nor false, and means false");
        }
    }

    @Test
    void signalsAreChosenByExporterAndByEndpoint() {
        try (OtlpReceiver receiver = OtlpReceiver.start()) {
            try (OtlpPipeline pipeline = start(Samples.environment(
                    receiver.endpoint(), "grpc", "OTEL_TRACES_EXPORTER", "none", "OTEL_LOGS_EXPORTER", "otlp"))) {
                assertThat(pipeline.signals()).containsExactlyInAnyOrder(Signal.METRICS, Signal.LOGS);
            }
            Map<String, String> onlyLogs = Map.of("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", receiver.endpoint());
            try (OtlpPipeline pipeline = start(onlyLogs)) {
                assertThat(pipeline.signals()).containsExactly(Signal.LOGS);
                pipeline.accept(Samples.termination(1));
            }
            assertThat(receiver.resourceLogs().stream()
                            .map(workload -> workload.getScopeLogs(0).getLogRecords(0)))
                    .singleElement()
                    .satisfies(record -> assertThat(record.getTraceId().isEmpty())
                            .as("no context of a span that is not sent")
                            .isTrue());
        }
    }

    @Test
    void aSchemelessGrpcEndpointObeysInsecure() {
        try (OtlpReceiver receiver = OtlpReceiver.start()) {
            Map<String, String> environment = new HashMap<>(
                    Samples.environment("localhost:" + receiver.port(), "grpc", "OTEL_EXPORTER_OTLP_INSECURE", "true"));
            try (OtlpPipeline pipeline = start(environment)) {
                pipeline.flush(Duration.ofSeconds(30));
            }
            assertThat(receiver.resourceMetrics()).isNotEmpty();
            int received = receiver.requests().size();
            environment.put("OTEL_EXPORTER_OTLP_INSECURE", "false");
            environment.put("OTEL_EXPORTER_OTLP_TIMEOUT", "2000");
            try (OtlpPipeline pipeline = start(environment)) {
                pipeline.flush(Duration.ofSeconds(30));
                assertThat(pipeline.account().of(Signal.METRICS).exported()).isZero();
            }
            assertThat(receiver.requests()).hasSize(received);
        }
    }

    @Test
    void blankVariablesAreUnset() {
        assertThatCode(() -> start(Map.of(
                                "OTEL_EXPORTER_OTLP_ENDPOINT", " ",
                                "OTEL_EXPORTER_OTLP_PROTOCOL", "",
                                "OTEL_BSP_MAX_QUEUE_SIZE", ""))
                        .close())
                .doesNotThrowAnyException();
    }

    @Test
    void standardVariablesThatCannotApplyAreRemarkedOn() {
        start(Map.of(
                        "OTEL_TRACES_SAMPLER", "always_off",
                        "OTEL_ATTRIBUTE_COUNT_LIMIT", "3",
                        "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "explicit_bucket_histogram"))
                .close();
        assertThat(lines)
                .hasSize(3)
                .allMatch(line -> line.contains(" has no effect: "))
                .anyMatch(line -> line.startsWith("OTEL_TRACES_SAMPLER=always_off"));
    }
}
