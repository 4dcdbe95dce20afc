// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.diagnose.TerminationJudge.End;
import io.nodevitals.agent.process.LifecycleEvent.ExecFailed;
import io.nodevitals.agent.process.LifecycleEvent.OomVictimMarked;
import io.nodevitals.agent.process.LifecycleEvent.ProcessExited;
import io.nodevitals.agent.process.LifecycleEvent.SignalDelivered;
import io.nodevitals.agent.process.LifecycleEvent.SignalGenerated;
import io.nodevitals.agent.process.ProcessId;
import io.nodevitals.agent.process.TrackedProcess;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.function.Consumer;

/**
 * Joins exits with their evidence by identity, in whatever order they come, and OOM marks with their victims.
 *
 * <p>An end whose evidence is incomplete waits {@link #PATIENCE_NANOS} for it, then is judged by what there is.
 */
final class Terminations {
    static final long PATIENCE_NANOS = 50_000_000L;

    private static final int MAX_EVIDENCE = 16_384;

    private final TerminationJudge judge;
    private final OomJudge oomJudge;
    private final OomLedger oomLedger;
    private final LoaderLook loaderLook;
    private final Subjects subjects;
    private final LifecycleTotals totals;
    private final ReportedExits reportedExits;
    private final Consumer<Occurrence> occurrences;
    private final LinkedHashMap<ProcessId, Evidence> evidence = new LinkedHashMap<>(64, 0.75f, true);
    private final LinkedHashMap<ProcessId, End> waiting = new LinkedHashMap<>();

    Terminations(
            TerminationJudge judge,
            OomJudge oomJudge,
            OomLedger oomLedger,
            LoaderLook loaderLook,
            Subjects subjects,
            LifecycleTotals totals,
            ReportedExits reportedExits,
            Consumer<Occurrence> occurrences) {
        this.judge = judge;
        this.oomJudge = oomJudge;
        this.oomLedger = oomLedger;
        this.loaderLook = loaderLook;
        this.subjects = subjects;
        this.totals = totals;
        this.reportedExits = reportedExits;
        this.occurrences = occurrences;
    }

    void generated(SignalGenerated event, TrackedProcess target) {
        if (mayStillEnd(target)) {
            evidence(target.id()).add(event);
            concludeIfExplained(target.id());
        }
    }

    void delivered(SignalDelivered event, TrackedProcess target) {
        if (mayStillEnd(target)) {
            evidence(target.id()).add(event);
            concludeIfExplained(target.id());
        }
    }

    /**
     * A failed exec.
     *
     * @return whether that is no failure that its caller could see, but the caller's end
     */
    boolean execFailed(ExecFailed event, TrackedProcess caller) {
        Evidence known = evidence.get(caller.id());
        if (known == null) {
            return false;
        }
        known.add(event);
        return known.isExecAborted();
    }

    void marked(OomVictimMarked event, TrackedProcess victim) {
        if (!mayStillEnd(victim)) {
            return;
        }
        Evidence known = evidence(victim.id());
        if (known.oom() == null) {
            Subject subject = subjects.subject(event.header(), victim);
            OomFacts facts = oomJudge.marked(event, subject);
            known.add(facts);
            totals.oomKilled(subject.workload(), facts.scope(), 1);
            report(subject, event.header().bootNanos(), facts);
        }
        concludeIfExplained(victim.id());
    }

    void exited(ProcessExited event, TrackedProcess process) {
        long start = process.execBootNanos() != 0
                ? process.execBootNanos()
                : process.id().startBootNanos();
        Subject subject = subjects.subject(event.header(), process);
        End end = new End(event, subject, start, loaderLook.explain(event, process, subject.workload()));
        Evidence known = evidence.get(process.id());
        boolean explained = known == null ? event.signal() == 0 : known.explains(event.signal(), event.oomVictim());
        if (explained) {
            conclude(process.id(), end);
        } else {
            waiting.put(process.id(), end);
            if (waiting.size() > MAX_EVIDENCE) {
                concludeOldest();
            }
        }
    }

    /** Whether an end waits for evidence. */
    boolean isWaiting() {
        return !waiting.isEmpty();
    }

    /** Judges the ends that have waited long enough. */
    void advance(long bootNanos) {
        while (!waiting.isEmpty()
                && waiting.values().iterator().next().exit().header().bootNanos() + PATIENCE_NANOS <= bootNanos) {
            concludeOldest();
        }
    }

    /** Judges all ends that wait, at the end of the agent. */
    void close() {
        while (!waiting.isEmpty()) {
            concludeOldest();
        }
    }

    // After the judgement nothing more is wanted of a process.
    private boolean mayStillEnd(TrackedProcess process) {
        return !process.exitSeen() || waiting.containsKey(process.id());
    }

    private Evidence evidence(ProcessId process) {
        Evidence known = evidence.get(process);
        if (known == null) {
            known = new Evidence();
            evidence.put(process, known);
            if (evidence.size() > MAX_EVIDENCE) {
                Iterator<ProcessId> oldest = evidence.keySet().iterator();
                oldest.next();
                oldest.remove();
            }
        }
        return known;
    }

    private void concludeIfExplained(ProcessId process) {
        End end = waiting.get(process);
        Evidence known = evidence.get(process);
        if (end != null
                && known != null
                && known.explains(end.exit().signal(), end.exit().oomVictim())) {
            waiting.remove(process);
            conclude(process, end);
        }
    }

    private void concludeOldest() {
        Iterator<ProcessId> oldest = waiting.keySet().iterator();
        ProcessId process = oldest.next();
        End end = waiting.get(process);
        oldest.remove();
        if (end != null) {
            conclude(process, end);
        }
    }

    private void conclude(ProcessId process, End end) {
        Evidence known = evidence.remove(process);
        Evidence given = known == null ? new Evidence() : known;
        Termination termination = judge.judge(end, given);
        OomFacts oom = termination.oom();
        if (oom != null && given.oom() == null) {
            // One of a group is chosen along with another and has no count of its own in the kernel.
            if (oom.scope() == OomScope.GROUP
                    || oomLedger.countsExit(termination.subject().cgroupId(), termination.bootNanos())) {
                totals.oomKilled(termination.subject().workload(), oom.scope(), 1);
            }
            report(termination.subject(), termination.bootNanos(), oom);
        }
        totals.terminated(termination);
        if (termination.cause() != TerminationCause.EXIT || reportedExits.include(termination.exitCode())) {
            occurrences.accept(termination);
        }
    }

    private void report(Subject subject, long bootNanos, OomFacts facts) {
        occurrences.accept(new OomKill(subject, bootNanos, facts, OomSentence.of(subject, facts)));
    }
}
