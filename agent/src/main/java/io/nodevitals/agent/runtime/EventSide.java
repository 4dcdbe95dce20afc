// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.attribute.CgroupReview;
import io.nodevitals.agent.attribute.CgroupTable;
import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.diagnose.Diagnoser;
import io.nodevitals.agent.diagnose.FoldedEvents;
import io.nodevitals.agent.diagnose.LifecycleTotals;
import io.nodevitals.agent.diagnose.SignalAction;
import io.nodevitals.agent.process.Census;
import io.nodevitals.agent.process.LifecycleEvent;
import io.nodevitals.bpf.event.LifecycleFoldKey;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** What makes sense of lifecycle events: the diagnoser, its counters and its loop. */
final class EventSide implements AutoCloseable {
    private static final long PATIENCE_MILLIS = 2_500;

    private final CgroupTable cgroups;
    private final Diagnoser diagnoser;
    private final LongSupplier bootNanos;
    private final LifecycleTotals totals;
    private final Queue<LifecycleEvent> addressSpaces = new ConcurrentLinkedQueue<>();
    private final PendingAdditions additions = new PendingAdditions();
    private final DiagnoserLoop loop;

    /**
     * A side without its thread.
     *
     * @param totals that {@code diagnoser} counts into
     * @param bootNanos the time now, in nanoseconds since boot
     */
    EventSide(CgroupTable cgroups, Diagnoser diagnoser, LifecycleTotals totals, LongSupplier bootNanos) {
        this.cgroups = cgroups;
        this.bootNanos = bootNanos;
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
    LifecycleTotals.Snapshot snapshot(SignalFold signals, LifecycleFold lifecycle, FoldRepair repair) throws Exception {
        signals.read((cgroupId, signal, action, added) -> {
            SignalAction meaning = SignalAction.ofNumber(action);
            additions.add(() -> diagnoser.addSignals(cgroupId, signal, meaning, added));
        });
        lifecycle.read(
                (cgroupId, kind, detail, added) -> additions.add(addition(cgroupId, kind, detail, added, repair)));
        return loop.call(() -> {
                    additions.perform();
                    return totals.snapshot();
                })
                .get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    }

    private Runnable addition(long cgroupId, int kind, int detail, long added, FoldRepair repair) {
        FoldedEvents folded = diagnoser.folded();
        switch (kind) {
            case LifecycleFoldKey.KIND_FORK,
                    LifecycleFoldKey.KIND_EXEC,
                    LifecycleFoldKey.KIND_EXIT,
                    LifecycleFoldKey.KIND_EXIT_SIGNAL -> repair.processesMissed();
            case LifecycleFoldKey.KIND_CGROUP -> repair.cgroupsMissed();
            default -> {}
        }
        return switch (kind) {
            case LifecycleFoldKey.KIND_EXEC -> () -> folded.execs(cgroupId, added);
            case LifecycleFoldKey.KIND_EXEC_FAILURE -> () -> folded.execFailures(cgroupId, detail, added);
            case LifecycleFoldKey.KIND_EXIT -> () -> folded.exits(cgroupId, detail, added);
            case LifecycleFoldKey.KIND_EXIT_SIGNAL -> () -> folded.deaths(cgroupId, detail, added);
            case LifecycleFoldKey.KIND_OOM -> () -> folded.oomKills(cgroupId, added, bootNanos.getAsLong());
            // Forks, faults and changes of cgroups are counted nowhere.
            default -> () -> {};
        };
    }

    /** Puts right who lives; any thread. */
    void reconcile(Census census) {
        loop.execute(() -> diagnoser.reconcile(census));
    }

    /** Puts right which cgroups there are; any thread. */
    void learn(CgroupReview review) {
        loop.execute(() -> cgroups.learn(review, bootNanos.getAsLong()));
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
