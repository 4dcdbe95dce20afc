// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.http.Json;
import io.nodevitals.agent.kernel.AgentProcess.Ended;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a machine's settings and a container's limits take away, and what the agent makes of it. */
@Timeout(120)
class LimitsKernelIT {
    private static final Path PARANOID = Path.of("/proc/sys/kernel/perf_event_paranoid");
    private static final String[] DOCTOR = {"doctor", "--json", "--http-address", "127.0.0.1:0"};

    @BeforeAll
    static void require() {
        AgentUnderTest.require();
    }

    /** Before 5.11 maps count against it; libbpf raises it, for which root may. */
    @Test
    void sixtyFourKibOfLockedMemoryAreEnoughForRoot() throws Exception {
        Map<Object, Object> unlimited = methods(doctor(List.of()));
        List<String> limited = List.of("sh", "-c", "ulimit -l 64 && exec \"$@\"", "sh");

        assertThat(methods(doctor(limited))).isEqualTo(unlimited).isNotEmpty();
    }

    @Test
    void theCapabilitiesDoAlsoWherePerfEventsAreForbidden() throws Exception {
        Assumptions.assumeTrue(
                System.getenv("NODEVITALS_VM_KERNEL") != null,
                "SKIPPED perf_event_paranoid=3: the setting is this whole machine's");
        requireSetpriv();
        List<String> asUser = user("+bpf,+perfmon,+dac_read_search");
        Map<Object, Object> before = methods(doctor(asUser));
        // In one read: a number below /proc/sys ends after the first, and Files.readString begins with one byte.
        String paranoid;
        try (BufferedReader reader = Files.newBufferedReader(PARANOID)) {
            paranoid = reader.readLine();
        }
        Files.writeString(PARANOID, "3");
        try {
            assertThat(methods(doctor(asUser))).isEqualTo(before).isNotEmpty();
        } finally {
            Files.writeString(PARANOID, paranoid);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"+bpf", "+perfmon", "+dac_read_search", "+bpf,+dac_read_search", "+perfmon,+dac_read_search"})
    void eachSetWithoutBothCapabilitiesIsRefusedAndTheyAreNamed(String capabilities) throws Exception {
        requireSetpriv();
        try (AgentProcess agent = AgentProcess.start(Map.of(), user(capabilities), AgentProcess.RUN)) {
            Ended ended = agent.awaitEnd();
            assertThat(ended.err())
                    .isEqualTo(
                            "nodevitals: Attaching probes needs root, or the capabilities CAP_BPF and CAP_PERFMON: run it"
                                    + " as root, with sudo for example.");
            assertThat(ended.exitCode()).isEqualTo(1);
        }
    }

    /** A machine that could have more CPUs than it has: the ones that are not there count nothing and break nothing. */
    @Test
    void cpusThatAreNotOnlineAreNoProblem() throws Exception {
        String possible =
                Files.readString(Path.of("/sys/devices/system/cpu/possible")).strip();
        String online =
                Files.readString(Path.of("/sys/devices/system/cpu/online")).strip();
        Assumptions.assumeFalse(
                possible.equals(online), "SKIPPED possible > online: every possible CPU is online here: " + online);
        try (ExportingAgent agent = new ExportingAgent(Map.of())) {
            assertThat(agent.process().get("/readyz").status()).isEqualTo(200);
            Victim.run(TestCgroup.at(List.of()), "map", "1000", "4096");
            agent.assertNothingLost();
        }
    }

    private static List<String> user(String capabilities) {
        return List.of(
                "setpriv",
                "--reuid",
                "65534",
                "--clear-groups",
                "--inh-caps=" + capabilities,
                "--ambient-caps=" + capabilities);
    }

    private static void requireSetpriv() throws Exception {
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/setpriv")), "SKIPPED: setpriv (util-linux) is not installed");
        AgentProcess.requireReadableByAnyone();
    }

    private static Ended doctor(List<String> prefix) throws Exception {
        try (AgentProcess doctor = AgentProcess.start(Map.of(), prefix, DOCTOR)) {
            return doctor.awaitEnd();
        }
    }

    /** How each probe is attached. */
    private static Map<Object, Object> methods(Ended doctor) throws Exception {
        Map<?, ?> status = (Map<?, ?>) Objects.requireNonNull(
                ((Map<?, ?>) Json.parse(doctor.out())).get("status"), () -> doctor.out() + doctor.err());
        Map<Object, Object> methods = new TreeMap<>();
        ((List<?>) Objects.requireNonNull(status.get("probes"))).forEach(probe -> {
            Map<?, ?> fields = (Map<?, ?>) probe;
            methods.put(fields.get("name"), fields.get("state") + " " + fields.get("method"));
        });
        return methods;
    }
}
