// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.kernel.Received.Item;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Handlers that are really registered in the kernel and really go. */
class BinfmtKernelIT {
    private static final Path MISC = Path.of("/proc/sys/fs/binfmt_misc");

    private static AgentUnderTest agent;
    private static boolean mountedHere;

    private final String podUid = UUID.randomUUID().toString();
    private final String containerId = (UUID.randomUUID().toString() + UUID.randomUUID()).replace("-", "");
    private final String name =
            "nodevitals-test-" + UUID.randomUUID().toString().substring(0, 8);

    @TempDir
    Path directory;

    private Path program;
    private TestCgroup cgroup;

    @BeforeAll
    static void startAgent() throws Exception {
        AgentUnderTest.require();
        if (!Files.exists(MISC.resolve("register"))) {
            Process mount = new ProcessBuilder("mount", "-t", "binfmt_misc", "binfmt_misc", MISC.toString()).start();
            mountedHere = mount.waitFor() == 0;
            Assumptions.assumeTrue(mountedHere, "SKIPPED kernel test: this kernel has no binfmt_misc to mount");
        }
        agent = new AgentUnderTest(Map.of());
    }

    @AfterAll
    static void stopAgent() throws Exception {
        if (agent != null) {
            agent.close();
        }
        if (mountedHere) {
            new ProcessBuilder("umount", MISC.toString()).start().waitFor();
        }
    }

    @BeforeEach
    void register() throws Exception {
        cgroup = TestCgroup.burstable(podUid, containerId);
        program = directory.resolve("program");
        Files.writeString(program, "NV" + name + "\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
        write("register", ":" + name + ":M::NV" + name + "::/bin/true:");
    }

    @AfterEach
    void unregister() throws Exception {
        if (Files.exists(MISC.resolve(name))) {
            write(name, "-1");
        }
        cgroup.close();
        agent.assertAccountsBalance();
    }

    @Test
    void aLostHandlerIsAnEventAndTheCauseOfWhatFailsSince() throws Exception {
        await("added", "is registered: /bin/true runs such programs.");
        assertThat(Victim.run(cgroup, "start", program.toString()).exitCode()).isZero();

        write(name, "-1");
        Item lost = await("lost", "is no longer registered");
        assertThat(lost.attributes())
                .containsEntry("nodevitals.binfmt.name", name)
                .containsEntry("nodevitals.binfmt.interpreter", "/bin/true");
        assertThat(lost.resource()).doesNotContainKey("k8s.pod.uid");
        agent.receiver().await("the gauge of the lost handler", receiver -> gauge() == 0);

        // ENOEXEC
        assertThat(Victim.run(cgroup, "start", program.toString()).exitCode()).isEqualTo(8);
        Received pod = agent.of(podUid);
        agent.receiver().await("the failed exec", receiver -> !pod.events().isEmpty());
        assertThat(pod.events().get(0).attributes())
                .containsEntry("nodevitals.exec.cause", "binfmt_handler_lost")
                // The program may be read through another process of its container: the one that tried may have ended.
                .hasEntrySatisfying(
                        "nodevitals.exec.confidence", is -> assertThat(is).isIn("certain", "likely"))
                .containsEntry("nodevitals.exec.interpreter", "/bin/true")
                .containsEntry("error.type", "ENOEXEC")
                .hasEntrySatisfying(
                        "nodevitals.summary",
                        text -> assertThat(text)
                                .contains("the binfmt_misc handler " + name)
                                .contains("no longer registered"));
    }

    @Test
    void aHandlerThatIsSwitchedOffIsKnownAtOnce() throws Exception {
        await("added", "is registered");
        write(name, "0");

        // No wait: the failure itself makes the agent look.
        assertThat(Victim.run(cgroup, "start", program.toString()).exitCode()).isEqualTo(8);
        Received pod = agent.of(podUid);
        agent.receiver().await("the failed exec", receiver -> !pod.events().isEmpty());
        assertThat(pod.events().get(0).attributes())
                .containsEntry("nodevitals.exec.cause", "binfmt_handler_lost")
                .hasEntrySatisfying(
                        "nodevitals.summary", text -> assertThat(text).contains("is switched off"));
        await("disabled", "is switched off");
    }

    private long gauge() {
        return agent.of(null).gauge("nodevitals.binfmt.handler", "nodevitals.binfmt.name", name);
    }

    private Item await(String change, String words) {
        agent.receiver()
                .await("the change: " + change, receiver -> !changes(change).isEmpty());
        assertThat(changes(change)).hasSize(1);
        Item item = changes(change).get(0);
        assertThat(item.attributes().get("nodevitals.summary")).contains(name).contains(words);
        return item;
    }

    private List<Item> changes(String change) {
        return agent.of(null).events().stream()
                .filter(event -> event.name().equals("nodevitals.binfmt.changed"))
                .filter(event -> name.equals(event.attributes().get("nodevitals.binfmt.name")))
                .filter(event -> change.equals(event.attributes().get("nodevitals.binfmt.change")))
                .toList();
    }

    private static void write(String file, String text) throws Exception {
        Files.write(MISC.resolve(file), text.getBytes(StandardCharsets.ISO_8859_1));
    }
}
