// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.config.Setting;
import io.nodevitals.agent.source.AgentStatus;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One workload's storm, or an agent that stands still, costs details but no count, and nobody else anything. */
class LifecycleFoldKernelIT {
    private static final int STORM = 1_000;
    private static final int CGROUPS = 20_000;
    private static final int OOM_KILLS = 20;
    private static final int SIGCONT = 18;
    private static final int SIGSTOP = 19;
    private static final List<String> LIFECYCLE_PROGRAMS =
            List.of("fork", "exec", "execve", "exit", "signal_generate", "signal_deliver", "oom", "cgroup_mkdir");
    private static final long OOM_LIMIT = 4 << 20;
    private static final long PATIENCE_SECONDS = 60L * Integer.getInteger("nodevitals.test.patience", 1);

    @BeforeAll
    static void require() {
        AgentUnderTest.require();
    }

    @Test
    void aStormAboveItsBudgetCountsExactlyAndTakesNobodyElsesRecords() throws Exception {
        Pod storming = new Pod();
        Pod other = new Pod();
        try (AgentUnderTest agent = new AgentUnderTest(Map.of(Setting.LIFECYCLE_BUDGET, "50"));
                TestCgroup stormingCgroup = storming.cgroup();
                TestCgroup otherCgroup = other.cgroup();
                Victim storm = Victim.start(stormingCgroup, "fail", Integer.toString(STORM))) {
            Victim.run(otherCgroup, "segv");
            Victim.run(otherCgroup, "start", "/no/such/other");
            otherCgroup.limitMemory(OOM_LIMIT);
            Victim.run(otherCgroup, "eat", Long.toString(4 * OOM_LIMIT));
            assertThat(storm.await().exitCode()).isZero();

            Received others = agent.of(other.uid);
            agent.receiver()
                    .await(
                            "the other pod's four events",
                            receiver -> others.events().size() == 4);
            assertThat(others.events())
                    .extracting(Received.Item::name)
                    .containsExactlyInAnyOrder(
                            "nodevitals.process.terminated",
                            "nodevitals.process.terminated",
                            "nodevitals.oom.killed",
                            "nodevitals.exec.failed");
            assertThat(others.events())
                    .extracting(event -> event.attributes().get("nodevitals.termination.cause"))
                    .contains("segfault", "oom_cgroup");
            Received storms = agent.of(storming.uid);
            agent.receiver().await("all failures", receiver -> failures(storms) == STORM);
            assertThat(folded(agent.status(), "execve")).isPositive();
            // With a record the cause is known; the budget lets some through.
            assertThat(storms.sum(
                            "nodevitals.exec.failures",
                            "error.type",
                            "ENOENT",
                            "nodevitals.exec.cause",
                            "file_missing"))
                    .isBetween(1L, STORM - folded(agent.status(), "execve"));
            Victim.run(stormingCgroup, "start", "/no/such/marker");
            agent.receiver().await("one more", receiver -> failures(storms) == STORM + 1);
            agent.assertAccountsBalance();
        }
    }

