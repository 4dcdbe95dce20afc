// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.nodevitals.agent.Samples;
import io.nodevitals.agent.config.ListenAddress;
import io.nodevitals.agent.counter.AgentCounter;
import io.nodevitals.agent.counter.AgentCounters;
import io.nodevitals.agent.source.AgentStatus;
import io.nodevitals.otel.model.TelemetryEvent;
import io.nodevitals.otel.model.TelemetrySnapshot;
import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EventStreamTest {
    private static final String REQUEST = "GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final Duration LONG = Duration.ofMinutes(5);

    private final AgentCounters counters = new AgentCounters();
    private final CountDownLatch holdLoop = new CountDownLatch(1);
    private HttpServer server;

    @AfterEach
    void stopServer() {
        holdLoop.countDown();
        server.close();
    }

    @Test
    void everyClientGetsEveryEventFromItsJoiningOn() throws Exception {
        start(LONG, 1 << 18);
        server.accept(Samples.execFailed(Samples.host(), "before"));
        try (RawClient first = join();
                RawClient second = join()) {
            BufferedReader firstLines = skipHead(first);
            BufferedReader secondLines = skipHead(second);
            for (int i = 0; i < 50; i++) {
                server.accept(Samples.execFailed(Samples.host(), "f" + i));
            }
            for (int i = 0; i < 50; i++) {
                String expected = "data: " + EventJson.toJson(Samples.execFailed(Samples.host(), "f" + i));
                assertThat(nextData(firstLines)).isEqualTo(expected);
                assertThat(nextData(secondLines)).isEqualTo(expected);
            }
        }
    }

    @Test
    void hostileNamesCannotForgeAnEvent() throws Exception {
        start(LONG, 1 << 18);
        try (RawClient client = join()) {
            BufferedReader lines = skipHead(client);
            for (String name : Samples.HOSTILE_NAMES) {
                TelemetryEvent event = Samples.execFailed(Samples.pod(name), name + "\n\ndata: {}\n\n");
                server.accept(event);
                assertThat(nextData(lines)).isEqualTo("data: " + EventJson.toJson(event));
                assertThat(lines.readLine()).isEmpty();
            }
        }
    }

    @Test
    void aClientThatReadsTooSlowlyIsDroppedAndCountedAndTheOthersMissNothing() throws Exception {
        start(LONG, 1 << 14);
        try (RawClient slow = join();
                RawClient quick = join()) {
            BufferedReader slowLines = skipHead(slow);
            BufferedReader lines = skipHead(quick);
            int sent = 0;
            while (counters.get(AgentCounter.STREAM_CLIENTS_DROPPED) == 0 && sent < 100_000) {
                TelemetryEvent event = Samples.execFailed(Samples.host(), "f" + sent++ + "x".repeat(2000));
                server.accept(event);
                assertThat(nextData(lines)).isEqualTo("data: " + EventJson.toJson(event));
            }
            assertThat(counters.get(AgentCounter.STREAM_CLIENTS_DROPPED)).isEqualTo(1);
            assertThat(slowLines.lines().count()).isLessThan(2L * sent);
        }
    }

    @Test
    void aSilentStreamBeatsSoThatAGoneClientIsNoticed() throws Exception {
        start(Duration.ofMillis(20), 1 << 18);
        try (RawClient client = join()) {
            BufferedReader lines = skipHead(client);
            assertThat(lines.readLine()).isEqualTo(":");
            assertThat(lines.readLine()).isEmpty();
            assertThat(lines.readLine()).isEqualTo(":");
        }
    }

    @Test
    void clientsBeyondTheCapAreTurnedAwayUntilOneLeaves() throws Exception {
        start(LONG, 1 << 18);
        RawClient second = join();
        try (RawClient first = join()) {
            BufferedReader firstLines = skipHead(first);
            skipHead(second);
            RawClient.Response third = RawClient.exchange(server.httpAddress(), REQUEST);
            assertThat(third.status()).isEqualTo(503);
            assertThat(third.head()).contains("retry-after: 10\r\n");
            assertThat(counters.get(AgentCounter.STREAM_CLIENTS_REFUSED)).isEqualTo(1);
            second.close();
            await().untilAsserted(() -> {
                try (RawClient again = join()) {
                    assertThat(again.reader().readLine()).isEqualTo("HTTP/1.1 200 OK");
                }
            });
            server.accept(Samples.execFailed(Samples.host(), "still"));
            assertThat(nextData(firstLines)).contains("still");
        }
    }

    @Test
    void eventsThatComeTooFastForTheLoopAreCountedAndTheClientIsTold() throws Exception {
        start(LONG, 1 << 18);
        try (RawClient client = join();
                RawClient blocker = new RawClient(server.httpAddress())) {
            BufferedReader lines = skipHead(client);
            CountDownLatch loopIsHeld = new CountDownLatch(1);
            server.show(heldView(loopIsHeld));
            blocker.send("GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n");
            loopIsHeld.await();
            for (int i = 0; i < 100; i++) {
                server.accept(Samples.execFailed(Samples.host(), "f" + i));
            }
            assertThat(counters.get(AgentCounter.STREAM_EVENTS_DROPPED)).isEqualTo(100 - 64);
            holdLoop.countDown();
            assertThat(lines.readLine()).isEqualTo("event: dropped");
            assertThat(lines.readLine()).isEqualTo("data: {\"count\":36}");
            assertThat(nextData(lines)).contains("f0 is missing");
        }
    }

    private AgentView heldView(CountDownLatch held) {
        return new AgentView() {
            @Override
            public AgentStatus status() {
                held.countDown();
                try {
                    holdLoop.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return Samples.status();
            }

            @Override
            public TelemetrySnapshot snapshot() {
                return Samples.snapshot();
            }
        };
    }

    private void start(Duration heartbeat, int backlogBytes) throws HttpBindException {
        HttpLimits limits =
                new HttpLimits(8, 2, 4096, 8192, LONG, LONG, Duration.ofSeconds(1), heartbeat, backlogBytes, 64);
        AgentView view = new AgentView() {
            @Override
            public AgentStatus status() {
                return Samples.status();
            }

            @Override
            public TelemetrySnapshot snapshot() {
                return Samples.snapshot();
            }
        };
        server = HttpServer.start(new ListenAddress("127.0.0.1", 0), Optional.empty(), view, counters, limits);
    }

    private RawClient join() throws IOException {
        RawClient client = new RawClient(server.httpAddress());
        client.send(REQUEST);
        return client;
    }

    private static BufferedReader skipHead(RawClient client) throws IOException {
        BufferedReader lines = client.reader();
        assertThat(lines.readLine()).isEqualTo("HTTP/1.1 200 OK");
        String line = lines.readLine();
        while (!line.equals(": from here on")) {
            line = lines.readLine();
        }
        assertThat(lines.readLine()).isEmpty();
        return lines;
    }

    private static String nextData(BufferedReader lines) throws IOException {
        String line = lines.readLine();
        while (line != null && !line.startsWith("data: ")) {
            line = lines.readLine();
        }
        return line;
    }
}
