// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Turns SIGTERM, SIGINT and SIGHUP into an orderly end: the command is asked to stop, its exit code becomes the process's. Left to
 * itself the JVM would exit with 143 in the middle of things.
 */
final class Shutdown {
    private static final long LONGEST_STOP_SECONDS = 15;

    private final AtomicReference<@Nullable Runnable> stop = new AtomicReference<>();
    private final CountDownLatch finished = new CountDownLatch(1);
    private final IntConsumer halt;
    private volatile int exitCode = ExitCode.FOUND_PROBLEM;

    /** @param halt ends the process at once with an exit code */
    Shutdown(IntConsumer halt) {
        this.halt = halt;
    }

    /** For the process: runs when the JVM was told to end. */
    static Shutdown ofProcess() {
        Shutdown shutdown = new Shutdown(Runtime.getRuntime()::halt);
        Runtime.getRuntime().addShutdownHook(new Thread(shutdown::signalled, "nodevitals-stop"));
        return shutdown;
    }

    /** What stops the command; it then returns by itself. */
    void onStop(Runnable action) {
        stop.set(action);
    }

    /** The command has returned. */
    void finish(int code) {
        exitCode = code;
        finished.countDown();
    }

    /** The process was told to end, or is ending by itself after {@link #finish}. */
    void signalled() {
        Runnable action = stop.get();
        if (action == null || finished.getCount() == 0) {
            return;
        }
        action.run();
        try {
            if (!finished.await(LONGEST_STOP_SECONDS, TimeUnit.SECONDS)) {
                exitCode = ExitCode.FOUND_PROBLEM;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        halt.accept(exitCode);
    }
}
