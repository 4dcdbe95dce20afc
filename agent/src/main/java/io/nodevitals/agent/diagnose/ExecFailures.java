// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.diagnose.ExecSearches.Attempt;
import io.nodevitals.agent.process.LifecycleEvent.ExecFailed;
import io.nodevitals.agent.process.Names;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.function.Consumer;

/**
 * Turns failed attempts into occurrences: the first of its kind at once, its repeats within {@link #WINDOW_NANOS} as one more with
 * their number. Each is counted.
 */
final class ExecFailures {
    static final long WINDOW_NANOS = 10_000_000_000L;

    private static final int MAX_WINDOWS = 1024;

    private final LifecycleTotals totals;
    private final Consumer<Occurrence> occurrences;
    private final LinkedHashMap<Kind, Window> windows = new LinkedHashMap<>();

    ExecFailures(LifecycleTotals totals, Consumer<Occurrence> occurrences) {
        this.totals = totals;
        this.occurrences = occurrences;
    }

    private record Kind(Workload workload, String file, int errno, ExecFailureCause cause) {}

    private static final class Window {
        final long endBootNanos;
        int repeats;
        Attempt last;

        Window(long endBootNanos, Attempt last) {
            this.endBootNanos = endBootNanos;
            this.last = last;
        }
    }

    void failed(Attempt attempt) {
        Verdict verdict = verdict(attempt);
        int errno = attempt.telling().errno();
        totals.execFailed(attempt.workload(), Errnos.name(errno), verdict.cause(), attempt.rounds());
        long now = attempt.lastBootNanos();
        advance(now);
        Kind kind = new Kind(attempt.workload(), file(attempt), errno, verdict.cause());
        Window window = windows.get(kind);
        if (window != null) {
            window.repeats += attempt.rounds();
            window.last = attempt;
            return;
        }
        windows.put(kind, new Window(now + WINDOW_NANOS, attempt));
        int count = attempt.rounds();
        occurrences.accept(occurrence(attempt, count, count == 1 ? "" : " It happened " + count + " times."));
        if (windows.size() > MAX_WINDOWS) {
            closeOldest();
        }
    }

    /** Reports the repeats of windows that have ended. */
    void advance(long bootNanos) {
        while (!windows.isEmpty() && windows.values().iterator().next().endBootNanos <= bootNanos) {
            closeOldest();
        }
    }

    /** Reports all repeats, at the end of the agent. */
    void close() {
        while (!windows.isEmpty()) {
            closeOldest();
        }
    }

    private void closeOldest() {
        Iterator<Window> oldest = windows.values().iterator();
        Window window = oldest.next();
        oldest.remove();
        if (window.repeats > 0) {
            String more = window.repeats == 1
                    ? " It happened once more within 10 s."
                    : " It happened " + window.repeats + " more times within 10 s.";
            occurrences.accept(occurrence(window.last, window.repeats, more));
        }
    }

    private static ExecFailure occurrence(Attempt attempt, int count, String often) {
        ExecFailed first = attempt.first();
        Verdict verdict = verdict(attempt);
        long end = attempt.lastBootNanos();
        long start = first.enterBootNanos() == 0 ? first.header().bootNanos() : first.enterBootNanos();
        String file = file(attempt);
        String interpreter = verdict.interpreter();
        String summary = Sentences.who(attempt.subject())
                + " could not start " + (file.isEmpty() ? "a program whose name could not be read" : file) + ": "
                + verdict.text() + often;
        return new ExecFailure(
                attempt.subject(),
                end,
                Math.min(start, end),
                attempt.telling().errno(),
                verdict.cause(),
                verdict.confidence(),
                file,
                interpreter == null ? null : Names.sanitise(interpreter),
                verdict.architecture(),
                count,
                summary);
    }

    private static Verdict verdict(Attempt attempt) {
        Verdict verdict = attempt.verdict();
        String filename = attempt.telling().filename();
        if (verdict.cause() != ExecFailureCause.FILE_MISSING || filename == null) {
            return verdict;
        }
        if (filename.endsWith("\r")) {
            return Verdict.of(
                    ExecFailureCause.SCRIPT_CRLF,
                    Confidence.LIKELY,
                    "the name ends in a carriage return, as when env reads it from a script with DOS line ends. Convert the"
                            + " script to Unix line ends (dos2unix).");
        }
        return attempt.places() == 1
                ? verdict
                : Verdict.of(
                        ExecFailureCause.FILE_MISSING,
                        verdict.confidence() == Confidence.GUESS ? Confidence.LIKELY : verdict.confidence(),
                        "none of " + attempt.places()
                                + " directories has such a command. Install it, or correct PATH.");
    }

    private static String file(Attempt attempt) {
        String filename = attempt.telling().filename();
        if (filename == null) {
            return "";
        }
        boolean command = attempt.places() > 1 && attempt.verdict().cause() == ExecFailureCause.FILE_MISSING;
        return Names.sanitise(command ? ExecSearches.base(filename) : filename);
    }
}
