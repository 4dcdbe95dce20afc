// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.attribute.Workload.ContainerRuntime;
import io.nodevitals.agent.attribute.Workload.Kind;
import io.nodevitals.agent.diagnose.Look.Contents;
import io.nodevitals.agent.diagnose.Look.Missing;
import io.nodevitals.agent.diagnose.Look.Unavailable;
import io.nodevitals.agent.process.CgroupRef;
import io.nodevitals.agent.process.CgroupRef.Level;
import io.nodevitals.agent.process.FaultPlace;
import io.nodevitals.agent.process.LifecycleEvent;
import io.nodevitals.agent.process.LifecycleEvent.Actor;
import io.nodevitals.agent.process.LifecycleEvent.CgroupChanged;
import io.nodevitals.agent.process.LifecycleEvent.ExecFailed;
import io.nodevitals.agent.process.LifecycleEvent.HandledFault;
import io.nodevitals.agent.process.LifecycleEvent.Header;
import io.nodevitals.agent.process.LifecycleEvent.OomVictimMarked;
import io.nodevitals.agent.process.LifecycleEvent.ProcessExecuted;
import io.nodevitals.agent.process.LifecycleEvent.ProcessExited;
import io.nodevitals.agent.process.LifecycleEvent.ProcessForked;
import io.nodevitals.agent.process.LifecycleEvent.SignalDelivered;
import io.nodevitals.agent.process.LifecycleEvent.SignalGenerated;
import io.nodevitals.agent.process.ProcessId;
import io.nodevitals.agent.process.ProcessRegistry;
import io.nodevitals.agent.program.ElfFile;
import io.nodevitals.agent.program.Inspection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells a diagnoser what the kernel would: each call is one record, 100 us after the one before.
 *
 * <p>Cgroups: 1 the host's root, 10 a host service, 20 a pod, 21 and 22 its containers, 31 a container of another pod.
 */
final class Story {
    static final long MS = 1_000_000L;
    static final long PAGE = 4096;
    static final int FATAL = 1;
    static final String POD = "11111111-2222-3333-4444-555555555555";
    static final String OTHER_POD = "99999999-2222-3333-4444-555555555555";
    static final Workload CONTAINER = container(POD, "aa");
    static final Workload SIBLING = container(POD, "bb");
    static final Workload STRANGER = container(OTHER_POD, "cc");
    static final Workload SANDBOX = new Workload(Kind.POD, POD, null, ContainerRuntime.CONTAINERD, null);
    static final int HOST_ROOT = 1;
    static final int HOST_SERVICE = 10;
    static final int POD_CGROUP = 20;
    static final int IN_CONTAINER = 21;
    static final int IN_SIBLING = 22;
    static final int NESTED = 25;
    static final int IN_STRANGER = 31;

    final Map<Long, Workload> workloads = new HashMap<>(Map.of(
            1L,
            Workload.HOST,
            10L,
            Workload.HOST,
            20L,
            SANDBOX,
            21L,
            CONTAINER,
            22L,
            SIBLING,
            25L,
            CONTAINER,
            31L,
            STRANGER));
    final Map<String, Look> files = new HashMap<>();
    boolean filesReadable = true;
    HandlerLookup.@Nullable MissingHandler missingHandler;
    final List<Occurrence> occurrences = new ArrayList<>();
    final ProcessRegistry registry = new ProcessRegistry(1000, 10 * MS);
    final LifecycleTotals totals = new LifecycleTotals(100, 100);
    /** Through whom which program was inspected; what that showed. */
    final List<String> inspections = new ArrayList<>();

    @Nullable
    Inspection inspected;

    int canaries;
    int looks;
    long now = 1_000_000 * MS;
    final Diagnoser diagnoser;

    Story() {
        this(false);
    }

