// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.process.Census;
import io.nodevitals.agent.process.LifecycleEvent;
import io.nodevitals.agent.process.LifecycleEvent.CgroupChanged;
import io.nodevitals.agent.process.LifecycleEvent.ExecFailed;
import io.nodevitals.agent.process.LifecycleEvent.OomVictimMarked;
import io.nodevitals.agent.process.LifecycleEvent.ProcessExecuted;
import io.nodevitals.agent.process.LifecycleEvent.ProcessExited;
import io.nodevitals.agent.process.LifecycleEvent.SignalDelivered;
import io.nodevitals.agent.process.LifecycleEvent.SignalGenerated;
import io.nodevitals.agent.process.ProcessRegistry;
import io.nodevitals.agent.process.TrackedProcess;
import java.util.function.Consumer;

/**
 * From lifecycle records to occurrences and counters. One thread calls everything here, in the order of the lifecycle ring; the
 * registry and the totals are that thread's too.
 *
 * <p>Time is that of the records and of {@link #onTick}; both may be late, neither is needed for exact counts.
 */
public final class Diagnoser {
    private final ProcessRegistry registry;
    private final DiagnoserSettings settings;
    private final Runnable canary;
    private final LifecycleTotals totals;
    private final Subjects subjects;
    private final ExecJudge execJudge;
    private final ExecFailures execFailures;
    private final ExecSearches searches;
    private final Terminations terminations;
    private final ContainerStarts containerStarts;
    private final FoldedEvents folded;
    private long newestBootNanos;

    /**
     * A diagnoser that has seen nothing yet.
     *
     * @param registry fed by this from now on; a scan may have been added before
     * @param workloads asked once or more per record
     * @param reader looks at files that could not be started
     * @param starts inspects programs that ended as if they had not been loaded
     * @param handlers knows which binfmt_misc handlers are gone
     * @param totals counted into
     * @param occurrences told of each occurrence, in order; must not throw
     * @param canary run when the agent's own failed exec arrives
     */
    public Diagnoser(
            DiagnoserSettings settings,
            ProcessRegistry registry,
            WorkloadLookup workloads,
            TargetFileReader reader,
            ProgramStarts starts,
            HandlerLookup handlers,
            LifecycleTotals totals,
            Consumer<Occurrence> occurrences,
            Runnable canary) {
        this.settings = settings;
        this.registry = registry;
        this.totals = totals;
        this.canary = canary;
        subjects = new Subjects(registry, workloads);
        execJudge = new ExecJudge(reader, handlers, settings.elfMachine());
        execFailures = new ExecFailures(totals, occurrences);
        searches = new ExecSearches(execFailures::failed);
        OomLedger oomLedger = new OomLedger();
        OomJudge oomJudge = new OomJudge(registry, subjects, settings.pageSizeBytes());
        TerminationJudge judge = new TerminationJudge(new SenderClassifier(registry, subjects), oomJudge, settings);
        terminations = new Terminations(
                judge,
                oomJudge,
                oomLedger,
                new LoaderLook(registry, starts),
                subjects,
                totals,
                settings.reportedExits(),
                occurrences);
        containerStarts = new ContainerStarts(subjects);
        folded = new FoldedEvents(totals, subjects, containerStarts, oomLedger);
    }

    /** Takes in one record. */
    public void onEvent(LifecycleEvent event) {
        if (event instanceof ExecFailed failed && settings.canaryFilename().equals(failed.filename())) {
            // Another agent's on this node is no failure either; only its own tells an agent something.
            if (failed.header().process().tgid() == settings.agentTgid()) {
                canary.run();
            }
            return;
        }
        advance(event.header().bootNanos());
        if (event instanceof ProcessExited exited) {
            onExit(exited);
            return;
        }
        TrackedProcess process = registry.apply(event);
        if (event instanceof ProcessExecuted executed) {
            searches.executed(executed);
            Workload workload = subjects.workload(executed.header(), process);
            totals.executed(workload, 1);
            if (containerStarts.startsWith(workload)) {
                totals.containerStarted(workload);
            }
        } else if (event instanceof ExecFailed failed) {
            if (!terminations.execFailed(failed, process)) {
                searches.failed(failed, execJudge.judge(failed), subjects.subject(failed.header(), process));
            }
        } else if (event instanceof SignalGenerated signal) {
            if (signal.action() == Evidence.FATAL) {
                totals.signals(subjects.workload(signal.header(), process), signal.signal(), SignalAction.FATAL, 1);
            }
            terminations.generated(signal, process);
        } else if (event instanceof SignalDelivered signal) {
            terminations.delivered(signal, process);
        } else if (event instanceof OomVictimMarked marked) {
            terminations.marked(marked, process);
        } else if (event instanceof CgroupChanged change) {
            containerStarts.changed(change);
        }
    }

    /** Whether something ends by time within moments; else a tick a second is enough. */
    public boolean isWaiting() {
        return searches.isOpen() || terminations.isWaiting();
    }

    /**
     * Lets time pass: ends what waits for records that may not come. Call it at least every 100 ms while {@link #isWaiting}, and once a
     * second otherwise.
     *
     * @param bootNanos every record up to then has been taken in
     */
    public void onTick(long bootNanos) {
        advance(bootNanos);
        registry.expire(bootNanos);
    }

    /** Reports what still waits, at the end of the agent. */
    public void close() {
        searches.close();
        execFailures.close();
        terminations.close();
    }

    /**
     * Adds signals that the kernel counted itself: they ended no process, or found no room as records.
     *
     * @param cgroupId of the targets
     * @param count how many more than at the last call
     */
    public void addSignals(long cgroupId, int signal, SignalAction action, long count) {
        totals.signals(subjects.workload(cgroupId), signal, action, count);
    }

    /** Takes what else the kernel counted itself. */
    public FoldedEvents folded() {
        return folded;
    }

    /** After records were missed: puts right who lives. */
    public void reconcile(Census census) {
        registry.reconcile(census);
    }

    private void onExit(ProcessExited event) {
        TrackedProcess known = registry.find(event.header().process());
        if (known != null && known.exitSeen()) {
            // Two last threads may both see themselves as the last.
            return;
        }
        TrackedProcess process = registry.apply(event);
        searches.exited(event);
        terminations.exited(event, process);
    }

    private void advance(long bootNanos) {
        newestBootNanos = Math.max(newestBootNanos, bootNanos);
        searches.advance(newestBootNanos);
        execFailures.advance(newestBootNanos);
        terminations.advance(newestBootNanos);
    }
}
