// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.kernel.Received.Item;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One process that does one thing as fast as it can: every one is counted, and the agent stays ready and within its memory. */
@Timeout(600)
class StormKernelIT {
    private static final int MANY = Storm.scaled(200_000);
    private static final int FEWER = Storm.scaled(20_000);
    /** What the whole agent may ever have resident, in KiB: what the DaemonSet requests for it. The budget is for scripts/bench. */
    private static final long MEMORY_KIB = 160 << 10;

    private static final Path PID_MAX = Path.of("/proc/sys/kernel/pid_max");

    private String podUid;
    private TestCgroup cgroup;
    private ExportingAgent agent;
    private Received pod;

    @BeforeAll
    static void require() {
        AgentUnderTest.require();
    }

    @BeforeEach
    void startAgent() throws Exception {
        podUid = UUID.randomUUID().toString();
        cgroup = TestCgroup.burstable(podUid, podUid.replace("-", "").repeat(2));
        agent = new ExportingAgent(Map.of());
        pod = agent.of(podUid);
    }

    @AfterEach
    void stopAgent() throws Exception {
        if (agent != null) {
            agent.close();
        }
        cgroup.close();
    }

    @Test
    void execsOfAMissingFile() throws Exception {
        Storm.run(cgroup, "exec", MANY, "/no/such/program");

        assertCounted(MANY, "failed execs", () -> total("nodevitals.exec.failures"));
    }

    @Test
    void signalsThatAreIgnored() throws Exception {
        Storm.run(cgroup, "ignore", MANY);

        assertCounted(
                MANY,
                "ignored signals",
                () -> pod.sum(
                        "nodevitals.signals", "nodevitals.signal", "SIGUSR2", "nodevitals.signal.action", "ignored"));
    }

    @Test
    void mapsAndUnmaps() throws Exception {
        Storm.run(cgroup, "map", MANY, "8192");

        assertCounted(8192L * MANY, "bytes unmapped", () -> pod.sum("nodevitals.munmap.bytes"));
        assertThat(pod.sum("nodevitals.mmap.bytes", "nodevitals.memory.kind", "anon"))
                .isEqualTo(8192L * MANY);
    }

    /** The ids of cgroups are used again on version 1: what dies afterwards is its own pod's all the same. */
    @Test
    void cgroupsThatComeAndGo() throws Exception {
        Path child = Path.of(cgroup.procs()).resolveSibling("storm");
        Storm.run(cgroup, "cgroups", FEWER, child.toString());
        Victim.Ended victim = Victim.run(cgroup, "segv");

        agent.receiver()
                .await("the death after the storm", receiver -> !pod.events().isEmpty());
        assertThat(pod.events())
                .singleElement()
                .satisfies(event ->
                        assertThat(event.attributes()).containsEntry("process.pid", Long.toString(victim.pid())));
        assertWell();
    }

    @Test
    void childrenThatLeaveAtOnceWhosePidsAreUsedAgain() throws Exception {
        boolean machineIsOurs = System.getenv("NODEVITALS_VM_KERNEL") != null;
        String pidMax = firstLine(PID_MAX);
        if (machineIsOurs) {
            // Each pid a dozen times over.
            Files.writeString(PID_MAX, "2000");
        } else {
            System.out.println("StormKernelIT: pid_max stays " + pidMax + ": other processes of this machine share it");
        }
        try {
            Storm.run(cgroup, "forks", FEWER);
        } finally {
            if (machineIsOurs) {
                Files.writeString(PID_MAX, pidMax);
            }
        }

        assertCounted(
                FEWER,
                "exits with code 7",
                () -> pod.sums("nodevitals.terminations").entrySet().stream()
                        .filter(series -> "7".equals(series.getKey().get("process.exit.code")))
                        .mapToLong(Map.Entry::getValue)
                        .sum());
    }

    /** Of a clock that is set back while processes die, no event takes a negative time. */
    @Test
    void deathsWhileTheClockIsSetBack() throws Exception {
        Assumptions.assumeTrue(
                System.getenv("NODEVITALS_VM_KERNEL") != null,
                "SKIPPED clock step: the clock of this machine is not the test's to set");
        try (Victim victim = Victim.start(cgroup, "wait")) {
            victim.awaitReady();
            Instant before = Instant.now();
            assertThat(setClock(before.minusSeconds(3600))).isZero();
            victim.kill();
            victim.await();
            agent.receiver().await("the death", receiver -> !pod.spans().isEmpty());
        }
        for (Item span : pod.spans()) {
            assertThat(spanNanos(span.spanId())).as(span.toString()).isNotNegative();
        }
        assertWell();
    }

    private long spanNanos(String spanId) {
        return agent.receiver().resourceSpans().stream()
                .flatMap(spans -> spans.getScopeSpansList().stream())
                .flatMap(scope -> scope.getSpansList().stream())
                .filter(span -> spanId.equals(
                        java.util.HexFormat.of().formatHex(span.getSpanId().toByteArray())))
                .mapToLong(span -> span.getEndTimeUnixNano() - span.getStartTimeUnixNano())
                .min()
                .orElseThrow();
    }

    private static int setClock(Instant to) throws Exception {
        return new ProcessBuilder(List.of("date", "-s", "@" + to.getEpochSecond()))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    /** In one read: a number below /proc/sys ends after the first, and Files.readString begins with one byte. */
    private static String firstLine(Path file) throws Exception {
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            return reader.readLine();
        }
    }

    private long total(String metric) {
        return pod.sums(metric).values().stream().mapToLong(Long::longValue).sum();
    }

    private void assertCounted(long expected, String what, LongSupplier counts) throws Exception {
        agent.receiver().await(expected + " " + what, receiver -> counts.getAsLong() >= expected);
        assertThat(counts.getAsLong()).as(what).isEqualTo(expected);
        assertWell();
    }

    private void assertWell() throws Exception {
        AgentProcess.Page ready = agent.process().get("/readyz");
        assertThat(ready.status()).as(ready.body()).isEqualTo(200);
        String most = Files.readAllLines(Path.of("/proc/" + agent.process().pid() + "/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .findFirst()
                .orElseThrow();
        assertThat(Long.parseLong(most.replaceAll("\\D", ""))).as(most).isLessThan(MEMORY_KIB);
        agent.assertNothingLost();
    }
}
