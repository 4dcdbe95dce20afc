// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import io.nodevitals.otel.pipeline.ExportAttempt.Ending;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Says in one line that a signal's export began to fail and in one line that it works again, however many requests fail in
 * between; likewise for rejected items. Thread-safe.
 */
final class BackendHealth {
    private final Signal signal;
    private final String endpoint;
    private final Consumer<String> log;
    private @Nullable String failure;
    private boolean rejecting;
    private long lostItems;

    BackendHealth(Signal signal, String endpoint, Consumer<String> log) {
        this.signal = signal;
        this.endpoint = endpoint;
        this.log = log;
    }

    /** Takes the ending of a request into account. */
    void ended(ExportAttempt attempt) {
        String line = line(attempt);
        if (line != null) {
            log.accept(line);
        }
    }

    private synchronized @Nullable String line(ExportAttempt attempt) {
        if (attempt.ending() != Ending.ACCEPTED) {
            lostItems += attempt.items();
            boolean known = failure != null;
            failure = Text.line(attempt.detail());
            if (known) {
                return null;
            }
            return "OTLP export of " + signal.items() + " to " + endpoint + " fails: " + failure
                    + "; the agent goes on and counts what is lost";
        }
        if (failure != null) {
            failure = null;
            long lost = lostItems;
            lostItems = 0;
            return "OTLP export of " + signal.items() + " to " + endpoint + " works again, after " + lost + " "
                    + signal.items() + " were lost";
        }
        boolean rejectedNow = attempt.rejected() > 0;
        boolean first = rejectedNow && !rejecting;
        rejecting = rejectedNow;
        return first
                ? "OTLP backend " + endpoint + " rejects " + attempt.rejected() + " of " + attempt.items() + " "
                        + signal.items() + ": " + Text.line(attempt.detail())
                : null;
    }

    /** Where to, for people. */
    String endpoint() {
        return endpoint;
    }

    /** Why the last request failed; null when it did not. */
    synchronized @Nullable String failure() {
        return failure;
    }
}
