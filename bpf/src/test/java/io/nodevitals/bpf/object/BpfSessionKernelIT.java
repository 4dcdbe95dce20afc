// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import io.nodevitals.bpf.event.Program;
import io.nodevitals.bpf.libbpf.Native;
import io.nodevitals.bpf.object.MappedCounters.Field;
import io.nodevitals.bpf.ring.RingPoller;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jnr.ffi.LibraryLoader;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Loads and attaches for real. */
@Timeout(120)
class BpfSessionKernelIT {
    private static Native natives;
    private static KernelObjects kernel;

    /** What only this test needs of libc. */
    public interface TestLibc {
        int open(String path, int flags);

        int dup2(int from, int to);
    }

    @BeforeAll
    static void requireBpf() {
        KernelTest.requireBpf();
        natives = Native.load();
        kernel = new KernelObjects(natives);
    }

    @Test
    void everyProbeIsAttachedAndEveryRefusalKeepsItsReason() {
        try (BpfSession session = BpfSession.open(natives, BpfSettings.defaults())) {
            assertThat(session.statuses().keySet()).containsExactlyElementsOf(ProbeCatalog.PROBES);
            assertThat(session.statuses()).allSatisfy((probe, status) -> {
                assertThat(status).as(status.sentence()).isInstanceOf(ProbeStatus.Attached.class);
                assertThat(status.rejected())
                        .allSatisfy(rejection -> assertThat(rejection.reason()).isNotBlank());
            });
            assertThat(session.checkLinks())
                    .hasSize(session.programIds().size())
                    .allSatisfy(BpfSessionKernelIT::assertAttached);
        }
    }

    @Test
    void withoutKprobesTheOomProbeFallsBackAndSaysWhy() {
        boolean kprobes = KernelFeatures.detect().kprobes().state() == KernelFeature.State.AVAILABLE;
        KernelTest.require(!kprobes, "this kernel has kprobes");
        try (BpfSession session = open(BpfSettings.defaults().withProbes(Set.of("oom")))) {
            ProbeStatus status = session.statuses().get("oom");
            assertThat(status)
                    .isInstanceOfSatisfying(
                            ProbeStatus.Attached.class,
                            attached -> assertThat(attached.method()).isEqualTo(AttachMethod.TP_BTF));
            assertThat(status.rejected()).anySatisfy(rejection -> {
                assertThat(rejection.method()).isEqualTo(AttachMethod.KPROBE);
                assertThat(rejection.kind()).isEqualTo(Rejection.Kind.UNSUPPORTED);
                assertThat(rejection.call()).isEqualTo("bpf_program__attach(oom__kprobe)");
                assertThat(rejection.reason()).startsWith("this kernel has no kprobes");
            });
        }
    }

    @Test
    void aForcedMethodIsTheOnlyOneTried() {
        BpfSettings settings = BpfSettings.defaults()
                .withProbes(Set.of("exit", "signal_generate"))
                .withPolicy(AttachPolicy.of(AttachMethod.TRACEPOINT));
        try (BpfSession session = open(settings)) {
            assertThat(session.statuses().get("exit"))
                    .isEqualTo(new ProbeStatus.Attached(
                            AttachMethod.TRACEPOINT, List.of("tracepoint/sched/sched_process_exit"), List.of()));
            assertThat(session.statuses().get("signal_generate"))
                    .isInstanceOfSatisfying(
                            ProbeStatus.Unsupported.class,
                            status -> assertThat(status.reason())
                                    .isEqualTo(
                                            "attach=tracepoint is asked for, and this probe offers only tp_btf, raw_tp"));
        }
    }

    @Test
    void eachCpuWritesItsOwnAccountOfTheRightProgram() throws Exception {
        try (BpfSession session = open(BpfSettings.defaults().withProbes(Set.of("exec")))) {
            long before = session.counters().total(Program.EXEC, Field.SEEN);

            runTrue(20);

            assertThat(session.counters().total(Program.EXEC, Field.SEEN) - before)
                    .isGreaterThanOrEqualTo(20);
            for (Program program : Program.values()) {
                if (program != Program.EXEC) {
                    assertThat(session.counters().total(program, Field.SEEN))
                            .as(program.label())
                            .isZero();
                }
            }
        }
    }

