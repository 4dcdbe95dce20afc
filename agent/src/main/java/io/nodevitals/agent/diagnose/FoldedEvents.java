// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.attribute.Workload.Kind;

/**
 * Adds events that the kernel only counted to the totals: exact in number, with what the number alone proves, and without an
 * occurrence. The diagnoser's thread.
 *
 * <p>Each method takes how many more there are than at its last call; the cgroup's id is 0 when it is not known.
 */
public final class FoldedEvents {
    private final LifecycleTotals totals;
    private final Subjects subjects;
    private final ContainerStarts containerStarts;
    private final OomLedger oomLedger;

    FoldedEvents(LifecycleTotals totals, Subjects subjects, ContainerStarts containerStarts, OomLedger oomLedger) {
        this.totals = totals;
        this.subjects = subjects;
        this.containerStarts = containerStarts;
        this.oomLedger = oomLedger;
    }

    /** Execs that succeeded. */
    public void execs(long cgroupId, long count) {
        Workload workload = subjects.workload(cgroupId);
        totals.executed(workload, count);
        if (containerStarts.startsWith(workload)) {
            totals.containerStarted(workload);
        }
    }

    /** Failed execs. A step of a search along PATH is one too here: nothing tells which steps belong together. */
    public void execFailures(long cgroupId, int errno, long count) {
        totals.execFailed(subjects.workload(cgroupId), Errnos.name(errno), cause(errno), count);
    }

    /** Plain exits. */
    public void exits(long cgroupId, int exitCode, long count) {
        totals.terminated(
                subjects.workload(cgroupId),
                new LifecycleTotals.TerminationKey(TerminationCause.EXIT, Phase.RUNNING, null, null, exitCode),
                count);
    }

    /** Deaths by a signal. Who sent it and why is not known. */
    public void deaths(long cgroupId, int signal, long count) {
        totals.terminated(
                subjects.workload(cgroupId),
                new LifecycleTotals.TerminationKey(
                        TerminationCause.UNKNOWN,
                        Phase.RUNNING,
                        Signals.name(signal),
                        null,
                        Termination.SIGNAL_EXIT_CODE + signal),
                count);
    }

    /**
     * OOM kills.
     *
     * @param bootNanos about now
     */
    public void oomKills(long cgroupId, long count, long bootNanos) {
        long uncounted = oomLedger.countsFolded(cgroupId, count, bootNanos);
        if (uncounted > 0) {
            Workload workload = subjects.workload(cgroupId);
            boolean contained = workload.kind() == Kind.CONTAINER || workload.kind() == Kind.POD;
            totals.oomKilled(workload, contained ? OomScope.CGROUP : OomScope.NODE, uncounted);
        }
    }

    // The others need a look at the file.
    private static ExecFailureCause cause(int errno) {
        return switch (errno) {
            case Errnos.E2BIG -> ExecFailureCause.ARGUMENT_LIST_TOO_LONG;
            case Errnos.ETXTBSY -> ExecFailureCause.TEXT_BUSY;
            case Errnos.ENOMEM -> ExecFailureCause.NO_MEMORY;
            case Errnos.ENAMETOOLONG -> ExecFailureCause.FILE_MISSING;
            case Errnos.EPERM -> ExecFailureCause.PERMISSION;
            case Errnos.ELOOP -> ExecFailureCause.SYMLINK_LOOP;
            default -> ExecFailureCause.UNKNOWN;
        };
    }
}
