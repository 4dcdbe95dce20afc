// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import io.nodevitals.agent.binfmt.BinfmtState;
import io.nodevitals.agent.config.ListenAddress;
import io.nodevitals.agent.http.BinfmtJson;
import io.nodevitals.agent.http.StatusJson;
import io.nodevitals.agent.source.AgentStatus;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Asks the agent that runs on this machine, if one does. */
final class AgentClient {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(5);
    private static final int LONGEST_REFUSAL = 512;

    private final ListenAddress address;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .proxy(HttpClient.Builder.NO_PROXY)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT_TIMEOUT)
            .build();

    AgentClient(ListenAddress address) {
        this.address = address;
    }

    /** The agent's status; empty when nobody listens there or what listens is no agent. */
    Optional<AgentStatus> status() throws InterruptedException {
        return read("/api/v1/status", StatusJson::fromJson);
    }

    /** The binfmt_misc handlers that the agent has seen; empty as for {@link #status}. */
    Optional<List<BinfmtState>> binfmt() throws InterruptedException {
        return read("/api/v1/binfmt", BinfmtJson::fromJson);
    }

    /** From a JSON text to what it stands for. */
    @FunctionalInterface
    private interface Parser<T> {
        T parse(String text) throws IOException;
    }

    private <T> Optional<T> read(String path, Parser<T> parser) throws InterruptedException {
        try {
            Optional<HttpResponse<InputStream>> response = get(path);
            if (response.isEmpty() || response.get().statusCode() != 200) {
                return Optional.empty();
            }
            try (InputStream body = response.get().body()) {
                return Optional.of(parser.parse(new String(body.readAllBytes(), StandardCharsets.UTF_8)));
            }
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * The body of the agent's event stream, to be closed by the caller; empty when nobody listens there or what listens is no
     * agent.
     *
     * @throws CommandFailure when the agent is there and refuses
     */
    Optional<InputStream> stream() throws InterruptedException, CommandFailure {
        Optional<HttpResponse<InputStream>> answer;
        try {
            answer = get("/api/v1/stream");
        } catch (IOException e) {
            return Optional.empty();
        }
        if (answer.isEmpty()) {
            return Optional.empty();
        }
        HttpResponse<InputStream> response = answer.get();
        String type = response.headers().firstValue("content-type").orElse("");
        if (response.statusCode() == 200 && type.startsWith("text/event-stream")) {
            return Optional.of(response.body());
        }
        String refusal = firstWords(response.body());
        if (response.statusCode() == 503) {
            throw new CommandFailure(
                    ExitCode.FOUND_PROBLEM, "The agent on " + address + " refuses: " + Terminal.safe(refusal), null);
        }
        return Optional.empty();
    }

    private Optional<HttpResponse<InputStream>> get(String path) throws IOException, InterruptedException {
        // Port 0 is "any free one": nobody can be known to listen there.
        if (address.port() == 0) {
            return Optional.empty();
        }
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + address + path))
                .timeout(ANSWER_TIMEOUT)
                .build();
        return Optional.of(client.send(request, BodyHandlers.ofInputStream()));
    }

    private static String firstWords(InputStream body) {
        try (body) {
            return new String(body.readNBytes(LONGEST_REFUSAL), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return "no reason given";
        }
    }
}