    Story(boolean reportNonZeroExits) {
        WorkloadLookup lookup = new WorkloadLookup() {
            @Override
            public Workload workload(CgroupRef cgroup) {
                return workload(cgroup.id());
            }

            @Override
            public Workload workload(long cgroupId) {
                return workloads.getOrDefault(cgroupId, Workload.UNKNOWN);
            }
        };
        diagnoser = new Diagnoser(
                new DiagnoserSettings(
                        777,
                        "/nonexistent/canary",
                        PAGE,
                        ElfFile.EM_X86_64,
                        reportNonZeroExits ? ReportedExits.NONZERO : ReportedExits.NONE),
                registry,
                lookup,
                (caller, path, offset) -> look(path, offset),
                (through, mountNamespace, path) -> inspect(through, path),
                (head, path) -> missingHandler,
                totals,
                occurrences::add,
                () -> canaries++);
    }

    private static Workload container(String pod, String id) {
        return new Workload(Kind.CONTAINER, pod, id.repeat(32), ContainerRuntime.CONTAINERD, null);
    }

    private @Nullable Inspection inspect(ProcessId through, String path) {
        inspections.add(through.tgid() + " " + path);
        return inspected;
    }

    private Look look(String path, long offset) {
        looks++;
        if (!filesReadable) {
            return new Unavailable("the process had ended already");
        }
        Look look = files.getOrDefault(path, new Missing(Errnos.ENOENT));
        if (offset == 0 || !(look instanceof Contents contents)) {
            return look;
        }
        int from = (int) Math.min(offset, contents.bytes().length);
        byte[] rest = Arrays.copyOfRange(contents.bytes(), from, contents.bytes().length);
        return new Contents(rest, contents.status());
    }

    /** Somebody in the story. */
    static final class Who {
        final int pid;
        final long start;
        final int cgroup;
        Who parent;
        int tid;
        int generation = 1;
        String comm;

        Who(int pid, long start, int cgroup, @Nullable Who parent, String comm) {
            this.pid = pid;
            this.tid = pid;
            this.start = start;
            this.cgroup = cgroup;
            this.parent = parent == null ? this : parent;
            this.comm = comm;
        }

        ProcessId id() {
            return new ProcessId(pid, start);
        }

        Who thread(int otherTid) {
            Who thread = new Who(pid, start, cgroup, parent, comm);
            thread.tid = otherTid;
            thread.generation = generation;
            return thread;
        }
    }

    /** Somebody whom no record has named yet. */
    Who unseen(int pid, int cgroup, String comm) {
        return new Who(pid, now - 500 * MS, cgroup, null, comm);
    }

    Who fork(Who parent, int pid, int cgroup) {
        Who child = new Who(pid, now + MS / 20, cgroup, parent, parent.comm);
        child.generation = parent.generation;
        tell(new ProcessForked(header(child), child.comm));
        return child;
    }

    Who run(int pid, int cgroup, String path) {
        Who process = fork(unseen(pid + 10_000, cgroup, "starter"), pid, cgroup);
        exec(process, path);
        return process;
    }

    void exec(Who who, String path) {
        who.generation++;
        String base = path.substring(path.lastIndexOf('/') + 1);
        who.comm = base.substring(0, Math.min(15, base.length()));
        tell(new ProcessExecuted(header(who), who.tid, 4026531841L, who.comm, path));
    }

    void execFails(Who who, int errno, String path) {
        execFails(who, errno, path, null, null);
    }

    void execFails(Who who, int errno, String path, byte @Nullable [] head, @Nullable String interpreter) {
        Header header = header(who);
        tell(new ExecFailed(
                header,
                header.bootNanos() - 20_000,
                errno,
                false,
                0,
                0,
                4026531841L,
                who.comm,
                path,
                interpreter,
                head));
    }

    void signal(Who from, Who to, int signal, int code) {
        signal(from, to, signal, code, FATAL);
    }

    void signal(Who from, Who to, int signal, int code, int action) {
        tell(new SignalGenerated(header(to), signal, code, action, true, actor(from), to.comm));
    }

