// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.process.LifecycleEvent;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The diagnoser's thread: takes lifecycle events from the ring agent, and commands of other threads, one after the other, so that
 * all that it owns has a single writer.
 */
final class DiagnoserLoop implements DutyCycle.Duty {
    private static final int CAPACITY = 8192;
    private static final int BATCH = 512;
    private static final long TICK_NANOS = 50_000_000;
    private static final long IDLE_NANOS = 1_000_000_000;

    /** What is done with the events. */
    interface Listener {
        void onEvent(LifecycleEvent event);

        /**
         * Time passed.
         *
         * @param bootNanos every event up to then has been given to {@link #onEvent}
         * @return whether something waits for time to pass
         */
        boolean onTick(long bootNanos);
    }

    private final ArrayBlockingQueue<LifecycleEvent> events = new ArrayBlockingQueue<>(CAPACITY);
    private final ConcurrentLinkedQueue<Runnable> commands = new ConcurrentLinkedQueue<>();
    private final Listener listener;
    private volatile long completeUntilBootNanos;
    private volatile boolean waiting;
    private volatile Runnable onWaiting = () -> {};
    private volatile @Nullable Thread thread;

    DiagnoserLoop(Listener listener) {
        this.listener = listener;
    }

    /** What to do when something begins to wait for time to pass: let {@link #completeUntil} come soon, and often. */
    void onWaiting(Runnable wakeRingAgent) {
        onWaiting = wakeRingAgent;
    }

    /** Whether something waits for time to pass; any thread. */
    boolean isWaiting() {
        return waiting;
    }

    /** How many events can be offered now; the ring agent's thread. */
    int room() {
        return events.remainingCapacity();
    }

    /** Takes an event; the ring agent's thread, after {@link #room} said that there is some. */
    void offer(LifecycleEvent event) {
        if (!events.offer(event)) {
            throw new IllegalStateException("offered more than room() allowed: capacity=" + CAPACITY);
        }
    }

    /** Says that every event up to this time has been offered; the ring agent's thread. */
    void completeUntil(long bootNanos) {
        completeUntilBootNanos = bootNanos;
    }

    /** Ends the loop's sleep; any thread. */
    void wakeUp() {
        LockSupport.unpark(thread);
    }

    /** Runs something between two batches; any thread. What it throws goes the way of the loop's errors. */
    void execute(Runnable command) {
        commands.add(command);
        wakeUp();
    }

    /** The same with a result; any thread. */
    <T> CompletableFuture<T> call(Callable<T> command) {
        CompletableFuture<T> future = new CompletableFuture<>();
        execute(() -> {
            try {
                future.complete(command.call());
            } catch (Exception e) {
                future.completeExceptionally(e);
            }
        });
        return future;
    }

    @Override
    public void perform() throws InterruptedException {
        if (thread == null) {
            thread = Thread.currentThread();
        }
        // Read before the queue is emptied: whatever was offered before it was said is taken now.
        long until = completeUntilBootNanos;
        int taken = drain();
        if (events.isEmpty()) {
            boolean before = waiting;
            waiting = listener.onTick(until);
            if (waiting && !before) {
                onWaiting.run();
            }
        }
        Runnable command;
        while ((command = commands.poll()) != null) {
            command.run();
        }
        if (taken == 0 && events.isEmpty() && commands.isEmpty()) {
            // An unpark between the look and the park makes the park return at once.
            LockSupport.parkNanos(this, waiting ? TICK_NANOS : IDLE_NANOS);
        }
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    private int drain() {
        int taken = 0;
        LifecycleEvent event;
        while (taken < BATCH && (event = events.poll()) != null) {
            listener.onEvent(event);
            taken++;
        }
        return taken;
    }
}
