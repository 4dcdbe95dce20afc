// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import org.jspecify.annotations.Nullable;

/**
 * One request, retries included: how many items it carries and how it ended. The sender writes the ending before the exporter's
 * result completes on the same thread; {@link SignalAccount} publishes it.
 */
final class ExportAttempt {

    /** How a request ended. */
    enum Ending {
        /** The exporter never sent it. */
        NOT_SENT,
        NO_ANSWER,
        /** The backend took it, or all but the rejected part. */
        ACCEPTED,
        /** The backend asked for patience longer than there was time. */
        RETRY_LATER,
        REFUSED
    }

    private final int items;
    private volatile Ending ending = Ending.NOT_SENT;
    private volatile long rejected;
    private volatile String detail = "";

    ExportAttempt(int items) {
        this.items = items;
    }

    int items() {
        return items;
    }

    Ending ending() {
        return ending;
    }

    /** How many items of an accepted request the backend rejected, at most all. */
    long rejected() {
        return rejected;
    }

    /** A few words for the log, from the backend or the exception; untrusted. */
    String detail() {
        return detail;
    }

    void accepted(PartialSuccess partial) {
        rejected = Math.min(items, Math.max(0, partial.rejected()));
        end(Ending.ACCEPTED, partial.message());
    }

    void refused(boolean retryable, String why) {
        end(retryable ? Ending.RETRY_LATER : Ending.REFUSED, why);
    }

    void unanswered(@Nullable Throwable why) {
        end(Ending.NO_ANSWER, describe(why));
    }

    void notSent(@Nullable Throwable why) {
        end(Ending.NOT_SENT, describe(why));
    }

    private void end(Ending how, String why) {
        detail = why;
        ending = how;
    }

    private static String describe(@Nullable Throwable why) {
        if (why == null) {
            return "no reason given";
        }
        String message = why.getMessage();
        return message == null ? why.getClass().getSimpleName() : why.getClass().getSimpleName() + ": " + message;
    }
}
