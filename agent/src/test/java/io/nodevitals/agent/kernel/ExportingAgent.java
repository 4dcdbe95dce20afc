// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.http.Json;
import io.nodevitals.otel.pipeline.OtlpReceiver;
import io.opentelemetry.proto.metrics.v1.Metric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The built agent as a process that can be stopped and killed, exporting to a receiver in this JVM. */
final class ExportingAgent implements AutoCloseable {
    private final OtlpReceiver receiver = OtlpReceiver.start();
    private final AgentProcess process;

    /** @param settings NODEVITALS_* variables beyond the attach mode under test */
    ExportingAgent(Map<String, String> settings) throws IOException {
        Map<String, String> environment = new HashMap<>(Map.of(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                receiver.endpoint(),
                "OTEL_EXPORTER_OTLP_PROTOCOL",
                "http/protobuf",
                "OTEL_METRIC_EXPORT_INTERVAL",
                "500",
                "OTEL_EXPORTER_OTLP_TIMEOUT",
                Integer.toString(10_000 * Integer.getInteger("nodevitals.test.patience", 1)),
                "NODEVITALS_ATTACH",
                AgentUnderTest.ATTACH));
        environment.putAll(settings);
        try {
            process = AgentProcess.running(environment);
        } catch (IOException | AssertionError e) {
            receiver.close();
            throw e;
        }
    }

    AgentProcess process() {
        return process;
    }

    OtlpReceiver receiver() {
        return receiver;
    }

    Received of(String podUid) {
        return new Received(receiver, podUid);
    }

    Map<?, ?> status() throws IOException, InterruptedException {
        return (Map<?, ?>) Json.parse(process.get("/api/v1/status").body());
    }

    /** The account of each program. */
    List<Map<?, ?>> programs() throws IOException, InterruptedException {
        List<Map<?, ?>> programs = new ArrayList<>();
        ((List<?>) Objects.requireNonNull(status().get("programs"))).forEach(one -> programs.add((Map<?, ?>) one));
        return programs;
    }

    /** Calls that the kernel skipped before the program ran; null when it cannot tell. */
    @Nullable
    Long missed(String program) throws IOException, InterruptedException {
        return programs().stream()
                .filter(one -> program.equals(one.get("name")))
                .map(one -> (Number) one.get("missed"))
                .filter(Objects::nonNull)
                .map(Number::longValue)
                .findFirst()
                .orElse(null);
    }

    /** How a probe is attached, such as {@code tp_btf}; empty when it is not. */
    String method(String probe) throws IOException, InterruptedException {
        for (Object one : (List<?>) Objects.requireNonNull(status().get("probes"))) {
            Map<?, ?> fields = (Map<?, ?>) one;
            if (probe.equals(fields.get("name"))) {
                return Objects.toString(fields.get("method"), "");
            }
        }
        return "";
    }

    /** seen = submitted + folded + filtered + failed per program, and nothing failed; read until at rest. */
    void assertNothingLost() throws IOException, InterruptedException {
        List<Map<?, ?>> programs = programs();
        for (int attempt = 0; attempt < 20 && !programs.stream().allMatch(ExportingAgent::balances); attempt++) {
            programs = programs();
        }
        assertThat(programs).isNotEmpty().allSatisfy(program -> {
            assertThat(balances(program)).as(program.toString()).isTrue();
            assertThat(number(program, "failed")).as(program.toString()).isZero();
        });
        Map<?, ?> counters = (Map<?, ?>) Objects.requireNonNull(status().get("counters"));
        // A counter appears with its first event.
        assertThat(counters.get("records_lifecycle")).as("of a running agent").isNotNull();
        for (String loss : List.of("records_corrupt", "records_out_of_sequence", "events_dropped")) {
            assertThat(counters.get(loss)).as(loss).isIn(null, 0, 0L);
        }
        assertThat(residuals())
                .isNotEmpty()
                .allSatisfy((account, events) -> assertThat(events).as(account).isZero());
    }

    /** The agent's own check of its accounts: events that one does not balance by, newest value, by account. */
    private Map<String, Long> residuals() {
        Map<String, Long> residuals = new HashMap<>();
        for (Metric metric : receiver.resourceMetrics().stream()
                .flatMap(metrics -> metrics.getScopeMetricsList().stream())
                .flatMap(scope -> scope.getMetricsList().stream())
                .filter(metric -> metric.getName().equals("nodevitals.agent.residual"))
                .toList()) {
            metric.getGauge()
                    .getDataPointsList()
                    .forEach(point ->
                            residuals.put(point.getAttributes(0).getValue().getStringValue(), point.getAsInt()));
        }
        return residuals;
    }

    private static boolean balances(Map<?, ?> program) {
        return number(program, "seen")
                == number(program, "submitted")
                        + number(program, "folded")
                        + number(program, "filtered")
                        + number(program, "failed");
    }

    private static long number(Map<?, ?> fields, String name) {
        return ((Number) Objects.requireNonNull(fields.get(name), name)).longValue();
    }

    @Override
    public void close() {
        process.close();
        receiver.close();
    }
}
