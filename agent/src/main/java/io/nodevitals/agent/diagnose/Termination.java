// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.program.Inspection;
import org.jspecify.annotations.Nullable;

/**
 * The end of a process, joined from everything that was seen of it.
 *
 * @param bootNanos of its exit
 * @param startBootNanos of the program it ran: its last exec, else its fork; never after {@code bootNanos}
 * @param exitCode as Kubernetes shows it: 128 + signal for a signal
 * @param signal that ended it, 0 for an exit
 * @param signalCode {@code si_code}, null when no record told
 * @param sender null for an exit, a fault, or when no record told
 * @param fault null unless a fault ended it and its record arrived
 * @param oom null unless the OOM killer ended it
 * @param inspection of the program, when that foretells such an exit: it is the cause, or likely to be; null otherwise
 * @param peakRssBytes its high-water mark
 */
public record Termination(
        Subject subject,
        long bootNanos,
        long startBootNanos,
        TerminationCause cause,
        Confidence confidence,
        Phase phase,
        int exitCode,
        int signal,
        @Nullable Integer signalCode,
        @Nullable Sender sender,
        @Nullable Fault fault,
        @Nullable OomFacts oom,
        @Nullable Inspection inspection,
        boolean coreDumped,
        long peakRssBytes,
        String summary)
        implements Occurrence {
    /** Kubernetes and shells show a death by signal n as this plus n. */
    static final int SIGNAL_EXIT_CODE = 128;

    Termination withSummary(String text) {
        return new Termination(
                subject,
                bootNanos,
                startBootNanos,
                cause,
                confidence,
                phase,
                exitCode,
                signal,
                signalCode,
                sender,
                fault,
                oom,
                inspection,
                coreDumped,
                peakRssBytes,
                text);
    }

    /** How long the program ran, in nanoseconds; never negative. */
    public long ageNanos() {
        return bootNanos - startBootNanos;
    }

    /** "SIGSEGV"; null for an exit. */
    public @Nullable String signalName() {
        return signal == 0 ? null : Signals.name(signal);
    }
}
