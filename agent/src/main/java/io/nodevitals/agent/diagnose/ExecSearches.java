// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.process.LifecycleEvent.ExecFailed;
import io.nodevitals.agent.process.LifecycleEvent.ProcessExecuted;
import io.nodevitals.agent.process.LifecycleEvent.ProcessExited;
import io.nodevitals.agent.process.ProcessId;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Failed execs that may be no failure: steps of a search along PATH, and scripts without #! that a shell then runs itself.
 *
 * <p>What callers really do: execvp(3), posix_spawnp(3) and dash try every PATH directory and go on after ENOENT, ENOTDIR and EACCES.
 * On ENOEXEC execvp and dash exec /bin/sh with the file, in the same thread and at once; bash and ksh interpret the file in the
 * process that failed, without another exec, and exit with 126 when it is binary. So one thread's tries for one name stay open until an
 * exec of that thread succeeds, its process exits, or {@link #WINDOW_NANOS} pass.
 *
 * <p>Who tries the first place again has begun anew, or has a PATH that names it twice: only what comes next tells. So rounds are
 * counted, each a failure when the search ends as one. After {@link #MAX_ROUNDS} it is a program that repeats itself, and no search.
 */
final class ExecSearches {
    // A thread that gave up usually exits, which ends its search at once; this is for those that live on. On a loaded
    // machine more than
    // 50 ms passed between two directories, and a search that succeeded was reported. Emulated machines set the
    // property.
    static final long WINDOW_NANOS = 1_000_000L * Integer.getInteger("nodevitals.search.window.millis", 250);

    /** More often no PATH names a directory; a failure is not to wait longer for its report. */
    static final int MAX_ROUNDS = 4;

    private static final int MAX_OPEN = 4096;
    private static final int CANNOT_EXECUTE = 126;
    private static final int NOT_FOUND = 127;
    private static final Set<String> SHELLS =
            Set.of("sh", "bash", "rbash", "dash", "ash", "ksh", "ksh93", "mksh", "zsh", "busybox");

    private final Consumer<Attempt> failures;
    private final LinkedHashMap<Integer, Attempt> open = new LinkedHashMap<>();

    ExecSearches(Consumer<Attempt> failures) {
        this.failures = failures;
    }

    /**
     * One or more tries for one name.
     *
     * @param first its first try
     * @param telling the try whose file is there though it failed; else the last
     * @param tries how many
     * @param rounds how many of them were for the first place
     * @param lastBootNanos of the last try
     */
    record Attempt(
            ExecFailed first,
            ExecFailed telling,
            Verdict verdict,
            Subject subject,
            int tries,
            int rounds,
            long lastBootNanos) {

        ProcessId process() {
            return first.header().process();
        }

        Workload workload() {
            return subject.workload();
        }

        /** In how many places the name was looked for. */
        int places() {
            return (tries + rounds - 1) / rounds;
        }

        boolean mayBeRunByShell() {
            return telling.errno() == Errnos.ENOEXEC && verdict.cause() == ExecFailureCause.UNKNOWN_FORMAT;
        }

        boolean callerIsShell() {
            return SHELLS.contains(subject.executableName());
        }

        private boolean isFollowedBy(Attempt next) {
            return process().equals(next.process())
                    && sameName(this, next.first.filename())
                    && !(rounds == MAX_ROUNDS && isAgain(next));
        }

        private boolean isAgain(Attempt next) {
            return Objects.equals(first.filename(), next.first.filename());
        }

        private Attempt followedBy(Attempt next) {
            boolean keep = verdict.cause() != ExecFailureCause.FILE_MISSING
                    && next.verdict.cause() == ExecFailureCause.FILE_MISSING;
            return new Attempt(
                    first,
                    keep ? telling : next.telling,
                    keep ? verdict : next.verdict,
                    next.subject,
                    tries + 1,
                    isAgain(next) ? rounds + 1 : rounds,
                    Math.max(lastBootNanos, next.lastBootNanos));
        }
    }

    /** A failed exec with its verdict. */
    void failed(ExecFailed event, Verdict verdict, Subject subject) {
        int tid = event.header().tid();
        Attempt attempt =
                new Attempt(event, event, verdict, subject, 1, 1, event.header().bootNanos());
        Attempt before = open.remove(tid);
        if (before != null) {
            if (before.isFollowedBy(attempt)) {
                attempt = before.followedBy(attempt);
            } else {
                failures.accept(before);
            }
        }
        boolean searching =
                event.errno() == Errnos.ENOENT || event.errno() == Errnos.ENOTDIR || event.errno() == Errnos.EACCES;
        if (!searching && !attempt.mayBeRunByShell()) {
            failures.accept(attempt);
            return;
        }
        open.put(tid, attempt);
        if (open.size() > MAX_OPEN) {
            closeOldest();
        }
    }

    /** An exec that succeeded: the end of its thread's search. */
    void executed(ProcessExecuted event) {
        Attempt attempt = open.remove(event.oldTid() == 0 ? event.header().tid() : event.oldTid());
        if (attempt == null) {
            return;
        }
        boolean itsOwn = attempt.process().equals(event.header().process());
        boolean ranByShell = attempt.mayBeRunByShell() && SHELLS.contains(base(event.filename()));
        if (!itsOwn || (!ranByShell && !sameName(attempt, event.filename()))) {
            failures.accept(attempt);
        }
    }

    /** The end of a process and so of its main thread's search; those of other threads end by time. */
    void exited(ProcessExited event) {
        Attempt attempt = open.remove(event.header().process().tgid());
        if (attempt == null) {
            return;
        }
        boolean itsOwn = attempt.process().equals(event.header().process());
        int exitCode = event.exitCode();
        boolean interpreted = itsOwn
                && attempt.mayBeRunByShell()
                && attempt.callerIsShell()
                && exitCode != CANNOT_EXECUTE
                && exitCode != NOT_FOUND;
        if (!interpreted) {
            failures.accept(attempt);
        }
    }

    /** Whether a search is open. */
    boolean isOpen() {
        return !open.isEmpty();
    }

    /** Ends what has been open too long. */
    void advance(long bootNanos) {
        while (!open.isEmpty()) {
            Attempt oldest = open.values().iterator().next();
            if (oldest.lastBootNanos() + WINDOW_NANOS > bootNanos) {
                return;
            }
            closeOldest();
        }
    }

    /** Ends all, at the end of the agent. */
    void close() {
        while (!open.isEmpty()) {
            closeOldest();
        }
    }

    private void closeOldest() {
        Iterator<Attempt> attempts = open.values().iterator();
        Attempt oldest = attempts.next();
        attempts.remove();
        // A shell that neither exec'd nor ended is interpreting the file itself.
        if (!(oldest.mayBeRunByShell() && oldest.callerIsShell())) {
            failures.accept(oldest);
        }
    }

    private static boolean sameName(Attempt attempt, @Nullable String filename) {
        String name = attempt.first.filename();
        return name != null && filename != null && base(name).equals(base(filename));
    }

    static String base(String filename) {
        return filename.substring(filename.lastIndexOf('/') + 1);
    }
}
