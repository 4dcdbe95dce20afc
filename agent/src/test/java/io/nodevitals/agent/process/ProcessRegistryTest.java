// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.process.LifecycleEvent.Header;
import io.nodevitals.agent.process.LifecycleEvent.ProcessExecuted;
import io.nodevitals.agent.process.LifecycleEvent.ProcessExited;
import io.nodevitals.agent.process.LifecycleEvent.ProcessForked;
import io.nodevitals.agent.process.LifecycleEvent.SignalDelivered;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProcessRegistryTest {
    private static final long TICK = 10_000_000L;
    private static final long NAMESPACE = 4026531841L;
    private static final ProcessId PARENT = new ProcessId(10, 5_000_000_123L);
    private static final ProcessId CHILD = new ProcessId(20, 9_000_000_456L);

    private final ProcessRegistry registry = new ProcessRegistry(100, TICK);
    private long now = 10_000_000_000L;

    @Test
    void anExecNamesTheProcessAndItsPlace() {
        TrackedProcess process = registry.apply(exec(PARENT, 3, "/usr/bin/java"));

        assertThat(process.name()).isEqualTo("java");
        assertThat(process.executablePath()).isEqualTo("/usr/bin/java");
        assertThat(process.execCount()).isEqualTo(1);
        assertThat(process.execBootNanos()).isEqualTo(now);
        assertThat(process.mountNamespace()).isEqualTo(NAMESPACE);
        assertThat(process.cgroup().id()).isEqualTo(7);
    }

    @Test
    void aForkRunsItsParentsProgram() {
        registry.apply(exec(PARENT, 3, "/usr/sbin/nginx"));
        TrackedProcess child = registry.apply(fork(CHILD, PARENT, 3));

        assertThat(child.executablePath()).isEqualTo("/usr/sbin/nginx");
        assertThat(child.execCount()).isZero();
        assertThat(child.execBootNanos()).isZero();
        assertThat(child.mountNamespace()).isEqualTo(NAMESPACE);
    }

    @Test
    void aForkOfAParentThatExecdUnseenIsCalledByItsComm() {
        registry.apply(exec(PARENT, 3, "/usr/sbin/nginx"));
        TrackedProcess child = registry.apply(fork(CHILD, PARENT, 4));

        assertThat(child.executablePath()).isNull();
        assertThat(child.name()).isEqualTo("comm");
    }

    @Test
    void aCensusBuriesWhoMustBeGoneAndAddsWhoIsNew() {
        ProcessId gone = new ProcessId(30, 9_000_000_000L);
        ProcessId unreadable = new ProcessId(31, 9_000_000_000L);
        ProcessId young = new ProcessId(32, 20_000_000_000L);
        ProcessId ended = new ProcessId(33, 9_000_000_789L);
        registry.apply(fork(CHILD, PARENT, 3));
        registry.apply(fork(gone, PARENT, 3));
        registry.apply(fork(unreadable, PARENT, 3));
        registry.apply(fork(young, PARENT, 3));
        registry.apply(fork(ended, PARENT, 3));
        registry.apply(exit(ended, 3));

        registry.reconcile(Census.of(
                15_000_000_000L, List.of(scanned(20, 900), scanned(33, 900), scanned(40, 1_200)), Set.of(31), TICK));

        assertThat(registry.find(CHILD).ended()).isFalse();
        assertThat(registry.find(gone).ended()).isTrue();
        assertThat(registry.find(gone).exitSeen()).isFalse();
        assertThat(registry.find(unreadable).ended()).isFalse();
        assertThat(registry.find(young).ended()).isFalse();
        assertThat(registry.find(ended).ended()).isTrue();
        assertThat(registry.find(new ProcessId(40, 12_000_000_000L)).name()).isEqualTo("new");
    }

    @Test
    void aCensusTellsTheHoldersOfOnePidApart() {
        registry.apply(fork(CHILD, PARENT, 3));
        registry.reconcile(Census.of(15_000_000_000L, List.of(scanned(20, 1_100)), Set.of(), TICK));

        assertThat(registry.find(CHILD).ended()).isTrue();
        assertThat(registry.find(new ProcessId(20, 11_000_000_000L)).ended()).isFalse();
    }

    private static ScannedProcess scanned(int tgid, long startTicks) {
        return new ScannedProcess(new ProcStat(tgid, "new", 1, startTicks, 0), "/bin/new", NAMESPACE);
    }

    @Test
    void aMissedExecNeverKeepsTheOldName() {
        registry.apply(exec(PARENT, 3, "/bin/sh"));
        TrackedProcess process = registry.apply(signal(PARENT, 4, 10, "python"));

        assertThat(process.executablePath()).isNull();
        assertThat(process.execBootNanos()).isZero();
        assertThat(process.name()).isEqualTo("python");
    }

    @Test
    void aThreadsNameIsNotTheNameOfItsProcess() {
        registry.apply(fork(CHILD, PARENT, 3));
        assertThat(registry.apply(signal(CHILD, 3, 21, "GC Thread#0")).comm()).isEqualTo("comm");
        assertThat(registry.apply(signal(CHILD, 3, 20, "main")).comm()).isEqualTo("main");
    }

    @Test
    void namesThatSayNothingGiveWayToTheComm() {
        TrackedProcess process = registry.apply(exec(PARENT, 3, "/proc/self/fd/6"));

        assertThat(process.name()).isEqualTo("comm");
        assertThat(process.executablePath()).isEqualTo("/proc/self/fd/6");
    }

    @Test
    void aReusedPidIsAnotherProcessAndTheFirstIsStillFound() {
        registry.apply(exec(PARENT, 3, "/bin/first"));
        registry.apply(exit(PARENT, 3));
        ProcessId second = new ProcessId(10, 9_999_999_999L);
        registry.apply(exec(second, 1, "/bin/second"));

        assertThat(registry.find(PARENT).name()).isEqualTo("first");
        assertThat(registry.find(PARENT).exitSeen()).isTrue();
        assertThat(registry.find(second).name()).isEqualTo("second");
        assertThat(registry.find(new ProcessId(10, 0)).name()).isEqualTo("second");
    }

    @Test
    void aLateRecordOfAForgottenHolderDoesNotReplaceTheLiving() {
        ProcessId second = new ProcessId(10, 9_999_999_999L);
        registry.apply(exec(second, 1, "/bin/second"));
        TrackedProcess late = registry.apply(signal(PARENT, 3, 10, "first"));

        assertThat(late.ended()).isTrue();
        assertThat(registry.find(new ProcessId(10, 0)).id()).isEqualTo(second);
    }

    @Test
    void aMissedExitIsNoticedWhenThePidIsReused() {
        registry.apply(exec(PARENT, 3, "/bin/first"));
        registry.apply(exec(new ProcessId(10, 9_999_999_999L), 1, "/bin/second"));

        assertThat(registry.find(PARENT).ended()).isTrue();
        assertThat(registry.find(PARENT).exitSeen()).isFalse();
        assertThat(registry.liveInMountNamespace(NAMESPACE, 5)).hasSize(1);
    }

    @Test
    void theDeadAreKeptAMinute() {
        registry.apply(exec(PARENT, 3, "/bin/first"));
        registry.apply(exit(PARENT, 3));
        registry.expire(now + ProcessRegistry.TOMBSTONE_NANOS);
        assertThat(registry.find(PARENT)).isNotNull();
        registry.expire(now + ProcessRegistry.TOMBSTONE_NANOS + 1);
        assertThat(registry.find(PARENT)).isNull();
        assertThat(registry.size()).isZero();
    }

    @Test
    void aFullRegistryForgetsTheDeadFirstThenWhoWasLongestUnnamed() {
        ProcessRegistry small = new ProcessRegistry(3, TICK);
        small.apply(fork(id(1), PARENT, 1));
        small.apply(fork(id(2), PARENT, 1));
        small.apply(fork(id(3), PARENT, 1));
        small.apply(exit(id(2), 1));
        small.apply(fork(id(4), PARENT, 1));
        assertThat(small.find(id(2))).isNull();

        small.apply(signal(id(1), 1, 1, "busy"));
        small.apply(fork(id(5), PARENT, 1));
        assertThat(small.find(id(3))).isNull();
        assertThat(small.find(id(1))).isNotNull();
        assertThat(small.size()).isEqualTo(3);
    }

    @Test
    void aScannedProcessIsTheOneThatRecordsNameExactly() {
        registry.addScanned(List.of(
                new ScannedProcess(new ProcStat(10, "sh", 1, 500, 0), "/bin/sh", NAMESPACE),
                new ScannedProcess(new ProcStat(1, "init", 0, 0, 0), "/sbin/init", NAMESPACE)));
        assertThat(registry.find(PARENT).executablePath()).isEqualTo("/bin/sh");
        assertThat(registry.find(new ProcessId(10, 5_010_000_000L))).isNull();

        TrackedProcess named = registry.apply(signal(PARENT, 3, 10, "sh"));
        assertThat(named.executablePath())
                .as("the first generation seen is the scan's")
                .isEqualTo("/bin/sh");
        assertThat(named.id()).isEqualTo(PARENT);
        assertThat(registry.apply(signal(PARENT, 4, 10, "perl")).executablePath())
                .isNull();
    }

    @Test
    void aScanDoesNotOverwriteWhatRecordsTold() {
        registry.apply(exec(PARENT, 3, "/bin/told"));
        registry.addScanned(List.of(new ScannedProcess(new ProcStat(10, "sh", 1, 500, 0), "/bin/scanned", 1)));

        assertThat(registry.find(PARENT).executablePath()).isEqualTo("/bin/told");
        assertThat(registry.size()).isEqualTo(1);
    }

    @Test
    void livingProcessesOfAMountNamespaceFollowExecAndExit() {
        registry.apply(exec(PARENT, 3, "/bin/a"));
        registry.apply(fork(CHILD, PARENT, 3));
        assertThat(registry.liveInMountNamespace(NAMESPACE, 5))
                .extracting(TrackedProcess::id)
                .containsExactly(PARENT, CHILD);
        assertThat(registry.liveInMountNamespace(NAMESPACE, 1)).hasSize(1);

        registry.apply(exit(PARENT, 3));
        assertThat(registry.liveInMountNamespace(NAMESPACE, 5))
                .extracting(TrackedProcess::id)
                .containsExactly(CHILD);
        assertThat(registry.liveInMountNamespace(1, 5)).isEmpty();
    }

    @Test
    void processesOfACgroupShareItsNames() {
        TrackedProcess first = registry.apply(exec(PARENT, 3, "/bin/a"));
        TrackedProcess second = registry.apply(fork(CHILD, PARENT, 3));

        assertThat(second.cgroup()).isSameAs(first.cgroup());
    }

    @Test
    void aRecordWithTheCgroupsIdAloneKeepsItsKnownAncestors() {
        CgroupRef full = new CgroupRef(7, 0, 1, 1, List.of(new CgroupRef.Level(7, "leaf")));
        registry.apply(new ProcessForked(header(CHILD, 3, 20, full, PARENT), "comm"));
        TrackedProcess process = registry.apply(signal(CHILD, 3, 20, "comm"));

        assertThat(process.cgroup()).isEqualTo(full);
    }

    private ProcessForked fork(ProcessId child, ProcessId parent, int generation) {
        return new ProcessForked(header(child, generation, child.tgid(), CgroupRef.ofId(7, 0), parent), "comm");
    }

    private ProcessExecuted exec(ProcessId process, int generation, String path) {
        return new ProcessExecuted(
                header(process, generation, process.tgid(), CgroupRef.ofId(7, 0), new ProcessId(1, 1)),
                process.tgid(),
                NAMESPACE,
                "comm",
                path);
    }

    private ProcessExited exit(ProcessId process, int generation) {
        return new ProcessExited(
                header(process, generation, process.tgid(), CgroupRef.ofId(7, 0), new ProcessId(1, 1)),
                0,
                false,
                false,
                false,
                0,
                "comm");
    }

    private SignalDelivered signal(ProcessId process, int generation, int tid, String comm) {
        return new SignalDelivered(
                header(process, generation, tid, CgroupRef.ofId(7, 0), new ProcessId(1, 1)),
                11,
                1,
                0,
                0,
                0,
                0,
                comm,
                FaultPlace.UNKNOWN,
                null);
    }

    private Header header(ProcessId process, int generation, int tid, CgroupRef cgroup, ProcessId parent) {
        return new Header(++now, process, tid, generation, cgroup, parent);
    }

    private static ProcessId id(int tgid) {
        return new ProcessId(tgid, 1_000_000_000L + tgid);
    }
}