    @Test
    void recordsArriveInTheMappedRingAndTheConsumersPositionReachesTheKernel() throws Exception {
        BpfSettings settings = BpfSettings.defaults().withProbes(Set.of("exec")).withRings(4096, 4096);
        try (BpfSession session = open(settings)) {
            ByteBuffer producer = session.lifecycleRing().producerPage();
            assertThat(session.lifecycleRing().capacityBytes()).isEqualTo(4096);
            assertThat(session.lifecycleRing().data().capacity()).isEqualTo(2 * 4096);

            runTrue(10);
            long full = producer.getLong(0);
            assertThat(full).isPositive().isLessThanOrEqualTo(4096);
            assertThat(session.counters().total(Program.EXEC, Field.FOLDED))
                    .as("what found no room is in the folds")
                    .isPositive();
            assertThat(session.counters().total(Program.EXEC, Field.FAILED)).isZero();

            session.lifecycleRing().consumerPage().putLong(0, full);
            runTrue(1);
            assertThat(producer.getLong(0)).isGreaterThan(full);
            ByteBuffer data = session.lifecycleRing().data();
            assertThat(data.getLong(4096)).as("the data is mapped twice").isEqualTo(data.getLong(0));
        }
    }

    @Test
    void anIgnoredSignalIsCountedUnderItsCgroupAndCanBeForgotten() throws Exception {
        int signal = 41;
        int ignored = 3;
        try (BpfSession session = open(BpfSettings.defaults().withProbes(Set.of("signal_generate")))) {
            run("sh", "-c", "trap '' 41; for i in 1 2 3 4 5 6 7; do kill -41 $$; done");

            Map<Long, Long> counts = new HashMap<>();
            session.signalCounts().forEach((cgroup, number, action, count) -> {
                if (number == signal && action == ignored) {
                    counts.put(cgroup, count);
                }
            });
            assertThat(counts.values()).containsExactly(7L);
            long cgroup = counts.keySet().iterator().next();
            assertThat(cgroup).isNotZero();
            assertThat(session.signalCounts().remove(cgroup, signal, ignored)).isTrue();
            assertThat(session.signalCounts().remove(cgroup, signal, ignored)).isFalse();
        }
    }

    @Test
    void aProgramThatTheVerifierRefusesDisablesItsProbeAloneAndKeepsTheLog() {
        byte[] spoiled = ElfPatch.readUninitialisedRegister(ProbeCatalog.image("fork"), "?tp_btf/sched_process_fork");
        spoiled = ElfPatch.readUninitialisedRegister(spoiled, "?raw_tp/sched_process_fork");
        List<ProbeDefinition> definitions = List.of(ProbeDefinition.of("fork", spoiled), ProbeCatalog.load("exec"));

        try (BpfSession session = BpfSession.open(natives, BpfSettings.defaults(), definitions)) {
            assertThat(session.statuses().get("fork")).isInstanceOfSatisfying(ProbeStatus.Failed.class, failed -> {
                assertThat(failed.errno()).isEqualTo(13);
                assertThat(failed.rejected()).hasSize(2).allSatisfy(rejection -> {
                    assertThat(rejection.kind()).isEqualTo(Rejection.Kind.REJECTED);
                    assertThat(rejection.reason()).isEqualTo("the verifier says: R9 !read_ok");
                    assertThat(rejection.verifierLog()).contains("R9 !read_ok").contains("r0 = r9");
                });
            });
            assertThat(session.statuses().get("exec")).isInstanceOf(ProbeStatus.Attached.class);
        }
    }

    @Test
    void aTracepointThatTheKernelLacksIsUnsupported() {
        byte[] image = ElfPatch.replaceText(ProbeCatalog.image("fork"), "sched_process_fork", "sched_process_frok");

        try (BpfSession session =
                BpfSession.open(natives, BpfSettings.defaults(), List.of(ProbeDefinition.of("fork", image)))) {
            assertThat(session.statuses().get("fork")).isInstanceOfSatisfying(ProbeStatus.Unsupported.class, status -> {
                assertThat(status.reason())
                        .contains("this kernel's BTF has no tp_btf/sched_process_frok")
                        .contains("this kernel has no raw_tp/sched_process_frok");
            });
        }
    }

