// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import io.nodevitals.otel.pipeline.ExportAttempt.Ending;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The account of one signal, and the bound of its queue. Thread-safe: a few additions under a monitor that is never held while
 * anything else is called, so that every snapshot balances.
 */
final class SignalAccount {
    private final int capacity;
    private final Set<ExportAttempt> inFlight = new HashSet<>();
    private final Map<DropReason, Long> dropped = new EnumMap<>(DropReason.class);
    private long consumed;
    private long exported;
    private long rejected;
    private long queued;
    private boolean closed;

    /**
     * An empty account.
     *
     * @param capacity how many items may wait or be on their way at once
     */
    SignalAccount(int capacity) {
        this.capacity = capacity;
        for (DropReason reason : DropReason.values()) {
            dropped.put(reason, 0L);
        }
    }

    /** Counts one item as consumed, and as queued or dropped; true when the caller must queue it. */
    synchronized boolean offer() {
        consumed++;
        if (closed) {
            drop(DropReason.SHUTDOWN, 1);
            return false;
        }
        if (queued >= capacity) {
            drop(DropReason.QUEUE_FULL, 1);
            return false;
        }
        queued++;
        return true;
    }

    /** Counts a whole request's items as consumed and queued: for a signal that has no queue of its own. */
    synchronized void consume(int items) {
        consumed += items;
        if (closed) {
            drop(DropReason.SHUTDOWN, items);
        } else {
            queued += items;
        }
    }

    /** A request with items that are queued is about to be sent; null when the account has been closed over them. */
    synchronized @Nullable ExportAttempt begin(int items) {
        if (closed) {
            return null;
        }
        ExportAttempt attempt = new ExportAttempt(items);
        inFlight.add(attempt);
        return attempt;
    }

    /** Moves the items of a request from queued to where they ended; false when the account was closed before. */
    synchronized boolean settle(ExportAttempt attempt) {
        if (!inFlight.remove(attempt)) {
            return false;
        }
        queued -= attempt.items();
        if (attempt.ending() == Ending.ACCEPTED) {
            rejected += attempt.rejected();
            exported += attempt.items() - attempt.rejected();
        } else if (attempt.ending() == Ending.REFUSED) {
            rejected += attempt.items();
        } else {
            drop(reason(attempt.ending()), attempt.items());
        }
        return true;
    }

    private static DropReason reason(Ending ending) {
        return switch (ending) {
            case NO_ANSWER -> DropReason.UNREACHABLE;
            case RETRY_LATER -> DropReason.UNAVAILABLE;
            case NOT_SENT, ACCEPTED, REFUSED -> DropReason.NOT_SENT;
        };
    }

    /** Whatever is still queued is dropped, and whatever comes later too. */
    synchronized void close() {
        closed = true;
        drop(DropReason.SHUTDOWN, queued);
        queued = 0;
        inFlight.clear();
    }

    synchronized ExportAccount.Counts counts() {
        return new ExportAccount.Counts(consumed, exported, queued, dropped, rejected);
    }

    private void drop(DropReason reason, long items) {
        dropped.merge(reason, items, Long::sum);
    }
}
