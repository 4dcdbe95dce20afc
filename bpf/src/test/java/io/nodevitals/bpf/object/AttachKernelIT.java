// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.bpf.event.Program;
import io.nodevitals.bpf.libbpf.Native;
import io.nodevitals.bpf.object.ProbeStatus.Attached;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** By which method the syscall probes attach, what that costs others, and what the kernel can say of the calls it skipped. */
@Timeout(120)
class AttachKernelIT {
    private static final Set<String> SYSCALL_PROBES = Set.of("exec_failure", "mmap", "munmap", "mremap", "brk");
    /** Of these, those with a function that 5.10 refuses: __x64_sys_execveat, __x64_sys_mremap. */
    private static final Set<String> REFUSED_BY_5_10 = Set.of("exec_failure", "mremap");

    private static final Set<AttachMethod> HOOKS = EnumSet.of(AttachMethod.FEXIT, AttachMethod.KPROBE_MULTI);

    private static Native natives;

    @BeforeAll
    static void requireBpf() {
        KernelTest.requireBpf();
        natives = Native.load();
    }

    @Test
    void whereAFunctionCanBeHookedNoSyscallTracepointIsEnabled() throws IOException {
        try (BpfSession session = open(AttachPolicy.auto(), SYSCALL_PROBES)) {
            ProbeStatus mmap = session.statuses().get("mmap");
            KernelTest.require(
                    HOOKS.contains(methodOf(mmap)),
                    "this kernel has neither fexit nor function graph hooks to offer: mmap is " + mmap.sentence());
            SortedSet<String> otherwise = new TreeSet<>();
            session.statuses().forEach((probe, status) -> {
                if (!HOOKS.contains(methodOf(status))) {
                    otherwise.add(probe);
                    assertThat(status.rejected()).as(probe).first().satisfies(rejection -> {
                        assertThat(rejection.method()).isEqualTo(AttachMethod.FEXIT);
                        assertThat(rejection.reason()).isNotBlank();
                    });
                }
            });

            if (KernelTest.isAtLeast(5, 11)) {
                assertThat(otherwise).isEmpty();
                assertThat(new PerfEvents(natives).tracepoints()).isEmpty();
            } else {
                assertThat(otherwise).isEqualTo(REFUSED_BY_5_10);
                assertThat(new PerfEvents(natives).tracepoints())
                        .containsExactly(
                                "sys_enter_execve",
                                "sys_enter_execveat",
                                "sys_exit_execve",
                                "sys_exit_execveat",
                                "sys_exit_mremap");
            }
        }
    }

    @Test
    void theKernelNamesTheSyscallTracepointsThatAreEnabled() throws IOException {
        try (BpfSession session = open(AttachPolicy.of(AttachMethod.TRACEPOINT), Set.of("mmap", "brk"))) {
            assertThat(session.statuses().values())
                    .allSatisfy(status -> assertThat(methodOf(status)).isEqualTo(AttachMethod.TRACEPOINT));
            assertThat(new PerfEvents(natives).tracepoints())
                    .containsExactly("sys_enter_brk", "sys_exit_brk", "sys_exit_mmap");
        }
    }

    @Test
    void kretprobesComeLastAndWorkWhereThereAreKprobes() {
        boolean kprobes = KernelFeatures.detect().kprobes().state() == KernelFeature.State.AVAILABLE;
        KernelTest.require(kprobes, "this kernel has no kprobes");
        try (BpfSession session = open(AttachPolicy.of(AttachMethod.KRETPROBE), SYSCALL_PROBES)) {
            assertThat(session.statuses().values())
                    .allSatisfy(status ->
                            assertThat(methodOf(status)).as(status.sentence()).isEqualTo(AttachMethod.KRETPROBE));
        }
    }

    @Test
    void whereTheKernelPreemptsItselfAutoTakesTheFunctionGraph() {
        KernelFeatures kernel = KernelFeatures.detect();
        KernelTest.require(
                kernel.graphReturns().state() == KernelFeature.State.AVAILABLE,
                kernel.graphReturns().reason());
        KernelTest.require(
                kernel.nonPreemptive().state() != KernelFeature.State.AVAILABLE,
                kernel.nonPreemptive().reason());
        try (BpfSession session = open(AttachPolicy.auto(), SYSCALL_PROBES)) {
            assertThat(session.statuses().values()).allSatisfy(status -> {
                assertThat(methodOf(status)).as(status.sentence()).isEqualTo(AttachMethod.KPROBE_MULTI);
                assertThat(status.rejected()).singleElement().satisfies(rejection -> {
                    assertThat(rejection.kind()).isEqualTo(Rejection.Kind.PASSED_OVER);
                    assertThat(rejection.reason())
                            .startsWith(kernel.nonPreemptive().reason());
                });
            });
        }
    }

    @Test
    void aMethodThatIsNeverSkippedOrWhoseMissesAreCountedKnowsItsMisses() {
        try (BpfSession session =
                open(AttachPolicy.of(AttachMethod.FEXIT, AttachMethod.TP_BTF), Set.of("exit", "mmap"))) {
            Map<Program, OptionalLong> missed = session.missed();
            assertThat(missed.get(Program.EXIT)).hasValue(0);
            boolean fexit = session.statuses().get("mmap") instanceof Attached;
            assertThat(missed.containsKey(Program.MMAP)).isEqualTo(fexit);
            if (fexit) {
                assertThat(missed.get(Program.MMAP)).isPresent();
            }
        }
    }

    @Test
    void missesOfPerfEventsAreUnknownUntilTheKernelCountsThem() {
        List<AttachMethod> methods =
                List.of(AttachMethod.TRACEPOINT, AttachMethod.KRETPROBE, AttachMethod.KPROBE_MULTI);
        for (AttachMethod method : methods) {
            try (BpfSession session = open(AttachPolicy.of(method), Set.of("mmap", "brk"))) {
                session.missed()
                        .forEach((program, missed) -> assertThat(missed.isPresent())
                                .as(program + " by " + method)
                                .isEqualTo(KernelTest.isAtLeast(6, 7)));
                assertThat(session.missed().keySet())
                        .isEqualTo(
                                session.statuses().get("mmap") instanceof Attached
                                        ? Set.of(Program.MMAP, Program.BRK_ENTER, Program.BRK)
                                        : Set.of());
            }
        }
    }

    private static AttachMethod methodOf(ProbeStatus status) {
        assertThat(status).as(status.sentence()).isInstanceOf(Attached.class);
        return ((Attached) status).method();
    }

    private static BpfSession open(AttachPolicy policy, Set<String> probes) {
        return BpfSession.open(
                natives, BpfSettings.defaults().withPolicy(policy).withProbes(probes));
    }
}