    @Test
    void aKnobThatNoProbeHasIsRefusedBeforeAnythingIsLoaded() {
        assertThatThrownBy(() -> open(BpfSettings.defaults().withConstants(Map.of("nv_root_levle", 2L))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("constant=nv_root_levle cannot be set");
    }

    @Test
    void aValueThatDoesNotFitItsKnobIsRefusedAndLeavesNothingOpen() throws IOException {
        BpfSettings settings = BpfSettings.defaults()
                .withProbes(Set.of("exec", "fork"))
                .withConstants(Map.of("nv_memory_hierarchy_v1", 300L));
        List<String> before = bpfDescriptors();

        assertThatThrownBy(() -> open(settings))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("constant=nv_memory_hierarchy_v1 value=300 does not fit bytes=1");

        assertThat(bpfDescriptors()).isEqualTo(before);
    }

    @Test
    void anAgentThatOpensAndClosesManyTimesLeaksNoDescriptor() throws IOException {
        List<String> before = bpfDescriptors();
        for (int i = 0; i < 3; i++) {
            try (BpfSession session = open(BpfSettings.defaults().withProbes(Set.of("oom", "exit")))) {
                assertThat(bpfDescriptors()).hasSizeGreaterThan(before.size());
                assertThat(session.statuses()).hasSize(2);
            }
        }
        assertThat(bpfDescriptors()).isEqualTo(before);
    }

    @Test
    void thePollerSeesTheRingThatHasARecordAndOnlyThatOne() throws Exception {
        try (BpfSession session = open(BpfSettings.defaults().withProbes(Set.of("exec")));
                RingPoller poller = new RingPoller(
                        natives,
                        session.memoryRing().fd(),
                        session.lifecycleRing().fd())) {
            runTrue(1);
            assertThat(poller.poll(60_000)).isEqualTo(0b10);
            assertThat(poller.wakeUps()).isEqualTo(1);
        }
    }

    @Test
    void aLostLinkIsReportedWithItsProbe() {
        TestLibc libc = LibraryLoader.create(TestLibc.class).load("libc.so.6");
        try (BpfSession session = open(BpfSettings.defaults().withProbes(Set.of("exec", "fork")))) {
            int devNull = natives.checkLibc("open", libc.open("/dev/null", 0));
            natives.checkLibc("dup2", libc.dup2(devNull, session.linkFds().get(0)));
            natives.libc().close(devNull);

            assertThat(session.checkLinks())
                    .extracting(LinkReport::probe, LinkReport::state)
                    .containsExactly(tuple("fork", LinkReport.State.LOST), tuple("exec", LinkReport.State.ATTACHED));
        }
    }

    @Test
    void closeLeavesNothingInTheKernelAndMayBeRepeated() {
        BpfSession session = BpfSession.open(natives, BpfSettings.defaults());
        List<Integer> programs = session.programIds();
        List<Integer> maps = kernel.mapsOf(programs);
        assertThat(kernel.livingPrograms(programs)).hasSize(programs.size());
        assertThat(maps).hasSizeGreaterThanOrEqualTo(5);

        session.close();
        session.close();

        assertThat(session.checkLinks()).isEmpty();
        // The kernel frees after a grace period.
        Awaitility.await().untilAsserted(() -> {
            assertThat(kernel.livingPrograms(programs)).isEmpty();
            assertThat(kernel.livingMaps(maps)).isEmpty();
        });
    }

    @Test
    void theCanaryFailsAsItMustAndIsSeen() {
        try (BpfSession session = open(BpfSettings.defaults().withProbes(Set.of("exec_failure")))) {
            long before = session.counters().total(Program.EXECVE, Field.SEEN);

            assertThat(new ExecCanary(natives).fire()).isEqualTo(2);

            assertThat(session.counters().total(Program.EXECVE, Field.SEEN)).isGreaterThan(before);
        }
    }

    private static void assertAttached(LinkReport link) {
        boolean perfEvent =
                link.program().endsWith("__tracepoint") || link.program().endsWith("__kprobe");
        // Before Linux 5.15 a program on a perf event has no link of its own; a distribution's kernel may have it
        // earlier.
        if (perfEvent && !KernelTest.isAtLeast(5, 15) && link.state() == LinkReport.State.UNKNOWN) {
            assertThat(link.reason()).isEqualTo("this kernel cannot be asked about perf events");
        } else {
            assertThat(link.state()).as(link.toString()).isEqualTo(LinkReport.State.ATTACHED);
        }
    }

    /** What this process holds of the kernel's BPF, sorted by kind. */
    private static List<String> bpfDescriptors() throws IOException {
        List<String> held = new ArrayList<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                if (Files.isSymbolicLink(descriptor)) {
                    String target = Files.readSymbolicLink(descriptor).toString();
                    if (target.startsWith("anon_inode:") && target.matches(".*(bpf|btf|perf_event).*")) {
                        held.add(target);
                    }
                }
            }
        }
        return held.stream().sorted().toList();
    }

    private static BpfSession open(BpfSettings settings) {
        return BpfSession.open(natives, settings);
    }

    private static void runTrue(int times) throws IOException, InterruptedException {
        for (int i = 0; i < times; i++) {
            run("true");
        }
    }

    private static void run(String... command) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }
}
