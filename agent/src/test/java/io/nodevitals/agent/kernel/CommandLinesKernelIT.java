// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.config.Setting;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The arguments that a process was called with are in the event of its end when that is asked for, and not otherwise. */
class CommandLinesKernelIT {
    private static final String ARGS = "process.command_args";

    private final String podUid = UUID.randomUUID().toString();

    @BeforeAll
    static void require() {
        AgentUnderTest.require();
    }

    @Test
    void argumentsAreInTheEventAndMoreThanTheRecordHoldsShowThatTheyAreCut() throws Exception {
        try (TestCgroup cgroup = container();
                AgentUnderTest agent = new AgentUnderTest(Map.of(Setting.COMMAND_LINES, "arguments"))) {
            Victim.run(cgroup, "segv", "--token", "\u001b[31m");
            Received pod = agent.of(podUid);
            agent.receiver().await("the end", receiver -> pod.events().size() == 1);
            assertThat(pod.events().get(0).attributes())
                    .containsEntry(
                            ARGS,
                            List.of(Victim.binary().toString(), cgroup.procs(), "segv", "--token", "\uFFFD[31m")
                                    .toString());

            Victim.run(cgroup, "segv", "x".repeat(4000));
            agent.receiver().await("the second end", receiver -> pod.events().size() == 2);
            int known = (Victim.binary() + "0" + cgroup.procs() + "0segv0").length();
            assertThat(pod.events().get(1).attributes().get(ARGS))
                    .endsWith(" segv, " + "x".repeat(512 - known) + "\u2026]");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"arguments", "off"})
    void aProcessThatIsOlderThanTheAgentHasThemToo(String setting) throws Exception {
        try (TestCgroup cgroup = container();
                Victim victim = Victim.start(cgroup, "wait", "--older")) {
            victim.awaitReady();
            try (AgentUnderTest agent = new AgentUnderTest(Map.of(Setting.COMMAND_LINES, setting))) {
                victim.kill();
                Received pod = agent.of(podUid);
                agent.receiver().await("the end", receiver -> pod.events().size() == 1);
                Map<String, String> attributes = pod.events().get(0).attributes();
                if (setting.equals("off")) {
                    assertThat(attributes).doesNotContainKey(ARGS);
                } else {
                    assertThat(attributes.get(ARGS)).endsWith("wait, --older]");
                }
            }
        }
    }

    private TestCgroup container() throws Exception {
        return TestCgroup.burstable(podUid, podUid.replace("-", "").repeat(2));
    }
}
