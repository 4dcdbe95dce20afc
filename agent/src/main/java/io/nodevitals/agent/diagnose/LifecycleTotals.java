// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.attribute.Workload;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Cumulative lifecycle counters per workload. One thread writes and takes snapshots; a snapshot is immutable and any thread's.
 *
 * <p>Bounded twice: at most {@code maxSeries} series of one metric and workload, what comes later is added to that metric's overflow;
 * at most {@code maxWorkloads} workloads, what comes later is added to {@link Workload#UNKNOWN}. So sums stay exact.
 */
public final class LifecycleTotals {
    private final int maxWorkloads;
    private final int maxSeries;
    private final LinkedHashMap<Workload, Counters> workloads = new LinkedHashMap<>();

    /** No counts yet. */
    public LifecycleTotals(int maxWorkloads, int maxSeries) {
        this.maxWorkloads = maxWorkloads;
        this.maxSeries = maxSeries;
    }

    /** Series of nodevitals.exec.failures. */
    public record ExecFailureKey(String errorType, ExecFailureCause cause) {}

    /** Series of nodevitals.signals. */
    public record SignalKey(String signal, SignalAction action) {}

    /**
     * Series of nodevitals.terminations.
     *
     * @param signal null for an exit
     * @param senderClass null when nobody sent it or nobody knows
     */
    public record TerminationKey(
            TerminationCause cause,
            Phase phase,
            @Nullable String signal,
            @Nullable SenderClass senderClass,
            int exitCode) {}

    /**
     * The series of one metric.
     *
     * @param series by their attributes
     * @param overflow sum of what found no room, for the series with otel.metric.overflow=true
     */
    public record Series<K>(Map<K, Long> series, long overflow) {
        public Series {
            series = Map.copyOf(series);
        }
    }

    /** All counters of one workload. */
    public record WorkloadTotals(
            Workload workload,
            long execs,
            long containerStarts,
            Series<ExecFailureKey> execFailures,
            Series<SignalKey> signals,
            Series<TerminationKey> terminations,
            Series<OomScope> oomKills) {}

    /** All counters at one moment. Each workload once. */
    public record Snapshot(List<WorkloadTotals> workloads) {
        public Snapshot {
            workloads = List.copyOf(workloads);
        }
    }

    /** A copy of all counters. */
    public Snapshot snapshot() {
        List<WorkloadTotals> all = new ArrayList<>(workloads.size());
        workloads.forEach((workload, counters) -> all.add(counters.totals(workload)));
        return new Snapshot(all);
    }

    /** Ends the series of a workload that is gone; should it come back, it begins again at zero. */
    public void retire(Workload workload) {
        workloads.remove(workload);
    }

    void executed(Workload workload, long count) {
        counters(workload).execs += count;
    }

    void containerStarted(Workload workload) {
        counters(workload).containerStarts++;
    }

    void execFailed(Workload workload, String errorType, ExecFailureCause cause, long count) {
        counters(workload).execFailures.add(new ExecFailureKey(errorType, cause), count);
    }

    void signals(Workload workload, int signal, SignalAction action, long count) {
        counters(workload).signals.add(new SignalKey(Signals.name(signal), action), count);
    }

    void terminated(Termination termination) {
        Sender sender = termination.sender();
        TerminationKey key = new TerminationKey(
                termination.cause(),
                termination.phase(),
                termination.signalName(),
                sender == null ? null : sender.senderClass(),
                termination.exitCode());
        terminated(termination.subject().workload(), key, 1);
    }

    void terminated(Workload workload, TerminationKey key, long count) {
        counters(workload).terminations.add(key, count);
    }

    void oomKilled(Workload workload, OomScope scope, long count) {
        counters(workload).oomKills.add(scope, count);
    }

    private Counters counters(Workload workload) {
        Counters counters = workloads.get(workload);
        if (counters == null) {
            Workload accounted = workloads.size() < maxWorkloads ? workload : Workload.UNKNOWN;
            counters = workloads.computeIfAbsent(accounted, unused -> new Counters(maxSeries));
        }
        return counters;
    }

    private static final class Counters {
        long execs;
        long containerStarts;
        final Bounded<ExecFailureKey> execFailures;
        final Bounded<SignalKey> signals;
        final Bounded<TerminationKey> terminations;
        final Bounded<OomScope> oomKills;

        Counters(int maxSeries) {
            execFailures = new Bounded<>(maxSeries);
            signals = new Bounded<>(maxSeries);
            terminations = new Bounded<>(maxSeries);
            oomKills = new Bounded<>(maxSeries);
        }

        WorkloadTotals totals(Workload workload) {
            return new WorkloadTotals(
                    workload,
                    execs,
                    containerStarts,
                    execFailures.series(),
                    signals.series(),
                    terminations.series(),
                    oomKills.series());
        }
    }

    private static final class Bounded<K> {
        private final int max;
        private final Map<K, Long> counts = new HashMap<>();
        private long overflow;

        Bounded(int max) {
            this.max = max;
        }

        void add(K key, long count) {
            if (counts.size() < max || counts.containsKey(key)) {
                counts.merge(key, count, Long::sum);
            } else {
                overflow += count;
            }
        }

        Series<K> series() {
            return new Series<>(counts, overflow);
        }
    }
}
