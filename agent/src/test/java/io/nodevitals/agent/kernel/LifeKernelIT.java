// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.http.Json;
import io.nodevitals.agent.kernel.AgentProcess.Ended;
import io.nodevitals.agent.kernel.AgentProcess.Page;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The built agent from its start to its end, whichever way it ends, and what each face says meanwhile. */
@Timeout(60)
class LifeKernelIT {
    private static final int SIGINT = 2;
    private static final int SIGKILL = 9;
    private static final int SIGTERM = 15;
    private static final String TERMINATED = "nodevitals.process.terminated";

    @BeforeAll
    static void require() {
        AgentUnderTest.require();
    }

    @Test
    void everyFaceOfARunningAgentAnswersAndSigtermEndsItInOrder() throws Exception {
        Set<Path> pins = KernelIds.pins();
        try (AgentProcess agent = AgentProcess.running(Map.of())) {
            KernelIds ids = KernelIds.of(agent.pid());
            assertThat(ids.living()).isEqualTo(ids);
            assertThat(ids.programs()).hasSizeGreaterThanOrEqualTo(12);
            assertThat(ids.maps()).hasSizeGreaterThanOrEqualTo(3);

            Set<String> probes = assertAllProbesAttached(agent);
            assertServing(agent);
            assertDoctorAgrees(agent, probes);
            assertTraceFollows(agent);

            agent.signal(SIGTERM);

            Ended ended = agent.awaitEnd();
            assertThat(ended.exitCode()).isZero();
            assertThat(ended.out()).endsWith("Stopped; every probe is detached.");
            assertThat(ended.err()).isEmpty();
            assertGone(ids);
            assertThat(KernelIds.pins()).isEqualTo(pins);
        }
    }

    @Test
    void sigintEndsItInOrder() throws Exception {
        try (AgentProcess agent = AgentProcess.running(Map.of())) {
            KernelIds ids = KernelIds.of(agent.pid());

            agent.signal(SIGINT);

            Ended ended = agent.awaitEnd();
            assertThat(ended.exitCode()).isZero();
            assertThat(ended.out()).endsWith("Stopped; every probe is detached.");
            assertGone(ids);
        }
    }

    @Test
    void sigkillLeavesNothingInTheKernel() throws Exception {
        Set<Path> pins = KernelIds.pins();
        try (AgentProcess agent = AgentProcess.running(Map.of())) {
            KernelIds ids = KernelIds.of(agent.pid());
            assertThat(ids.isEmpty()).isFalse();

            agent.signal(SIGKILL);

            assertThat(agent.awaitEnd().exitCode()).isEqualTo(128 + SIGKILL);
            assertGone(ids);
            assertThat(KernelIds.pins()).isEqualTo(pins);
        }
    }

    @Test
    void traceWithoutAnAgentAttachesByItselfAndSigtermEndsIt() throws Exception {
        try (AgentProcess trace = trace("127.0.0.1:0")) {
            trace.awaitErr("the attachment", line -> line.startsWith("No agent runs here: "));
            KernelIds ids = KernelIds.of(trace.pid());
            assertThat(ids.programs()).hasSizeGreaterThanOrEqualTo(12);

            assertTraced(trace);
            trace.signal(SIGTERM);

            assertThat(trace.awaitEnd().exitCode()).isZero();
            assertGone(ids);
        }
    }

    @Test
    void threeCapabilitiesDoWhatRootDoes() throws Exception {
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/setpriv")), "SKIPPED: setpriv (util-linux) is not installed");
        AgentProcess.requireReadableByAnyone();
        String capabilities = "+bpf,+perfmon,+dac_read_search";
        List<String> prefix = List.of(
                "setpriv",
                "--reuid",
                "65534",
                "--clear-groups",
                "--inh-caps=" + capabilities,
                "--ambient-caps=" + capabilities);
        String[] doctor = {"doctor", "--json", "--http-address", "127.0.0.1:0"};

        try (AgentProcess asRoot = AgentProcess.start(Map.of(), List.of(), doctor);
                AgentProcess asUser = AgentProcess.start(Map.of(), prefix, doctor)) {
            assertThat(methods(asUser.awaitEnd())).isEqualTo(methods(asRoot.awaitEnd()));
        }
    }

