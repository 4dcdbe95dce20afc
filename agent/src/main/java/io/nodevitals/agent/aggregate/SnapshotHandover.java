// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Two tables that change places between the writer and one reader: the reader asks, the writer hands over its whole table
 * between two batches and goes on with the empty one, the reader gives the other back. The package's description has the
 * argument why nothing is lost and nobody waits.
 *
 * <p>The writer hands over unasked when its table is nearly full and the spare is there. When it is not, the writer goes on:
 * what finds no room adds to the overflow row, whose sums are exact. The writer never blocks.
 */
public final class SnapshotHandover {
    // Each one-place mailbox: the sender writes it only when it is empty, the taker empties it.
    private final AtomicReference<@Nullable MemoryTables> handed = new AtomicReference<>();
    private final AtomicReference<@Nullable MemoryTables> spare;

    private final AtomicLong requested = new AtomicLong();
    private final AtomicReference<@Nullable Thread> waiting = new AtomicReference<>();

    private MemoryTables active;
    private long answered;
    private final Runnable onUnasked;

    /**
     * @param first the writer's to begin with
     * @param second empty, another one
     * @param onUnasked called on the writer's thread, and not to block it, when a nearly full table was handed over that
     *     nobody had asked for: makes the reader {@link #collect} soon
     */
    public SnapshotHandover(MemoryTables first, MemoryTables second, Runnable onUnasked) {
        this.active = first;
        this.spare = new AtomicReference<>(second);
        this.onUnasked = onUnasked;
    }

    /** The table to write into until the next {@link #betweenBatches}. Writer thread. */
    public MemoryTables active() {
        return active;
    }

    /**
     * Hands the active table over if the reader asked for it or it is nearly full. Writer thread, between two batches and at
     * least every 100 ms or so, because a reader may be waiting.
     *
     * @return the table to write into from now on
     */
    public MemoryTables betweenBatches() {
        long request = requested.getAcquire();
        if (request == answered && !active.isPressed()) {
            return active;
        }
        MemoryTables empty = spare.getAcquire();
        if (empty == null) {
            return active;
        }
        spare.setOpaque(null);
        boolean asked = request != answered;
        answered = request;
        MemoryTables full = active;
        full.answeredRequest = request;
        active = empty;
        handed.set(full);
        Thread reader = waiting.get();
        if (reader != null) {
            LockSupport.unpark(reader);
        }
        if (!asked) {
            onUnasked.run();
        }
        return empty;
    }

    /**
     * Shows {@code merge} everything that was written before this call and has not been shown yet, table by table, oldest
     * first. Reader thread: one at a time.
     *
     * @param merge reads a table while it runs and keeps nothing of it; if it throws, that table's content is gone
     * @param wakeWriter called once the request stands, so that a writer that sleeps answers at once
     * @param timeoutNanos how long to wait for the writer
     * @return false when the writer did not answer in time or this thread was interrupted; what was not shown comes with a later call
     */
    public boolean collect(Consumer<? super MemoryTables> merge, Runnable wakeWriter, long timeoutNanos) {
        long deadline = System.nanoTime() + timeoutNanos;
        waiting.set(Thread.currentThread());
        try {
            long request = requested.getPlain() + 1;
            requested.setRelease(request);
            wakeWriter.run();
            while (true) {
                MemoryTables full = take(deadline);
                if (full == null) {
                    return false;
                }
                long answered = full.answeredRequest;
                try {
                    merge.accept(full);
                } finally {
                    full.clear();
                    spare.setRelease(full);
                }
                if (answered == request) {
                    return true;
                }
            }
        } finally {
            waiting.set(null);
        }
    }

    private @Nullable MemoryTables take(long deadline) {
        while (true) {
            MemoryTables full = handed.get();
            if (full != null) {
                handed.setOpaque(null);
                return full;
            }
            long remaining = deadline - System.nanoTime();
            if (remaining <= 0 || Thread.currentThread().isInterrupted()) {
                return null;
            }
            LockSupport.parkNanos(this, remaining);
        }
    }
}
