// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import io.nodevitals.otel.model.TelemetryEvent;
import io.nodevitals.otel.model.TelemetryEventSink;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Prints events from a thread of its own, so that a terminal that has been stopped, or a pipe that nobody reads, holds up nothing
 * but lines; those it had to leave out it counts and says so.
 */
final class ConsolePrinter implements TelemetryEventSink, AutoCloseable {
    private static final int QUEUE_LENGTH = 4096;
    private static final long LONGEST_CLOSE_MILLIS = 1000;

    private final BlockingQueue<TelemetryEvent> queue = new ArrayBlockingQueue<>(QUEUE_LENGTH);
    private final AtomicLong leftOut = new AtomicLong();
    private final PrintStream out;
    private final Function<TelemetryEvent, Optional<String>> format;
    private final Runnable onBrokenPipe;
    private @Nullable Thread thread;
    private volatile boolean closed;

    /**
     * Starts with {@link #start}.
     *
     * @param format a line, or none for an event that is not wanted
     * @param onBrokenPipe called once, when whoever read the output has gone
     */
    ConsolePrinter(PrintStream out, Function<TelemetryEvent, Optional<String>> format, Runnable onBrokenPipe) {
        this.out = out;
        this.format = format;
        this.onBrokenPipe = onBrokenPipe;
    }

    /** Prints events as they come. */
    void start() {
        start(Duration.ofNanos(Long.MAX_VALUE), () -> "");
    }

    /** Prints events as they come, and the status line every so often. */
    void start(Duration statusInterval, Supplier<String> status) {
        Thread printing = new Thread(() -> printAll(statusInterval.toNanos(), status), "nodevitals-console");
        printing.setDaemon(true);
        printing.start();
        thread = printing;
    }

    @Override
    public void accept(TelemetryEvent event) {
        if (!queue.offer(event)) {
            leftOut.incrementAndGet();
        }
    }

    private void printAll(long intervalNanos, Supplier<String> status) {
        long lastStatus = System.nanoTime();
        while (true) {
            TelemetryEvent event = next(intervalNanos - (System.nanoTime() - lastStatus));
            if (event != null) {
                print(event);
            } else if (closed) {
                return;
            } else {
                out.println(status.get());
                lastStatus = System.nanoTime();
            }
            if (out.checkError()) {
                onBrokenPipe.run();
                return;
            }
        }
    }

    private @Nullable TelemetryEvent next(long waitNanos) {
        try {
            return closed ? queue.poll() : queue.poll(waitNanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            // Only close() interrupts: what is queued is still to be printed.
            return queue.poll();
        }
    }

    private void print(TelemetryEvent event) {
        long missing = leftOut.getAndSet(0);
        if (missing > 0) {
            out.println("(" + missing + " events are not shown here: they came faster than they could be printed)");
        }
        format.apply(event).ifPresent(out::println);
    }

    /** Prints what is queued and ends; waits at most a second. */
    @Override
    public void close() {
        closed = true;
        Thread printing = thread;
        if (printing == null) {
            return;
        }
        printing.interrupt();
        try {
            printing.join(LONGEST_CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