    /** How each probe is attached. */
    private static Map<Object, Object> methods(Ended doctor) throws Exception {
        Map<?, ?> status = (Map<?, ?>) ((Map<?, ?>) Json.parse(doctor.out())).get("status");
        Map<Object, Object> methods = new TreeMap<>();
        ((List<?>) status.get("probes")).forEach(probe -> {
            Map<?, ?> fields = (Map<?, ?>) probe;
            methods.put(fields.get("name"), fields.get("state") + " " + fields.get("method"));
        });
        return methods;
    }

    private static Set<String> assertAllProbesAttached(AgentProcess agent) throws Exception {
        Page status = agent.get("/api/v1/status");
        assertThat(status.status()).isEqualTo(200);
        List<?> probes = (List<?>) ((Map<?, ?>) Json.parse(status.body())).get("probes");
        assertThat(probes)
                .hasSizeGreaterThanOrEqualTo(12)
                .allSatisfy(probe -> assertThat(((Map<?, ?>) probe).get("state"))
                        .as(probe.toString())
                        .isEqualTo("attached"));
        return probes.stream()
                .map(probe -> (String) ((Map<?, ?>) probe).get("name"))
                .collect(Collectors.toSet());
    }

    private static void assertServing(AgentProcess agent) throws Exception {
        Page ready = agent.get("/readyz");
        assertThat(ready.status()).as(ready.body()).isEqualTo(200);
        assertThat(agent.get("/healthz").status()).isEqualTo(200);
        Page metrics = agent.get("/metrics");
        assertThat(metrics.status()).isEqualTo(200);
        assertThat(metrics.body()).contains("\nnodevitals_probe_events_total{");
    }

    /** A kernel that makes do with the second best way for a probe is no problem. */
    private static void assertDoctorAgrees(AgentProcess agent, Set<String> probes) throws Exception {
        String address = agent.url().substring("http://".length());
        try (AgentProcess doctor = AgentProcess.start(Map.of(), List.of(), "doctor", "--http-address", address)) {
            Ended ended = doctor.awaitEnd();
            assertThat(ended.err()).isEmpty();
            assertThat(ended.out())
                    .contains("Probes (asked the agent that runs here)")
                    .endsWith(probes.size() + " of " + probes.size() + " probes attached.");
            for (String probe : probes) {
                assertThat(ended.out()).containsPattern("(?m)^  " + probe + " +attached +\\S");
            }
            assertThat(ended.exitCode()).isZero();
        }
    }

    private static void assertTraceFollows(AgentProcess agent) throws Exception {
        try (AgentProcess trace = trace(agent.url().substring("http://".length()))) {
            trace.awaitErr("the stream", line -> line.equals("Following the agent that runs here."));
            assertThat(KernelIds.of(trace.pid()).isEmpty()).isTrue();
            assertTraced(trace);

            trace.signal(SIGINT);

            assertThat(trace.awaitEnd().exitCode()).isZero();
        }
    }

    private static void assertTraced(AgentProcess trace) throws Exception {
        Victim.Ended victim = Victim.run(TestCgroup.at(List.of()), "segv");
        String line = trace.awaitOut("the segfault", text -> text.contains("\"process.pid\":" + victim.pid()));
        Map<?, ?> event = (Map<?, ?>) Json.parse(line);
        assertThat(event.get("event")).isEqualTo(TERMINATED);
        assertThat(event.get("nodevitals.termination.cause")).isEqualTo("segfault");
        assertThat(event.get("process.executable.name")).isEqualTo("victim");
    }

    private static AgentProcess trace(String address) throws Exception {
        return AgentProcess.start(
                Map.of(), List.of(), "trace", "--json", "--events", TERMINATED, "--http-address", address);
    }

    /** The kernel frees programs and maps a moment after the last reference is gone. */
    private static void assertGone(KernelIds ids) {
        Awaitility.await()
                .untilAsserted(() -> assertThat(ids.living().isEmpty())
                        .as(() -> ids.living().toString())
                        .isTrue());
    }
}
