// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.diagnose.Diagnoser;
import io.nodevitals.agent.diagnose.DiagnoserSettings;
import io.nodevitals.agent.diagnose.LifecycleTotals;
import io.nodevitals.agent.diagnose.Occurrence;
import io.nodevitals.agent.diagnose.ProcRootReader;
import io.nodevitals.agent.diagnose.ReportedExits;
import io.nodevitals.agent.diagnose.WorkloadLookup;
import io.nodevitals.agent.process.CgroupRef;
import io.nodevitals.agent.process.LifecycleEvent.ExecFailed;
import io.nodevitals.agent.process.LifecycleEvent.Header;
import io.nodevitals.agent.process.LifecycleEvent.ProcessExecuted;
import io.nodevitals.agent.process.LifecycleEvent.ProcessExited;
import io.nodevitals.agent.process.LifecycleEvent.ProcessForked;
import io.nodevitals.agent.process.ProcessId;
import io.nodevitals.agent.process.ProcessRegistry;
import io.nodevitals.agent.program.ElfFile;
import java.util.ArrayList;
import java.util.List;

/** What a diagnoser says of failed execs and ends of programs in a living process's root, looked at for real. One thread. */
final class DiagnosedRoot implements AutoCloseable {
    private static final long SECOND = 1_000_000_000L;
    private static final int[] ERRNOS = {2, 8, 13, 40, 80};
    private static final int NOT_FOUND = 127;

    private final ProcessRegistry registry = new ProcessRegistry(1000, 10_000_000);
    private final List<Occurrence> occurrences = new ArrayList<>();
    private final ProcessId inside;
    private final long mountNamespace;
    private final Diagnoser diagnoser;
    private long now = 1_000_000 * SECOND;
    private int tgid = 1_000_000;

    DiagnosedRoot(SafeFileOpener files, ProgramOpener programs, ProcessId inside, long mountNamespace) {
        this.inside = inside;
        this.mountNamespace = mountNamespace;
        WorkloadLookup host = new WorkloadLookup() {
            @Override
            public Workload workload(CgroupRef cgroup) {
                return Workload.HOST;
            }

            @Override
            public Workload workload(long cgroupId) {
                return Workload.HOST;
            }
        };
        diagnoser = new Diagnoser(
                new DiagnoserSettings(1, "/nonexistent/canary", 4096, ElfFile.EM_X86_64, ReportedExits.NONZERO),
                registry,
                host,
                new ProcRootReader(registry, files),
                programs,
                (head, path) -> null,
                new LifecycleTotals(100, 100),
                occurrences::add,
                () -> {});
    }

    /** What is said of an exec of it that failed, for every errno that leads to a look. */
    String failedToStart(String path) {
        for (int errno : ERRNOS) {
            now += SECOND;
            diagnoser.onEvent(new ExecFailed(
                    header(inside, new ProcessId(0, 0)),
                    now - 1000,
                    errno,
                    false,
                    0,
                    0,
                    mountNamespace,
                    "inside",
                    path,
                    null,
                    null));
        }
        return told();
    }

    /** What is said of a child that was it, and ended at once with the exit code of a loader that found no library. */
    String endedAsIfNotLoaded(String path) {
        now += 10 * SECOND;
        ProcessId child = new ProcessId(++tgid, now);
        diagnoser.onEvent(new ProcessForked(header(child, inside), "inside"));
        diagnoser.onEvent(new ProcessExecuted(header(child, inside), child.tgid(), mountNamespace, "prog", path));
        diagnoser.onEvent(new ProcessExited(header(child, inside), NOT_FOUND << 8, false, false, false, 1, "prog"));
        return told();
    }

    private String told() {
        now += SECOND;
        diagnoser.onTick(now);
        StringBuilder said = new StringBuilder();
        occurrences.forEach(occurrence -> said.append(occurrence.summary())
                .append('\n')
                .append(occurrence)
                .append('\n'));
        occurrences.clear();
        return said.toString();
    }

    private Header header(ProcessId process, ProcessId parent) {
        return new Header(now, process, process.tgid(), 1, CgroupRef.ofId(1, 0), parent);
    }

    @Override
    public void close() {
        diagnoser.close();
    }
}