    @Test
    void anAgentThatStoodStillCountsEachEventOnce() throws Exception {
        Pod failing = new Pod();
        Pod killed = new Pod();
        try (AgentProcess agent = AgentProcess.running(Map.of(
                        "NODEVITALS_LIFECYCLE_RING_SIZE",
                        "64KiB",
                        "NODEVITALS_CANARY_INTERVAL",
                        "1s",
                        "NODEVITALS_ATTACH",
                        AgentUnderTest.ATTACH));
                TestCgroup failingCgroup = failing.cgroup();
                TestCgroup killedCgroup = killed.cgroup()) {
            killedCgroup.limitMemory(OOM_LIMIT);
            agent.signal(SIGSTOP);
            Victim.run(failingCgroup, "fail", Integer.toString(STORM));
            for (int i = 0; i < OOM_KILLS; i++) {
                assertThat(Victim.run(killedCgroup, "eat", Long.toString(4 * OOM_LIMIT))
                                .exitCode())
                        .isEqualTo(137);
            }
            agent.signal(SIGCONT);

            await("all failures", () -> sum(agent, "nodevitals_exec_failures_total", failing.uid) == STORM);
            await("all deaths", () -> sum(agent, "nodevitals_terminations_total", killed.uid) == OOM_KILLS);
            await("all OOM kills", () -> sum(agent, "nodevitals_oom_kills_total", killed.uid) == OOM_KILLS);
            await("readiness", () -> get(agent, "/readyz").status() == 200);
            assertThat(sum(agent, "nodevitals_probe_events_total", "nodevitals_outcome=\"folded\""))
                    .isGreaterThan(STORM / 2);
            for (String program : LIFECYCLE_PROGRAMS) {
                String series = "nodevitals_outcome=\"failed\",nodevitals_probe=\"" + program + "\"";
                assertThat(get(agent, "/metrics").body()).contains(series);
                assertThat(sum(agent, "nodevitals_probe_events_total", series))
                        .as(program)
                        .isZero();
            }

            // What comes later finds the agent as it was, and nothing is added to what has been counted.
            Victim.run(failingCgroup, "start", "/no/such/marker");
            await("one more", () -> sum(agent, "nodevitals_exec_failures_total", failing.uid) == STORM + 1);
            assertThat(sum(agent, "nodevitals_terminations_total", killed.uid)).isEqualTo(OOM_KILLS);
            assertThat(sum(agent, "nodevitals_oom_kills_total", killed.uid)).isEqualTo(OOM_KILLS);
        }
    }

    @Test
    void aStormOfCgroupsLeavesTheTreeRight() throws Exception {
        Pod storming = new Pod();
        Pod later = new Pod();
        try (AgentUnderTest agent = new AgentUnderTest(Map.of(Setting.LIFECYCLE_BUDGET, "50"));
                TestCgroup stormingCgroup = storming.cgroup();
                Victim storm = Victim.start(stormingCgroup, "nest", Integer.toString(CGROUPS), stormingCgroup.path())) {
            assertThat(storm.await().exitCode()).isZero();
            assertThat(folded(agent.status(), "cgroup_mkdir")).isBetween(CGROUPS / 2L, 2L * CGROUPS);
            try (TestCgroup cgroup = later.cgroup()) {
                Victim.run(cgroup, "map", "100", "4096");
                Received pod = agent.of(later.uid);
                agent.receiver()
                        .await(
                                "the later pod's maps",
                                receiver -> pod.sum("nodevitals.mmap.bytes", "nodevitals.memory.kind", "anon")
                                        == 100 * 4096);
            }
            agent.assertAccountsBalance();
        }
    }

    private static final class Pod {
        final String uid = UUID.randomUUID().toString();
        private final String containerId = (UUID.randomUUID().toString() + UUID.randomUUID()).replace("-", "");

        TestCgroup cgroup() throws Exception {
            return TestCgroup.burstable(uid, containerId);
        }
    }

    private static long failures(Received pod) {
        return pod.sums("nodevitals.exec.failures").entrySet().stream()
                .filter(series -> "ENOENT".equals(series.getKey().get("error.type")))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    private static long folded(AgentStatus status, String program) {
        return status.programs().stream()
                .filter(account -> account.name().equals(program))
                .mapToLong(AgentStatus.Program::folded)
                .sum();
    }

    /** Sum of a metric's series whose labels contain a text. */
    private static long sum(AgentProcess agent, String metric, String label) {
        Pattern line = Pattern.compile(Pattern.quote(metric) + "\\{([^}]*)} ([0-9]+)");
        return get(agent, "/metrics")
                .body()
                .lines()
                .map(line::matcher)
                .filter(Matcher::matches)
                .filter(matcher -> matcher.group(1).contains(label))
                .mapToLong(matcher -> Long.parseLong(matcher.group(2)))
                .sum();
    }

    private static AgentProcess.Page get(AgentProcess agent, String path) {
        try {
            return agent.get(path);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("never came: " + what);
            }
            Thread.sleep(200);
        }
    }
}
