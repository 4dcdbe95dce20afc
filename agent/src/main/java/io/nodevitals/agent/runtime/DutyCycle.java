// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import java.util.function.Consumer;

/**
 * A thread that repeats one duty until it is closed: start, error route and end in one place.
 *
 * <p>The duty does a bounded amount of work and sleeps by itself when there is none. An exception does not end the cycle: it goes
 * to the handler, and the cycle goes on. An {@link Error} ends it, after the handler has seen it.
 */
final class DutyCycle implements AutoCloseable {
    private static final long CLOSE_TIMEOUT_MILLIS = 5_000;

    /** One round. */
    interface Duty {
        void perform() throws InterruptedException;
    }

    private final Thread thread;
    private final Runnable wakeUp;
    private volatile boolean running = true;

    /**
     * Makes the thread; {@link #start} starts it.
     *
     * @param wakeUp ends the duty's sleep early; any thread may call it
     * @param onError takes what the duty throws
     */
    DutyCycle(String name, Duty duty, Runnable wakeUp, Consumer<Throwable> onError) {
        this.wakeUp = wakeUp;
        thread = new Thread(() -> run(duty, onError), name);
        thread.setDaemon(true);
    }

    private void run(Duty duty, Consumer<Throwable> onError) {
        while (running) {
            try {
                duty.perform();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                onError.accept(e);
            } catch (Throwable e) {
                onError.accept(e);
                throw e;
            }
        }
    }

    DutyCycle start() {
        thread.start();
        return this;
    }

    /** Whether the thread still goes round. */
    boolean isAlive() {
        return thread.isAlive();
    }

    /** Lets the current round finish, then ends the thread; waits for it, within a bound. */
    @Override
    public void close() {
        running = false;
        wakeUp.run();
        boolean interrupted = Thread.interrupted();
        try {
            thread.join(CLOSE_TIMEOUT_MILLIS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
