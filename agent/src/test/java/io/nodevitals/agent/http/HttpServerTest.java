// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nodevitals.agent.Samples;
import io.nodevitals.agent.config.ListenAddress;
import io.nodevitals.agent.counter.AgentCounter;
import io.nodevitals.agent.http.RawClient.Response;
import io.nodevitals.agent.source.AgentStatus;
import io.nodevitals.otel.model.MetricPoint;
import io.nodevitals.otel.model.TelemetrySnapshot;
import io.nodevitals.otel.model.TelemetrySnapshot.ResourcePoints;
import io.opentelemetry.api.common.Attributes;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpServerTest extends HttpServerFixture {
    @Test
    void healthIsPlain() throws IOException {
        Response health = RawClient.get(address, "/healthz");
        assertThat(health.status()).isEqualTo(200);
        assertThat(health.body()).isEqualTo("ok\n");
        assertThat(RawClient.get(address, "/readyz").body()).isEqualTo("ready\n");
    }

    @Test
    void notReadyIs503WithItsReasons() throws IOException {
        status = AgentStatus.starting("0.1.0", "node-a", "6.18", 0);
        Response ready = RawClient.get(address, "/readyz");
        assertThat(ready.status()).isEqualTo(503);
        assertThat(ready.body()).isEqualTo("The agent is starting: its probes are not attached yet.\n");
    }

    @Test
    void everyAnswerForbidsCachingSniffingAndOtherOrigins() throws IOException {
        for (String path : List.of("/", "/healthz", "/metrics", "/api/v1/status", "/nothing")) {
            assertThat(RawClient.get(address, path).head().toLowerCase(java.util.Locale.ROOT))
                    .as(path)
                    .contains("cache-control: no-store\r\n")
                    .contains("x-content-type-options: nosniff\r\n")
                    .contains("cross-origin-resource-policy: same-origin\r\n")
                    .contains("connection: close\r\n");
        }
    }

    @Test
    void thePageCarriesItsPolicy() throws IOException {
        Response page = RawClient.get(address, "/");
        assertThat(page.head()).contains("content-security-policy: default-src 'none'; script-src 'sha256-");
        assertThat(page.head()).contains("content-type: text/html; charset=utf-8");
        assertThat(page.body()).startsWith("<!DOCTYPE html>").endsWith("</html>\n");
    }

    @Test
    void theApiSpeaksJson() throws IOException {
        server.accept(Samples.terminated(Samples.pod("web"), "java"));
        server.accept(Samples.execFailed(Samples.host(), "tool"));
        assertThat(StatusJson.fromJson(RawClient.get(address, "/api/v1/status").body()))
                .isEqualTo(status);
        assertThat(RawClient.get(address, "/api/v1/terminations").body())
                .contains("java was killed by SIGSEGV")
                .doesNotContain("tool");
        assertThat(RawClient.get(address, "/api/v1/exec-failures").body())
                .contains("tool is missing")
                .doesNotContain("SIGSEGV");
        assertThat(RawClient.get(address, "/api/v1/workloads?x=1").body()).contains("\"workloads\":[]");
    }

    @Test
    void metricsOfABusyNodeArriveWholeThoughTheyAreRenderedInPieces() throws IOException {
        List<MetricPoint> points = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            Attributes attributes = Attributes.builder().put("i", i).build();
            points.add(Samples.count(Samples.TERMINATIONS, attributes, i));
        }
        snapshot = Samples.snapshot(new ResourcePoints(Samples.pod("web"), points));
        Response metrics = RawClient.get(address, "/metrics");
        assertThat(metrics.head())
                .contains("content-type: text/plain; version=0.0.4; charset=utf-8")
                .contains("transfer-encoding: chunked");
        String text = unchunk(metrics.body());
        assertThat(PrometheusParser.parse(text).samples()).hasSize(20_000);
    }

    @Test
    void headGivesTheHeadAlone() throws IOException {
        for (String path : List.of("/", "/metrics", "/api/v1/stream", "/healthz")) {
            Response head = RawClient.exchange(address, "HEAD " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(head.status()).as(path).isEqualTo(200);
            assertThat(head.body()).as(path).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT", "BREW"})
    void otherMethodsAreRefusedAndTheRightOnesNamed(String method) throws IOException {
        Response response = RawClient.exchange(address, method + " /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(response.status()).isEqualTo(405);
        assertThat(response.head()).contains("allow: GET, HEAD\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "LOCALHOST:9464",
                "127.0.0.1",
                "127.0.0.1:8080",
                "127.8.9.10:1",
                "[::1]",
                "[::1]:9464"
            })
    void whoNamesTheLoopbackIsLetIn(String host) throws IOException {
        assertThat(withHost("Host: " + host + "\r\n").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:9464",
                "localhost.evil.example",
                "evil.localhost.example",
                "127.0.0.1.evil.example",
                "localhost@evil.example",
                "localhost, evil.example",
                "10.0.0.1",
                "0.0.0.0:9464",
                "[::ffff:7f00:1]",
                ""
            })
    void aReboundNameIsTurnedAway(String host) throws IOException {
        Response response = withHost("Host: " + host + "\r\n");
        assertThat(response.status()).isEqualTo(403);
        assertThat(response.body()).contains("Host header");
        assertThat(counters.get(AgentCounter.HTTP_REQUESTS_REJECTED)).isEqualTo(1);
    }

    @Test
    void aMissingOrDoubledHostIsTurnedAway() throws IOException {
        assertThat(withHost("").status()).isEqualTo(403);
        assertThat(withHost("Host: localhost\r\nHost: evil.example\r\n").status())
                .isIn(400, 403);
        assertThat(RawClient.exchange(address, "GET /healthz HTTP/1.0\r\n\r\n").status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/../etc/passwd",
                "/%2e%2e/etc/passwd",
                "//metrics",
                "/metrics/",
                "/metrics/../api/v1/status",
                "/api",
                "http://localhost/metrics",
                "*",
                "/api/v1/status%00"
            })
    void onlyTheExactPathsExist(String path) throws IOException {
        Response response = RawClient.get(address, path);
        assertThat(response.status()).isEqualTo(404);
        assertThat(response.body()).contains("/healthz").doesNotContain("root:");
    }

    @Test
    void longRequestLinesAndHeadersAreCutOff() throws IOException {
        assertThat(RawClient.get(address, "/" + "a".repeat(5000)).status()).isEqualTo(414);
        assertThat(withHost("Host: localhost\r\nX: " + "a".repeat(100_000) + "\r\n")
                        .status())
                .isEqualTo(431);
        assertThat(withHost("Host: localhost\r\n" + "X: a\r\n".repeat(5000)).status())
                .isEqualTo(431);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"})
    void aBodyIsNotWanted(String header) throws IOException {
        assertThat(withHost("Host: localhost\r\n" + header).status()).isEqualTo(413);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9x\r\n\r\n"})
    void whatIsNotHttpIsAnsweredAsSuch(String bytes) throws IOException {
        assertThat(RawClient.exchange(address, bytes).status()).isEqualTo(400);
    }

    @Test
    void onlyTheFirstOfPipelinedRequestsIsAnswered() throws IOException {
        String request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
        Response response = RawClient.exchange(address, request.repeat(1000));
        assertThat(response.body()).isEqualTo("ok\n");
        assertThat(counters.get(AgentCounter.HTTP_REQUESTS)).isEqualTo(1);
    }

    @Test
    void aTakenPortIsNamedWithTheRemedy() {
        ListenAddress taken = new ListenAddress("127.0.0.1", address.getPort());
        assertThatThrownBy(() -> HttpServer.start(taken, Optional.empty(), view(), counters, HttpLimits.DEFAULT))
                .isInstanceOf(HttpBindException.class)
                .hasMessage(taken + " is taken, perhaps by another nodevitals: stop that one or choose another address"
                        + " with --http-address or NODEVITALS_HTTP_ADDRESS.");
        assertThatThrownBy(() -> HttpServer.start(ANY_PORT, Optional.of(taken), view(), counters, HttpLimits.DEFAULT))
                .isInstanceOf(HttpBindException.class)
                .hasMessageContaining("--metrics-address");
    }

    @Test
    void anAddressOfAnotherMachineIsNamedWithTheRemedy() {
        ListenAddress foreign = new ListenAddress("192.0.2.1", 0);
        assertThatThrownBy(() -> HttpServer.start(ANY_PORT, Optional.of(foreign), view(), counters, HttpLimits.DEFAULT))
                .isInstanceOf(HttpBindException.class)
                .hasMessageStartingWith("Cannot listen on 192.0.2.1:0 (")
                .hasMessageContaining("choose an address of this machine with --metrics-address");
    }

    @Test
    void theSecondListenerHasMetricsAndHealthAloneUnderAnyName() throws Exception {
        server.close();
        server = HttpServer.start(ANY_PORT, Optional.of(ANY_PORT), view(), counters, HttpLimits.DEFAULT);
        InetSocketAddress second = server.metricsAddress().orElseThrow();
        String prefix = "GET ";
        String suffix = " HTTP/1.1\r\nHost: 10.1.2.3:9465\r\n\r\n";
        assertThat(RawClient.exchange(second, prefix + "/metrics" + suffix).status())
                .isEqualTo(200);
        assertThat(RawClient.exchange(second, prefix + "/readyz" + suffix).status())
                .isEqualTo(200);
        for (String path : List.of("/", "/api/v1/status", "/api/v1/stream", "/api/v1/terminations")) {
            assertThat(RawClient.exchange(second, prefix + path + suffix).status())
                    .as(path)
                    .isEqualTo(404);
        }
    }

    @Test
    void aViewThatFailsClosesTheConnectionAndIsCounted() throws IOException {
        server.show(new AgentView() {
            @Override
            public AgentStatus status() {
                throw new IllegalStateException("for the test");
            }

            @Override
            public TelemetrySnapshot snapshot() {
                throw new IllegalStateException("for the test");
            }
        });
        try (RawClient client = new RawClient(address)) {
            client.send("GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(client.readToEnd()).startsWith("HTTP/1.1 500 ");
        }
        assertThat(counters.get(AgentCounter.LOOP_ERRORS)).isEqualTo(1);
        assertThat(RawClient.get(address, "/healthz").status()).isEqualTo(200);
    }

    private Response withHost(String headers) throws IOException {
        return RawClient.exchange(address, "GET /healthz HTTP/1.1\r\n" + headers + "\r\n");
    }

    private static String unchunk(String body) {
        StringBuilder whole = new StringBuilder();
        int at = 0;
        while (true) {
            int lineEnd = body.indexOf("\r\n", at);
            int length = Integer.parseInt(body.substring(at, lineEnd), 16);
            if (length == 0) {
                assertThat(body.substring(lineEnd)).isEqualTo("\r\n\r\n");
                return whole.toString();
            }
            whole.append(body, lineEnd + 2, lineEnd + 2 + length);
            at = lineEnd + 2 + length + 2;
        }
    }
}
