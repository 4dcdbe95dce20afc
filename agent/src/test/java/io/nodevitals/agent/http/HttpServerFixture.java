// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import io.nodevitals.agent.Samples;
import io.nodevitals.agent.config.ListenAddress;
import io.nodevitals.agent.counter.AgentCounters;
import io.nodevitals.agent.source.AgentStatus;
import io.nodevitals.otel.model.TelemetrySnapshot;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A server on a free port that shows what a test says. */
abstract class HttpServerFixture {
    static final Duration LONG = Duration.ofMinutes(5);
    static final ListenAddress ANY_PORT = new ListenAddress("127.0.0.1", 0);

    final AgentCounters counters = new AgentCounters();
    volatile AgentStatus status = Samples.status(Samples.attached("exec"));
    volatile TelemetrySnapshot snapshot = Samples.snapshot();
    HttpServer server;
    InetSocketAddress address;

    @BeforeEach
    void startServer() throws HttpBindException {
        start(limits(8, LONG, LONG));
    }

    @AfterEach
    void stopServer() {
        server.close();
    }

    void restart(HttpLimits limits) throws HttpBindException {
        server.close();
        start(limits);
    }

    void start(HttpLimits limits) throws HttpBindException {
        server = HttpServer.start(ANY_PORT, Optional.empty(), view(), counters, limits);
        address = server.httpAddress();
    }

    AgentView view() {
        return new AgentView() {
            @Override
            public AgentStatus status() {
                return status;
            }

            @Override
            public TelemetrySnapshot snapshot() {
                return snapshot;
            }
        };
    }

    static HttpLimits limits(int connections, Duration request, Duration response) {
        return new HttpLimits(connections, 2, 4096, 8192, request, response, Duration.ofSeconds(1), LONG, 1 << 18, 64);
    }
}
