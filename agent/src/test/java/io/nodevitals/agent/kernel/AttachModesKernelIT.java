// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.config.Setting;
import io.nodevitals.agent.source.AgentStatus;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the methods of attaching differ in: the calls of 32-bit programs, and calls that the kernel skips. */
class AttachModesKernelIT {
    private static final int CONTENDERS = 16;
    private static final int CALLS_EACH = 500;

    private static AgentUnderTest agent;

    private final String podUid = UUID.randomUUID().toString();

    @BeforeAll
    static void startAgent() throws Exception {
        AgentUnderTest.require();
        agent = new AgentUnderTest(Map.of(Setting.MEMORY_RING_SIZE, "8MiB"));
    }

    @AfterAll
    static void stopAgent() {
        if (agent != null) {
            agent.close();
        }
    }

    @Test
    void callsOf32BitProgramsCountLikeOthers() throws Exception {
        Assumptions.assumeTrue(
                sees32Bit("mmap"), "calls of 32-bit programs are not seen by this method: " + probe("mmap"));
        Received pod = agent.of(podUid);
        try (TestCgroup cgroup = container(podUid)) {
            Victim.Ended victim = Victim.run(cgroup, "compat");
            Assumptions.assumeTrue(victim.exitCode() != 96, "this kernel runs no 32-bit programs");
            assertThat(victim.exitCode()).isEqualTo(2);

            agent.receiver().await("the unmapped pages", receiver -> pod.sum("nodevitals.munmap.bytes") == 6 * 4096);
            agent.receiver()
                    .await(
                            "the heap as it was",
                            receiver -> pod.sum("nodevitals.brk.bytes", "nodevitals.direction", "shrink") == 2 * 4096);
            assertThat(pod.sum("nodevitals.brk.bytes", "nodevitals.direction", "grow"))
                    .isEqualTo(2 * 4096);
            // One page by a 64-bit call, three by the old call, five by the new one.
            assertThat(pod.sum("nodevitals.mmap.bytes", "nodevitals.memory.kind", "anon"))
                    .isEqualTo(9 * 4096);
            // 5.10 has no fexit for these two.
            if (sees32Bit("mremap")) {
                String[] failure = {"nodevitals.memory.call", "mremap", "error.type", "EFAULT"};
                assertThat(pod.sum("nodevitals.memory.failures", failure)).isEqualTo(1);
            }
            if (sees32Bit("exec_failure")) {
                assertExecFailure(pod);
            }
        }
    }

    private static void assertExecFailure(Received pod) {
        agent.receiver().await("the failed exec", receiver -> pod.events().size() == 1);
        String[] failure = {"error.type", "ENOENT", "nodevitals.exec.cause", "file_missing"};
        agent.receiver()
                .await("the failed exec's count", receiver -> pod.sum("nodevitals.exec.failures", failure) == 1);
        assertThat(pod.events().get(0).attributes()).containsEntry("nodevitals.exec.file", "/no/such/32-bit/program");
    }

    private static boolean sees32Bit(String probe) {
        return probe(probe).attachPoints().stream().anyMatch(point -> point.contains("__ia32_"));
    }

    /** Calls that wait for each other inside the kernel use up kretprobes, and let programs of fexit interrupt each other. */
    @Test
    void whatIsNotCountedIsReportedAsMissed() throws Exception {
        Received pod = agent.of(podUid);
        String lastUid = UUID.randomUUID().toString();
        Received after = agent.of(lastUid);
        Long missedBefore = missed("mmap");
        try (TestCgroup cgroup = container(podUid);
                TestCgroup last = container(lastUid)) {
            assertThat(Victim.run(cgroup, "contended", Integer.toString(CALLS_EACH))
                            .exitCode())
                    .isZero();
            // The ring keeps the order: when this one is there, so are those before it.
            Victim.run(last, "map", "100", "4096");
            agent.receiver().await("the last pod's mmaps", receiver -> mmaps(after) > 0);
        }
        long lost = (long) CONTENDERS * CALLS_EACH - mmaps(pod);
        Long missedAfter = missed("mmap");
        String seen = "by " + agent.attachedBy("mmap") + ": lost=" + lost + " missed=" + missedAfter;
        // A number to read in a soak's log: how much it is depends on the kernel's preemption and on how busy it is.
        System.out.println("    of " + CONTENDERS * CALLS_EACH + " contended mmaps, " + seen);
        assertThat(lost).as(seen).isNotNegative();
        if (missedBefore == null || missedAfter == null) {
            assertThat(missedAfter).as(seen).isEqualTo(missedBefore);
            return;
        }
        // Of other processes some may have been missed too.
        assertThat(missedAfter - missedBefore).as(seen).isGreaterThanOrEqualTo(lost);
        if ("kretprobe".equals(agent.attachedBy("mmap"))) {
            assertThat(lost).as(seen).isPositive();
        }
    }

    private static TestCgroup container(String podUid) throws Exception {
        return TestCgroup.burstable(podUid, podUid.replace("-", "").repeat(2));
    }

    private static AgentStatus.Probe probe(String name) {
        return agent.status().probes().stream()
                .filter(probe -> probe.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static @Nullable Long missed(String program) {
        return agent.status().programs().stream()
                .filter(account -> account.name().equals(program))
                .findFirst()
                .orElseThrow()
                .missed();
    }

    private static long mmaps(Received pod) {
        return pod.histogram("nodevitals.mmap.size", "nodevitals.memory.kind", "anon")
                .getCount();
    }
}