    void deliver(Who to, int signal, int code, int trapErrorCode, long address) {
        deliver(to, signal, code, trapErrorCode, address, 0x7ffe0000, FaultPlace.UNKNOWN);
    }

    void deliver(Who to, int signal, int code, int trapErrorCode, long address, long stackPointer, FaultPlace place) {
        tell(new SignalDelivered(
                header(to), signal, code, trapErrorCode, address, 0x401136, stackPointer, to.comm, place, null));
    }

    /** A raised signal of a thread whose handler took a fault {@code beforeNanos} ago. */
    void deliverAfter(Who to, int signal, int handledSignal, int handledCode, long address, long beforeNanos) {
        Header header = header(to);
        HandledFault handled = new HandledFault(header.bootNanos() - beforeNanos, handledSignal, handledCode);
        tell(new SignalDelivered(
                header, signal, -6, 4, address, 0x401136, 0x7ffe0000, to.comm, FaultPlace.UNKNOWN, handled));
    }

    void mark(Who trigger, Who victim, long anonPages) {
        tell(new OomVictimMarked(
                header(victim), actor(trigger), false, true, anonPages, 10, 0, 0, 8192, 0, 0, 0, 100, victim.comm));
    }

    void markWithLimit(Who trigger, Who victim, long anonPages, long limitPages, long limitCgroup) {
        tell(new OomVictimMarked(
                header(victim),
                actor(trigger),
                true,
                true,
                anonPages,
                10,
                0,
                0,
                8192,
                limitPages,
                limitPages,
                limitCgroup,
                100,
                victim.comm));
    }

    void exit(Who who, int waitStatus) {
        exit(who, waitStatus, false, false);
    }

    void exit(Who who, int waitStatus, boolean oomVictim, boolean inExec) {
        tell(new ProcessExited(header(who), waitStatus, (waitStatus & 0x7f) != 0, oomVictim, inExec, 512, who.comm));
    }

    void makeCgroup(Who maker, int cgroup, int level, int parentCgroup) {
        CgroupRef ref = new CgroupRef(
                cgroup, 0, level, level - 1, List.of(new Level(parentCgroup, "parent"), new Level(cgroup, "made")));
        Header header = new Header(now += MS / 10, maker.id(), maker.tid, maker.generation, ref, maker.parent.id());
        tell(new CgroupChanged(header, CgroupChanged.Operation.MKDIR, "/made"));
    }

    void passes(long nanos) {
        now += nanos;
        diagnoser.onTick(now);
    }

    void tell(LifecycleEvent event) {
        diagnoser.onEvent(event);
    }

    Header header(Who who) {
        int level = who.cgroup == HOST_ROOT ? 0 : 2;
        return new Header(
                now += MS / 10,
                who.id(),
                who.tid,
                who.generation,
                new CgroupRef(who.cgroup, 0, level, 1, List.of()),
                who.parent == who ? new ProcessId(0, 0) : who.parent.id());
    }

    static Actor actor(Who who) {
        return new Actor(who.id(), who.tid, who.parent.pid, who.cgroup, who.comm);
    }

    List<Termination> terminations() {
        return all(Termination.class);
    }

    List<ExecFailure> execFailures() {
        return all(ExecFailure.class);
    }

    List<OomKill> oomKills() {
        return all(OomKill.class);
    }

    Termination termination() {
        return only(terminations());
    }

    ExecFailure execFailure() {
        return only(execFailures());
    }

    OomKill oomKill() {
        return only(oomKills());
    }

    LifecycleTotals.WorkloadTotals totals(Workload workload) {
        return only(totals.snapshot().workloads().stream()
                .filter(entry -> entry.workload().equals(workload))
                .toList());
    }

    private <T> List<T> all(Class<T> type) {
        return occurrences.stream().filter(type::isInstance).map(type::cast).toList();
    }

    private <T> T only(List<T> list) {
        if (list.size() != 1) {
            throw new AssertionError("expected exactly one, got " + list + " of " + occurrences);
        }
        return list.get(0);
    }
}
