// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Looks into other processes' file systems on a thread of its own, for those may never answer. While a look is stuck, all others are
 * told at once that nobody could look. Any one thread may call.
 */
final class LookThread implements AutoCloseable {
    private static final long IDLE_SECONDS = 10;

    private final ThreadPoolExecutor worker = new ThreadPoolExecutor(
            1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), LookThread::thread);
    private @Nullable Future<?> last;

    LookThread() {
        // Looks are rare: no thread waits for them.
        worker.allowCoreThreadTimeOut(true);
    }

    /**
     * What the look gives.
     *
     * @param what is looked at, for a message
     * @param patienceMillis longest wait
     * @param unavailable makes the answer of a reason that completes "could not be checked: "
     */
    <T extends @Nullable Object> T call(
            String what, int patienceMillis, Callable<T> look, Function<String, T> unavailable) {
        Future<?> before = last;
        if (before != null && !before.isDone()) {
            return unavailable.apply("an earlier look is still waiting for its file system");
        }
        Future<T> now = worker.submit(look);
        last = now;
        try {
            return now.get(patienceMillis, TimeUnit.MILLISECONDS);
        } catch (TimeoutException slow) {
            return unavailable.apply("its file system did not answer within " + patienceMillis + " ms");
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            return unavailable.apply("the agent is stopping");
        } catch (ExecutionException broken) {
            throw new IllegalStateException("look at " + what + " failed", broken.getCause());
        }
    }

    /** Ends the thread; a look that is stuck ends with its system call. */
    @Override
    public void close() {
        worker.shutdownNow();
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "nodevitals-file-look");
        thread.setDaemon(true);
        return thread;
    }
}
