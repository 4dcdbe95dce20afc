// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Sends a canary at once and then at an interval, on a thread of its own, until closed. */
final class CanaryTimer implements AutoCloseable {
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "nodevitals-canary");
        thread.setDaemon(true);
        return thread;
    });
    private final ScheduledFuture<?> sending;

    CanaryTimer(CanaryWatch canary, Duration interval) {
        sending = executor.scheduleAtFixedRate(canary::send, 0, interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        sending.cancel(false);
        executor.shutdownNow();
    }
}
