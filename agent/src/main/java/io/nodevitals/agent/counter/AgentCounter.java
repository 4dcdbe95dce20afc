// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.counter;

import java.util.Locale;

/** What the agent counts of itself. Every counter only grows while the agent runs. */
public enum AgentCounter {
    RECORDS_MEMORY("Records drained from the memory ring."),
    RECORDS_LIFECYCLE("Records drained from the lifecycle ring."),
    RECORDS_CORRUPT("Ring records skipped because their size, type or version was not one of ours."),
    EVENTS_PUBLISHED("Terminations, exec failures and OOM kills handed to exporters, console and stream."),
    CANARY_SENT("Failed execs that the agent made to prove that records arrive."),
    CANARY_SEEN("Canaries that came back through the ring."),
    LOOP_ERRORS("Unexpected errors that a thread's loop survived."),
    HTTP_CONNECTIONS("Connections that the HTTP listeners accepted."),
    HTTP_CONNECTIONS_REFUSED("Connections closed at once because a listener had its full number."),
    HTTP_REQUESTS("HTTP requests for something that is served."),
    HTTP_REQUESTS_REJECTED(
            "HTTP requests answered with an error: method, path, Host header, size or a failure of ours."),
    HTTP_TIMEOUTS("Connections closed because a request or the reading of an answer took too long."),
    STREAM_CLIENTS_REFUSED("Event stream clients turned away because there were too many."),
    STREAM_CLIENTS_DROPPED("Event stream clients disconnected because they read too slowly."),
    STREAM_EVENTS_DROPPED("Events that no stream client saw because too many came at once."),
    METRIC_TYPE_CONFLICTS("Points left out of /metrics because their family already had another type.");

    private final String sentence;

    AgentCounter(String sentence) {
        this.sentence = sentence;
    }

    /** What is counted. */
    public String sentence() {
        return sentence;
    }

    /** The constant's name as the API shows it, such as {@code http_requests}. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
