// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.nodevitals.agent.Samples;
import io.nodevitals.agent.counter.AgentCounter;
import io.nodevitals.otel.model.MetricPoint;
import io.nodevitals.otel.model.TelemetrySnapshot.ResourcePoints;
import io.opentelemetry.api.common.Attributes;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a client may cost. */
class HttpLimitsTest extends HttpServerFixture {
    @Test
    void aClientThatSendsItsHeadersTooSlowlyIsCutOff() throws Exception {
        restart(limits(8, Duration.ofMillis(50), LONG));
        try (RawClient client = new RawClient(address)) {
            client.send("GET /healthz HTTP/1.1\r\nHost: loc");
            assertThat(client.readToEnd()).isEmpty();
        }
        assertThat(counters.get(AgentCounter.HTTP_TIMEOUTS)).isEqualTo(1);
    }

    @Test
    void aClientThatDoesNotTakeItsAnswerIsCutOff() throws Exception {
        restart(limits(8, LONG, Duration.ofMillis(50)));
        List<MetricPoint> points = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            points.add(Samples.count(
                    Samples.TERMINATIONS, Attributes.builder().put("i", i).build(), i));
        }
        snapshot = Samples.snapshot(new ResourcePoints(Samples.pod("web"), points));
        try (RawClient client = new RawClient(address)) {
            client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
            await().untilAsserted(() ->
                    assertThat(counters.get(AgentCounter.HTTP_TIMEOUTS)).isEqualTo(1));
        }
    }

    @Test
    void connectionsBeyondTheCapAreClosedAndTheOthersServed() throws IOException {
        List<RawClient> idle = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            idle.add(new RawClient(address));
        }
        await().until(() -> counters.get(AgentCounter.HTTP_CONNECTIONS) == 8);
        try (RawClient ninth = new RawClient(address)) {
            assertThat(ninth.readToEnd()).isEmpty();
        }
        assertThat(counters.get(AgentCounter.HTTP_CONNECTIONS_REFUSED)).isEqualTo(1);
        idle.get(0).send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(idle.get(0).readToEnd()).endsWith("ok\n");
        await().ignoreExceptions()
                .untilAsserted(() ->
                        assertThat(RawClient.get(address, "/healthz").status()).isEqualTo(200));
        for (RawClient client : idle) {
            client.close();
        }
    }

    @Test
    void aStormOfConnectionsLeavesTheOtherListenerUntouchedAndThisOneWell() throws Exception {
        server.close();
        server = HttpServer.start(ANY_PORT, Optional.of(ANY_PORT), view(), counters, limits(8, LONG, LONG));
        address = server.httpAddress();
        InetSocketAddress second = server.metricsAddress().orElseThrow();
        List<RawClient> holders = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            holders.add(new RawClient(address));
        }
        for (int i = 0; i < 2000; i++) {
            new RawClient(address).close();
            if (i % 100 == 0) {
                assertThat(RawClient.get(second, "/healthz").status()).isEqualTo(200);
            }
        }
        await().until(() -> counters.get(AgentCounter.HTTP_CONNECTIONS_REFUSED) == 2000);
        for (RawClient holder : holders) {
            holder.close();
        }
        await().ignoreExceptions()
                .untilAsserted(() ->
                        assertThat(RawClient.get(address, "/healthz").status()).isEqualTo(200));
    }
}
