// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.kernel.AgentProcess.Ended;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is wrong with the machine or the command, the built agent says one sentence that names it and the remedy. */
@Timeout(60)
@TestMethodOrder(OrderAnnotation.class)
class BadInputKernelIT {
    private static final int PROBLEM = 1;
    private static final int USAGE = 2;

    private static int closedPort;
    private static AgentProcess unreachable;

    // Its export fails for good only after the exporter's retries: meanwhile the other tests run.
    @BeforeAll
    static void startAgentWithUnreachableEndpoint() throws Exception {
        AgentUnderTest.require();
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            closedPort = closed.getLocalPort();
        }
        unreachable = AgentProcess.start(
                Map.of(
                        "OTEL_EXPORTER_OTLP_ENDPOINT",
                        "http://127.0.0.1:" + closedPort,
                        "OTEL_METRIC_EXPORT_INTERVAL",
                        "100"),
                List.of(),
                AgentProcess.RUN);
    }

    @AfterAll
    static void stopAgent() {
        if (unreachable != null) {
            unreachable.close();
        }
    }

    @Test
    void anUnknownFlagIsNamedWithTheOneMeant() throws Exception {
        assertRefused(
                run(Map.of(), List.of(), "run", "--htp-address", "127.0.0.1:0"),
                USAGE,
                "Unknown option '--htp-address': did you mean --http-address? See 'nodevitals run --help'.");
    }

    @Test
    void aBadVariableIsNamedWithWhatItMayBe() throws Exception {
        assertRefused(
                run(Map.of("NODEVITALS_ATTACH", "best"), List.of(), AgentProcess.RUN),
                USAGE,
                "NODEVITALS_ATTACH is 'best' but must be one of auto, tracepoint, tp_btf, kprobe, kprobe_multi, fexit.");
    }

    @Test
    void anUnknownVariableIsNamedWithTheOneMeant() throws Exception {
        assertRefused(
                run(Map.of("NODEVITALS_ATACH", "auto"), List.of(), AgentProcess.RUN),
                USAGE,
                "Unknown variable NODEVITALS_ATACH: did you mean NODEVITALS_ATTACH?");
    }

    @Test
    void controlCharactersInAVariableDoNotReachTheTerminal() throws Exception {
        Ended ended = run(Map.of("NODEVITALS_ATTACH", "\u001b[2J\nbest\r"), List.of(), AgentProcess.RUN);

        assertThat(ended.exitCode()).isEqualTo(USAGE);
        assertThat(ended.err()).startsWith("nodevitals: NODEVITALS_ATTACH is '").hasLineCount(1);
        assertThat(ended.err().chars()).noneMatch(c -> c < ' ' || c == 0x7f);
    }

    @Test
    void withoutRootTheCapabilitiesAreNamed() throws Exception {
        requireTool("setpriv");
        AgentProcess.requireReadableByAnyone();

        assertRefused(
                run(Map.of(), List.of("setpriv", "--reuid", "65534", "--clear-groups"), AgentProcess.RUN),
                PROBLEM,
                "Attaching probes needs root, or the capabilities CAP_BPF and CAP_PERFMON: run it as root, with sudo for"
                        + " example.");
    }

    @Test
    void rootWithoutCapabilitiesIsNotEnough() throws Exception {
        requireTool("setpriv");

        assertRefused(
                run(Map.of(), List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all"), AgentProcess.RUN),
                PROBLEM,
                "Attaching probes needs root, or the capabilities CAP_BPF and CAP_PERFMON: run it as root, with sudo for"
                        + " example.");
    }

    @Test
    void withoutBtfTheKernelOptionIsNamed() throws Exception {
        assertRefused(
                inMountNamespace("mount -t tmpfs none /sys/kernel/btf", AgentProcess.RUN),
                PROBLEM,
                "This kernel tells nothing of its types (no /sys/kernel/btf/vmlinux), without which probes cannot be loaded:"
                        + " boot a kernel built with CONFIG_DEBUG_INFO_BTF, as Debian 11, Ubuntu 20.10 and later have.");
    }

    @Test
    void withoutTracefsTheMountCommandIsNamed() throws Exception {
        assertRefused(
                inMountNamespace(
                        "for at in $(awk '$3 == \"tracefs\" || $3 == \"debugfs\" {print $2}' /proc/self/mounts); do"
                                + " umount -l \"$at\" || exit 98; done",
                        AgentProcess.RUN),
                PROBLEM,
                "tracefs is not mounted, without which tracepoints cannot be found: mount -t tracefs tracefs"
                        + " /sys/kernel/tracing");
    }

    @Test
    void aTracefsThatThisUserMayNotEnterIsNotCalledMissing() throws Exception {
        requireTool("setpriv");
        AgentProcess.requireReadableByAnyone();
        Assumptions.assumeTrue(
                Files.isDirectory(Path.of("/sys/kernel/tracing/events")),
                "SKIPPED tracefs: it is not mounted on /sys/kernel/tracing");
        List<String> capabilitiesOnly = List.of(
                "setpriv",
                "--reuid",
                "65534",
                "--clear-groups",
                "--inh-caps=+bpf,+perfmon",
                "--ambient-caps=+bpf,+perfmon");

        assertRefused(
                run(Map.of(), capabilitiesOnly, AgentProcess.RUN),
                PROBLEM,
                "/sys/kernel/tracing may not be read by this user, without which tracepoints cannot be found: run"
                        + " it as root or add the capability CAP_DAC_READ_SEARCH.");
    }

    @Test
    void aBrokenLibbpfIsNamedWithItsPackage() throws Exception {
        Ended ended = inMountNamespace(hidden("libbpf.so.1"), AgentProcess.RUN);

        assertThat(ended.exitCode()).isEqualTo(PROBLEM);
        assertThat(ended.err())
                .hasLineCount(1)
                .startsWith("nodevitals: libbpf.so.1 cannot be loaded: ")
                .endsWith("; install libbpf 1.0 or later (Debian, Ubuntu: apt-get install libbpf1).");
    }

    // Once the agent that all others share has stopped: else that one is what is in the way.
    @Test
    @Order(Integer.MAX_VALUE)
    void aTakenPortIsNamedWithTheWaysOut() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            String address = "127.0.0.1:" + taken.getLocalPort();

            assertRefused(
                    run(Map.of(), List.of(), "run", "--http-address", address),
                    PROBLEM,
                    address + " is taken, perhaps by another nodevitals: stop that one or choose another address with"
                            + " --http-address or NODEVITALS_HTTP_ADDRESS.");
        }
    }

    @Test
    void directoriesThatAreNotThereAreNamedWithTheirFlags() throws Exception {
        assertRefused(
                run(Map.of(), List.of(), with("--proc-root", "/no/such/proc")),
                PROBLEM,
                "--proc-root is '/no/such/proc', where no proc file system is: name the place where it is mounted.");
        assertRefused(
                run(Map.of(), List.of(), with("--cgroup-mount", "/no/such/cgroup")),
                PROBLEM,
                "--cgroup-mount is '/no/such/cgroup', where no cgroups are: name the place where they are mounted.");
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void aMalformedEndpointIsWrongUsage() throws Exception {
        assertRefused(
                run(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317"), List.of(), AgentProcess.RUN),
                USAGE,
                "OTEL_EXPORTER_OTLP_ENDPOINT=localhost:4317 has no scheme; write http://localhost:4317 for plain text or"
                        + " https://localhost:4317 for TLS.");
    }

    @Test
    @Order(Integer.MAX_VALUE - 1)
    void anUnreachableEndpointStopsNothing() throws Exception {
        String notice = unreachable.awaitErr("the failed export", line -> line.contains("127.0.0.1:" + closedPort));
        assertThat(notice)
                .matches("\\S+ INFO OTLP export of [a-z ]+ to http://127\\.0\\.0\\.1:\\d+ fails: .*;"
                        + " the agent goes on and counts what is lost");

        Victim.Ended victim = Victim.run(TestCgroup.at(List.of()), "segv");

        unreachable.awaitOut(
                "the segfault's line", line -> line.contains("victim") && line.contains("" + victim.pid()));
        assertThat(unreachable.get("/readyz").status()).isEqualTo(200);
        unreachable.signal(15);
        Ended ended = unreachable.awaitEnd();
        assertThat(ended.exitCode()).isZero();
        assertThat(ended.err()).doesNotContain("\tat ");
    }

    private static void assertRefused(Ended ended, int exitCode, String sentence) {
        assertThat(ended.err()).isEqualTo("nodevitals: " + sentence);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.exitCode()).isEqualTo(exitCode);
    }

    private static Ended run(Map<String, String> environment, List<String> prefix, String... arguments)
            throws Exception {
        try (AgentProcess agent = AgentProcess.start(environment, prefix, arguments)) {
            return agent.awaitEnd();
        }
    }

    /** Runs it after a command that changes mounts, where nobody else sees that. */
    private static Ended inMountNamespace(String change, String... arguments) throws Exception {
        requireTool("unshare");
        Process trial = new ProcessBuilder("unshare", "-m", "sh", "-c", change)
                .inheritIO()
                .start();
        Assumptions.assumeTrue(trial.waitFor() == 0, "SKIPPED mount namespace: this is not possible here: " + change);
        return run(
                Map.of(), List.of("unshare", "-m", "sh", "-c", "{ " + change + "; } && exec \"$@\"", "sh"), arguments);
    }

    @TempDir
    private Path empties;

    private String hidden(String library) throws Exception {
        Path empty = Files.createFile(empties.resolve("empty"));
        return "for at in $(ldconfig -p | awk '$1 == \"" + library + "\" {print $NF}'); do mount --bind " + empty
                + " \"$(readlink -f \"$at\")\" || exit 98; done";
    }

    private static String[] with(String... more) {
        return Stream.concat(Arrays.stream(AgentProcess.RUN), Arrays.stream(more))
                .toArray(String[]::new);
    }

    private static void requireTool(String name) {
        boolean there = new ArrayList<>(List.of("/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/"))
                .stream().anyMatch(directory -> Files.isExecutable(Path.of(directory + name)));
        Assumptions.assumeTrue(there, "SKIPPED: " + name + " (util-linux) is not installed");
    }
}
