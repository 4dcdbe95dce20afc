// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.process.LifecycleEvent.ProcessExited;
import io.nodevitals.agent.process.ProcessId;
import io.nodevitals.agent.process.ProcessRegistry;
import io.nodevitals.agent.process.TrackedProcess;
import io.nodevitals.agent.program.Inspection;
import io.nodevitals.agent.program.Inspection.Outcome;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Whether it was a program's dynamic loader, or the env of its first line, that gave up with its exit code.
 *
 * <p>The kernel sees an exit like any other, so the program is inspected after the fact, in the root of another process of its mount
 * namespace: its own is gone. What is found is believed only where it foretells the very exit code that came, and even then it is
 * {@code likely} no more: that root may differ from the dead one's, and LD_LIBRARY_PATH is not known.
 *
 * <p>Looks are few: for young programs with such an exit code, once in {@link #KEPT_NANOS} for each program of a workload, and within a
 * budget. One thread.
 */
final class LoaderLook {
    /** No loader works for longer, unless its file system does not answer. */
    static final long YOUNG_NANOS = 1_000_000_000L;

    /** For how long one look speaks for all ends of a program in a workload. */
    static final long KEPT_NANOS = 10_000_000_000L;

    static final int BURST = 10;
    static final long NANOS_PER_LOOK = 500_000_000L;

    private static final int MAX_KEPT = 256;
    private static final int MAX_STAND_INS = 3;

    // ld.so of glibc: 127, and 1 for a symbol version; musl's: 127. env: 126 and 127.
    private static final int VERSION_NOT_FOUND = 1;
    private static final int CANNOT_INVOKE = 126;
    private static final int NOT_FOUND = 127;

    private final ProcessRegistry registry;
    private final ProgramStarts starts;
    private long spentUntilNanos = Long.MIN_VALUE;
    private final Map<Program, Kept> kept = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Program, Kept> eldest) {
            return size() > MAX_KEPT;
        }
    };

    LoaderLook(ProcessRegistry registry, ProgramStarts starts) {
        this.registry = registry;
        this.starts = starts;
    }

    private record Program(Workload workload, long mountNamespace, ProcessId parent, String path) {}

    private record Kept(@Nullable Inspection inspection, long untilBootNanos) {}

    /** What foretells this end; null when nothing does, or nobody could look. */
    @Nullable
    Inspection explain(ProcessExited exit, TrackedProcess process, Workload workload) {
        String path = process.executablePath();
        long now = exit.header().bootNanos();
        if (path == null || !mayBeLoaders(exit) || !isYoung(process, now) || process.mountNamespace() == 0) {
            return null;
        }
        Program program = new Program(workload, process.mountNamespace(), process.parent(), path);
        Kept known = kept.get(program);
        if (known == null || known.untilBootNanos < now) {
            if (!mayLookAt(now)) {
                return null;
            }
            known = new Kept(look(process, path), now + KEPT_NANOS);
            kept.remove(program);
            kept.put(program, known);
        }
        Inspection found = known.inspection;
        return found != null && Objects.equals(found.exitCode(), exit.exitCode()) ? found : null;
    }

    private static boolean mayBeLoaders(ProcessExited exit) {
        int code = exit.exitCode();
        return exit.signal() == 0 && (code == NOT_FOUND || code == VERSION_NOT_FOUND || code == CANNOT_INVOKE);
    }

    private static boolean isYoung(TrackedProcess process, long now) {
        return process.execBootNanos() != 0 && now - process.execBootNanos() < YOUNG_NANOS;
    }

    private boolean mayLookAt(long bootNanos) {
        long spent = Math.max(spentUntilNanos, bootNanos - BURST * NANOS_PER_LOOK);
        if (spent + NANOS_PER_LOOK > bootNanos) {
            return false;
        }
        spentUntilNanos = spent + NANOS_PER_LOOK;
        return true;
    }

    // The first whose root has the program: after a chroot, others of the namespace see another one.
    private @Nullable Inspection look(TrackedProcess process, String path) {
        for (ProcessId through : standIns(process, path.startsWith("/"))) {
            Inspection found = starts.inspect(through, process.mountNamespace(), path);
            if (found != null && (found.outcome() == Outcome.LOADER_FAILS || found.outcome() == Outcome.STARTS)) {
                return found;
            }
        }
        return null;
    }

    // The parent first: most likely it has the same root, and it alone may have the same working directory.
    private List<ProcessId> standIns(TrackedProcess process, boolean absolute) {
        List<ProcessId> standIns = new ArrayList<>();
        if (process.parent().tgid() != 0) {
            standIns.add(process.parent());
        }
        if (absolute) {
            for (TrackedProcess other : registry.liveInMountNamespace(process.mountNamespace(), MAX_STAND_INS)) {
                if (!other.id().equals(process.parent())) {
                    standIns.add(other.id());
                }
            }
        }
        return standIns;
    }
}
