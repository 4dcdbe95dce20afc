// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.kernel.AgentProcess.Ended;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One agent on a node, and what it says of itself after it was stopped. */
@Timeout(180)
class OneAgentKernelIT {
    private static final int SIGKILL = 9;
    private static final int SIGCONT = 18;
    private static final int SIGSTOP = 19;
    private static final Duration PATIENCE =
            Duration.ofSeconds(60L * Integer.getInteger("nodevitals.test.patience", 1));

    @BeforeAll
    static void require() {
        AgentUnderTest.require();
    }

    @Test
    void theSecondRefusesAndNamesTheFirstUntilThatIsKilled() throws Exception {
        try (AgentProcess first = AgentProcess.running(Map.of())) {
            assertRefused(AgentProcess.start(Map.of(), List.of(), AgentProcess.RUN), "java, pid " + first.pid());
            assertThat(first.get("/readyz").status()).isEqualTo(200);

            first.signal(SIGKILL);
            first.awaitEnd();

            try (AgentProcess second = AgentProcess.running(Map.of())) {
                assertThat(second.get("/readyz").status()).isEqualTo(200);
            }
        }
    }

    @Test
    void theSecondRefusesInAContainerOfItsOwnToo() throws Exception {
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/unshare")), "SKIPPED: unshare (util-linux) is not installed");
        List<String> container = List.of("unshare", "--mount", "--pid", "--net", "--fork", "--mount-proc");
        try (AgentProcess first = AgentProcess.running(Map.of())) {
            Ended refused = assertRefused(
                    AgentProcess.start(Map.of(), container, AgentProcess.RUN),
                    "in another pid namespace; on the node,");

            // What it says is to be done leads to the first.
            String pattern = refused.err().replaceFirst("(?s).*grep '([^']+)' /proc/locks.*", "$1");
            assertThat(Files.readAllLines(Path.of("/proc/locks")))
                    .filteredOn(line -> line.matches(".*" + pattern + ".*"))
                    .singleElement()
                    .asString()
                    .contains(" " + first.pid() + " ");
        }
    }

    @Test
    void doctorAndTraceNeedNoClaim() throws Exception {
        try (AgentProcess first = AgentProcess.running(Map.of());
                AgentProcess doctor =
                        AgentProcess.start(Map.of(), List.of(), "doctor", "--http-address", "127.0.0.1:0");
                AgentProcess trace = AgentProcess.start(
                        Map.of(), List.of(), "trace", "--duration", "1s", "--http-address", "127.0.0.1:0")) {
            assertThat(doctor.awaitEnd().exitCode()).isZero();
            assertThat(trace.awaitEnd().exitCode()).isZero();
            assertThat(first.isAlive()).isTrue();
        }
    }

    @Test
    void anAgentThatWasStoppedIsNotReadyUntilItsAccountsAreChecked() throws Exception {
        try (AgentProcess agent = AgentProcess.running(Map.of())) {
            assertThat(agent.get("/readyz").status()).isEqualTo(200);

            agent.signal(SIGSTOP);
            Thread.sleep(10_000);
            agent.signal(SIGCONT);

            AgentProcess.Page after = agent.get("/readyz");
            assertThat(after.status()).as(after.body()).isEqualTo(503);
            assertThat(after.body())
                    .containsAnyOf(
                            "The rings have not been read to their end for ", "The ring thread stood still for ");
            Awaitility.await().atMost(PATIENCE).until(() -> agent.get("/readyz").status() == 200);
            assertThat(agent.awaitErr("the stall", line -> line.contains("The ring thread stood still for")))
                    .contains("What waited has been read.");
        }
    }

    private static Ended assertRefused(AgentProcess second, String holder) throws Exception {
        try (second) {
            Ended ended = second.awaitEnd();
            assertThat(ended.exitCode()).as(ended.err()).isEqualTo(3);
            assertThat(ended.err())
                    .startsWith("nodevitals: Another agent runs on this machine (")
                    .contains(holder);
            return ended;
        }
    }
}
