// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.attribute.CgroupTable;
import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.diagnose.Diagnoser;
import io.nodevitals.agent.diagnose.LifecycleTotals;
import io.nodevitals.agent.diagnose.SignalAction;
import io.nodevitals.agent.process.LifecycleEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** What makes sense of lifecycle events: the diagnoser, its counters and its loop. */
final class EventSide implements AutoCloseable {
    private static final long PATIENCE_MILLIS = 2_500;

    private final Diagnoser diagnoser;
    private final LifecycleTotals totals;
    private final Queue<LifecycleEvent> addressSpaces = new ConcurrentLinkedQueue<>();
    private final DiagnoserLoop loop;

    /**
     * A side without its thread.
     *
     * @param totals that {@code diagnoser} counts into
     */
    EventSide(CgroupTable cgroups, Diagnoser diagnoser, LifecycleTotals totals) {
        this.diagnoser = diagnoser;
        this.totals = totals;
        this.loop = new DiagnoserLoop(new EventFlow(cgroups, diagnoser, addressSpaces));
    }

    DiagnoserLoop loop() {
        return loop;
    }

    /** Execs and exits, for whoever keeps account of address spaces. */
    Queue<LifecycleEvent> addressSpaces() {
        return addressSpaces;
    }

    /** Adds what the kernel counted by itself, then copies: the reading is the caller's, the adding the diagnoser's thread's. */
    LifecycleTotals.Snapshot snapshot(SignalFold signals) throws Exception {
        List<Runnable> additions = new ArrayList<>();
        signals.read((cgroupId, signal, action, added) -> {
            SignalAction meaning = SignalAction.ofNumber(action);
            additions.add(() -> diagnoser.addSignals(cgroupId, signal, meaning, added));
        });
        return loop.call(() -> {
                    additions.forEach(Runnable::run);
                    return totals.snapshot();
                })
                .get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Ends the series of workloads that are gone; any thread. */
    void retire(List<Workload> workloads) {
        loop.execute(() -> workloads.forEach(totals::retire));
    }

    /** Reports what still waits, while whoever takes the reports is still there; any thread, bounded in time. */
    void flush() throws Exception {
        loop.call(() -> {
                    diagnoser.close();
                    return totals;
                })
                .get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Reports what came after {@link #flush}; after the loop's thread has ended. */
    @Override
    public void close() {
        diagnoser.close();
    }
}
