// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.aggregate.MemoryFoldMerge;
import io.nodevitals.agent.aggregate.MemoryTotals;
import io.nodevitals.agent.aggregate.SnapshotHandover;
import io.nodevitals.agent.counter.AgentCounter;
import io.nodevitals.agent.counter.AgentCounters;
import io.nodevitals.agent.diagnose.LifecycleTotals;
import io.nodevitals.agent.process.LifecycleEvent;
import io.nodevitals.agent.process.LifecycleEvent.ProcessExecuted;
import io.nodevitals.agent.process.LifecycleEvent.ProcessExited;
import io.nodevitals.agent.source.KernelClock;
import io.nodevitals.agent.source.WorkloadSeries;
import io.nodevitals.otel.model.MetricPoint;
import io.nodevitals.otel.model.TelemetrySnapshot;
import io.nodevitals.otel.model.TelemetrySnapshot.ResourcePoints;
import io.nodevitals.otel.model.TelemetrySource;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The one thread that takes and publishes snapshots. Everyone else reads what it published, which is at most {@link #FRESH} old when
 * asked for.
 */
final class Collector implements TelemetrySource, AutoCloseable {
    /** Who asks sooner than this after another gets the other's snapshot. */
    private static final Duration FRESH = Duration.ofMillis(100);

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    /** Without anyone asking: keeps the queue of ended processes short. */
    private static final long PERIOD_SECONDS = 5;

    private static final Logger LOG = System.getLogger(Collector.class.getName());

    /** Where the parts of a snapshot come from. */
    record Parts(
            SnapshotHandover handover,
            Runnable wakeRingAgent,
            Queue<LifecycleEvent> addressSpaces,
            MemoryTotals memory,
            MemoryFoldMerge folds,
            Callable<LifecycleTotals.Snapshot> lifecycle,
            WorkloadSeries series,
            AgentPoints agentPoints,
            Housekeeping housekeeping) {}

    /** What the agent says of itself. */
    interface AgentPoints {
        /**
         * The points of this moment.
         *
         * @param memory with everything that was drained before the snapshot was asked for
         */
        List<MetricPoint> take(MemoryTotals memory);
    }

    /** What else is done once per snapshot, on the collector's thread. */
    interface Housekeeping {
        void perform(MemoryTotals memory) throws Exception;
    }

    private final Parts parts;
    private final KernelClock clock;
    private final AgentCounters counters;
    private final long startEpochNanos;
    private final MemoryTotals memory;
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "nodevitals-collector");
        thread.setDaemon(true);
        return thread;
    });
    private final Queue<ScheduledFuture<?>> repeated = new ConcurrentLinkedQueue<>();
    private volatile TelemetrySnapshot published;
    private volatile long publishedNanos;

    Collector(Parts parts, KernelClock clock, AgentCounters counters) {
        this.parts = parts;
        this.memory = parts.memory();
        this.clock = clock;
        this.counters = counters;
        startEpochNanos = clock.nowEpochNanos();
        published = new TelemetrySnapshot(startEpochNanos, startEpochNanos, List.of());
        publishedNanos = System.nanoTime() - FRESH.toNanos();
    }

    void start() {
        repeated.add(executor.scheduleWithFixedDelay(this::refresh, PERIOD_SECONDS, PERIOD_SECONDS, TimeUnit.SECONDS));
    }

    /**
     * Does something short now and then at an interval, on the collector's thread: a thread less for what is rare. What it throws is
     * counted and logged, and it is done again all the same.
     */
    void every(Duration interval, Runnable task) {
        repeated.add(executor.scheduleAtFixedRate(() -> perform(task), 0, interval.toNanos(), TimeUnit.NANOSECONDS));
    }

    private void perform(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            counters.increment(AgentCounter.LOOP_ERRORS);
            LOG.log(Level.WARNING, "A check of the agent's own could not be made; it is tried again: " + e, e);
        }
    }

    /** Takes a snapshot soon, for nobody in particular: the tables are nearly full. Any thread; never blocks. */
    void refreshSoon() {
        if (!executor.isShutdown()) {
            executor.execute(this::refresh);
        }
    }

    @Override
    public TelemetrySnapshot snapshot() {
        return snapshot(PATIENCE);
    }

    /** The same for a caller that would rather have an older one than wait for longer. */
    TelemetrySnapshot snapshot(Duration patience) {
        long askedNanos = System.nanoTime();
        if (askedNanos - publishedNanos < FRESH.toNanos()) {
            return published;
        }
        try {
            executor.submit(() -> {
                        if (publishedNanos - askedNanos < 0) {
                            refresh();
                        }
                    })
                    .get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException e) {
            // The one asked for is still being taken; it will be there for the next who asks.
            return published;
        } catch (ExecutionException | RejectedExecutionException e) {
            // refresh() handles its own failures; what is left is an overloaded or stopping agent: the last snapshot
            // still holds.
            counters.increment(AgentCounter.LOOP_ERRORS);
        }
        return published;
    }

    private void refresh() {
        try {
            long takenNanos = System.nanoTime();
            clock.synchronise();
            parts.folds().begin();
            if (!parts.handover().collect(memory::merge, parts.wakeRingAgent(), PATIENCE.toNanos() / 2)) {
                throw new IllegalStateException("the ring agent did not hand its tables over in time");
            }
            followAddressSpaces();
            parts.folds().merge();
            LifecycleTotals.Snapshot lifecycle = parts.lifecycle().call();
            List<ResourcePoints> points =
                    parts.series().points(memory, lifecycle, parts.agentPoints().take(memory));
            published = new TelemetrySnapshot(startEpochNanos, clock.nowEpochNanos(), points);
            publishedNanos = takenNanos;
            parts.housekeeping().perform(memory);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            counters.increment(AgentCounter.LOOP_ERRORS);
            LOG.log(Level.WARNING, "A snapshot could not be taken; the last one is served again: " + e, e);
        }
    }

    private void followAddressSpaces() {
        LifecycleEvent event;
        while ((event = parts.addressSpaces().poll()) != null) {
            int tgid = event.header().process().tgid();
            long startBootNanos = event.header().process().startBootNanos();
            if (event instanceof ProcessExited) {
                memory.processEnded(tgid, startBootNanos);
            } else if (event instanceof ProcessExecuted) {
                memory.processExecuted(tgid, startBootNanos, event.header().generation());
            }
        }
    }

    /** Waits for a snapshot that is being taken, within a bound; {@link #snapshot} serves the last one from then on. */
    @Override
    public void close() {
        repeated.forEach(task -> task.cancel(false));
        executor.shutdown();
        try {
            if (!executor.awaitTermination(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                executor.shutdownNow();
            }
        } catch (InterruptedException e) {
            executor.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
