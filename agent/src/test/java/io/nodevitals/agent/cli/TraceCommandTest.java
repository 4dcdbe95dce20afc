// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.Samples;
import io.nodevitals.agent.config.Setting;
import io.nodevitals.agent.config.Settings;
import io.nodevitals.agent.counter.AgentCounters;
import io.nodevitals.agent.http.AgentView;
import io.nodevitals.agent.http.EventJson;
import io.nodevitals.agent.http.HttpServer;
import io.nodevitals.agent.runtime.NodeAgentFactory.Purpose;
import io.nodevitals.agent.source.AgentStatus;
import io.nodevitals.otel.model.TelemetryEvent;
import io.nodevitals.otel.model.TelemetrySnapshot;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TraceCommandTest {
    private static final TelemetryEvent OF_POD = Samples.terminated(Samples.pod("web"), "java");
    private static final TelemetryEvent OF_HOST = Samples.execFailed(Samples.host(), "tool");

    private final Command command = new Command();

    @Test
    void aRunningAgentsStreamIsPassedOnAsItIs() throws Exception {
        try (HttpServer server = agent()) {
            CompletableFuture<Integer> exitCode =
                    command.runAside("trace", "--json", "--http-address", address(server));
            command.awaitErr("Following the agent that runs here.");
            server.accept(OF_POD);
            server.accept(OF_HOST);
            command.awaitOut("tool");
            assertThat(command.out().lines()).containsExactly(EventJson.toJson(OF_POD), EventJson.toJson(OF_HOST));
            command.shutdown.signalled();
            assertThat(exitCode.get(30, TimeUnit.SECONDS)).isZero();
            assertThat(command.agent.started).isNotDone();
        }
    }

    @Test
    void onlyWantedEventsAreShown() throws Exception {
        try (HttpServer server = agent()) {
            Command other = new Command();
            CompletableFuture<Integer> byPod = command.runAside(
                    "trace",
                    "--http-address",
                    address(server),
                    "--pod",
                    Samples.POD_UID.toUpperCase(java.util.Locale.ROOT));
            CompletableFuture<Integer> byEvent = other.runAside(
                    "trace",
                    "--http-address",
                    address(server),
                    "--events",
                    "nodevitals.exec.failed,nodevitals.oom.killed");
            command.awaitErr("Following");
            other.awaitErr("Following");
            server.accept(OF_HOST);
            server.accept(OF_POD);
            server.accept(OF_HOST);
            command.awaitOut("java");
            other.awaitOut("tool is missing\n2026");
            assertThat(command.out()).doesNotContain("tool");
            assertThat(other.out()).doesNotContain("java");
            command.shutdown.signalled();
            other.shutdown.signalled();
            assertThat(List.of(byPod.get(30, TimeUnit.SECONDS), byEvent.get(30, TimeUnit.SECONDS)))
                    .containsOnly(0);
        }
    }

    @Test
    void anAgentThatStopsEndsTheTrace() throws Exception {
        HttpServer server = agent();
        CompletableFuture<Integer> exitCode = command.runAside("trace", "--http-address", address(server));
        command.awaitErr("Following");
        server.close();
        assertThat(exitCode.get(30, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(command.err()).containsAnyOf("The agent ended the stream", "The agent's stream broke off");
    }

    @Test
    void theTimeLimitEndsTheTrace() throws Exception {
        try (HttpServer server = agent()) {
            assertThat(command.run("trace", "--duration", "50ms", "--http-address", address(server)))
                    .isZero();
            assertThat(command.err().lines()).containsExactly("Following the agent that runs here.");
        }
        Command alone = new Command();
        assertThat(alone.run("trace", "--duration", "50ms", "--http-address", "127.0.0.1:0"))
                .isZero();
        assertThat(alone.agent.closed).isTrue();
    }

    @Test
    void withoutAnAgentProbesAreAttachedForTheWhile() throws Exception {
        CompletableFuture<Integer> exitCode = command.runAside(
                "trace", "--json", "--http-address", "127.0.0.1:0", "--events", "nodevitals.exec.failed");
        command.awaitErr("No agent runs here: 2 of 2 probes attached for the while.");
        assertThat(command.agent.purpose).isEqualTo(Purpose.TRACE);
        command.agent.happen(OF_POD);
        command.agent.happen(OF_HOST);
        command.awaitOut("tool");
        assertThat(command.out().lines()).containsExactly(EventJson.toJson(OF_HOST));
        command.shutdown.signalled();
        assertThat(exitCode.get(30, TimeUnit.SECONDS)).isZero();
        assertThat(command.agent.closed).isTrue();
    }

    @Test
    void aReaderThatGoesAwayEndsTheTrace() throws Exception {
        FakeAgent agent = new FakeAgent();
        PrintStream broken = new PrintStream(new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }
        });
        CommandContext context =
                new CommandContext(Map.of(), broken, broken, false, agent, () -> command.host, command.shutdown);
        CompletableFuture<Integer> exitCode = CompletableFuture.supplyAsync(
                () -> NodeVitals.execute(new String[] {"trace", "--http-address", "127.0.0.1:0"}, context));
        agent.awaitStart();
        agent.happen(OF_HOST);
        assertThat(exitCode.get(30, TimeUnit.SECONDS)).isZero();
        assertThat(agent.closed).isTrue();
    }

    @Test
    void whatListensThereMayBeAnything() throws Exception {
        try (java.net.ServerSocket other = new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            Thread answering = new Thread(() -> {
                try (java.net.Socket socket = other.accept()) {
                    socket.getInputStream().read();
                    socket.getOutputStream()
                            .write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
                    socket.getInputStream().readAllBytes();
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            answering.setDaemon(true);
            answering.start();
            assertThat(command.run(
                            "trace", "--duration", "10ms", "--http-address", "127.0.0.1:" + other.getLocalPort()))
                    .isZero();
            assertThat(command.err()).contains("No agent runs here");
        }
    }

    private static String address(HttpServer server) {
        return "127.0.0.1:" + server.httpAddress().getPort();
    }

    private static HttpServer agent() throws Exception {
        Settings settings = Settings.of(Map.of(Setting.HTTP_ADDRESS, "127.0.0.1:0"), Map.of());
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
        return HttpServer.start(settings, view, new AgentCounters());
    }
}
