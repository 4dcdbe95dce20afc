// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * One traced event interrupts another: a timer's signals come while the programs of mmap, munmap and execve run on that CPU. What is
 * attached through a perf event is then skipped by the kernel (bpf_prog_active); a raw or BTF tracepoint is not.
 */
@Timeout(600)
class RecursionKernelIT {
    private static final int SIGNALS = Storm.scaled(40_000);
    // An emulated machine would do nothing but handle signals.
    private static final String MICROSECONDS = SIGNALS == 40_000 ? "100" : "2000";
    private static final List<String> UNSKIPPED = List.of("tp_btf", "raw_tp", "fentry", "fexit");

    private static ExportingAgent agent;
    private static TestCgroup cgroup;
    private static Received pod;
    private static Map<String, Long> truth;

    @BeforeAll
    static void interruptTracedCalls() throws Exception {
        AgentUnderTest.require();
        String uid = UUID.randomUUID().toString();
        cgroup = TestCgroup.burstable(uid, uid.replace("-", "").repeat(2));
        agent = new ExportingAgent(Map.of());
        pod = agent.of(uid);
        truth = Storm.run(cgroup, "timer", SIGNALS, MICROSECONDS, "/no/such/program");
        assertThat(truth.get("signal")).isGreaterThanOrEqualTo(SIGNALS);
        // What comes after the storm tells that all before it has arrived.
        Storm.run(cgroup, "ignore", 1);
        agent.receiver()
                .await(
                        "the signal after the storm",
                        receiver -> pod.sum(
                                        "nodevitals.signals",
                                        "nodevitals.signal",
                                        "SIGUSR2",
                                        "nodevitals.signal.action",
                                        "ignored")
                                == 1);
    }

    @AfterAll
    static void stop() throws Exception {
        if (agent != null) {
            agent.close();
        }
        if (cgroup != null) {
            cgroup.close();
        }
    }

    /**
     * What is handled is no promise: the machine's own 6.18 does not run the program for about one timer signal in 80,000, though its
     * tracepoint fires and the kernel reports no miss (docs/privileges-and-kernels.md). More than one in 2,000 would be another matter.
     */
    @Test
    void theSignalsThatTheProgramHandledAreCounted() throws Exception {
        long happened = truth.get("signal");
        LongSupplier counts = () ->
                pod.sum("nodevitals.signals", "nodevitals.signal", "SIGALRM", "nodevitals.signal.action", "handled");

        agent.receiver()
                .await(
                        happened + " signals but for one in 2,000",
                        receiver -> counts.getAsLong() >= happened - happened / 2_000);
        System.out.println("RecursionKernelIT: signal_generate by " + agent.method("signal_generate") + ": happened="
                + happened + " counted=" + counts.getAsLong());
        assertThat(counts.getAsLong()).isLessThanOrEqualTo(happened);
    }

    @Test
    void everyInterruptedMmapIsCountedInItsBytes() throws Exception {
        String[] anon = {"nodevitals.memory.kind", "anon"};

        assertSeen(
                "mmap",
                truth.get("mmap"),
                () -> pod.histogram("nodevitals.mmap.size", anon).getCount());
        assertSeen("mmap", truth.get("mmap"), () -> pod.sum("nodevitals.mmap.bytes", anon) / 4096);
    }

    @Test
    void everyInterruptedMunmapIsCounted() throws Exception {
        assertSeen("munmap", truth.get("mmap"), () -> pod.sum("nodevitals.munmap.bytes") / 4096);
    }

    @Test
    void everyInterruptedExecThatFailedIsCounted() throws Exception {
        assertSeen(
                "exec_failure",
                truth.get("execve"),
                () -> pod.sums("nodevitals.exec.failures").values().stream()
                        .mapToLong(Long::longValue)
                        .sum());
    }

    @Test
    void theAccountsBalanceOverWhatTheProgramsSaw() throws Exception {
        agent.assertNothingLost();
    }

    /** Exact, unless the kernel may have skipped the program: then no more is missing than is known to be, or nobody can know. */
    private static void assertSeen(String probe, long happened, LongSupplier counts) throws Exception {
        String method = agent.method(probe);
        Long missed = agent.missed(probe);
        boolean exact = UNSKIPPED.contains(method) || (missed != null && missed == 0);
        if (exact) {
            try {
                agent.receiver().await(happened + " times " + probe, receiver -> counts.getAsLong() >= happened);
            } catch (AssertionError late) {
                throw new AssertionError(
                        probe + " by " + method + " counted=" + counts.getAsLong() + ", of all signals "
                                + pod.sums("nodevitals.signals"),
                        late);
            }
        } else {
            Awaitility.await().until(() -> counts.getAsLong() > 0);
        }
        long counted = counts.getAsLong();
        String account = probe + " by " + method + ": happened=" + happened + " counted=" + counted + " missed="
                + (missed == null ? "unknown" : missed);
        System.out.println("RecursionKernelIT: " + account);
        assertThat(counted)
                .as(account)
                .isLessThanOrEqualTo(happened)
                .isGreaterThanOrEqualTo(exact ? happened : missed == null ? 1 : happened - missed);
    }
}
