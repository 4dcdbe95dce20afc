// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.kernel.Received.Item;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Faults that really happen, and where the kernel says that they did: src/test/c/crash.c. */
class FaultKernelIT {
    private static final String TERMINATED = "nodevitals.process.terminated";

    private static AgentUnderTest agent;

    @TempDir
    Path directory;

    private final String podUid = UUID.randomUUID().toString();
    private final String containerId = (UUID.randomUUID().toString() + UUID.randomUUID()).replace("-", "");
    private TestCgroup cgroup;
    private Received pod;
    private String said = "";

    @BeforeAll
    static void attach() throws Exception {
        AgentUnderTest.require();
        agent = new AgentUnderTest(Map.of());
    }

    @AfterAll
    static void detach() {
        if (agent != null) {
            agent.close();
        }
    }

    @BeforeEach
    void makePod() throws Exception {
        cgroup = TestCgroup.burstable(podUid, containerId);
        pod = agent.of(podUid);
    }

    @AfterEach
    void removePod() throws Exception {
        cgroup.close();
        agent.assertAccountsBalance();
    }

    @ParameterizedTest
    @CsvSource({
        "null, write, [unmapped], segfault",
        "jump, execute, [unmapped], segfault",
        "run-data, execute, [anon], segfault",
        "run-heap, execute, [heap], segfault",
        "touch-guard, write, [guard], segfault",
        "write-code, write, crash+0x, segfault",
    })
    void theMappingBehindAFaultIsTheKernelsOwn(String action, String access, String mapping, String cause)
            throws Exception {
        Item event = crash(action);

        assertThat(event.attributes())
                .containsEntry("nodevitals.termination.cause", cause)
                .containsEntry("nodevitals.termination.confidence", "certain")
                .containsEntry("nodevitals.fault.address", said)
                .containsEntry("nodevitals.fault.access", access);
        assertThat(event.attributes().get("nodevitals.fault.mapping")).startsWith(mapping);
        if (access.equals("execute")) {
            assertThat(event.attributes().get("nodevitals.fault.instruction_mapping"))
                    .startsWith(mapping);
        } else {
            assertThat(event.attributes().get("nodevitals.fault.instruction_mapping"))
                    .startsWith("crash+0x");
        }
    }

    /** The kernel's tree of mappings is then several levels deep. */
    @ParameterizedTest
    @CsvSource({"write-code, crash+0x", "run-heap, [heap]", "jump, [unmapped]", "touch-guard, [guard]"})
    void amongManyMappingsTheRightOneIsFound(String action, String mapping) throws Exception {
        Item event = crash("crowded", action);

        assertThat(event.attributes()).containsEntry("nodevitals.fault.address", said);
        assertThat(event.attributes().get("nodevitals.fault.mapping")).startsWith(mapping);
    }

    @ParameterizedTest
    @CsvSource({"overflow, main thread's 8.0 MiB", "overflow-thread, guard page"})
    void aStackThatIsUsedUpIsAnOverflow(String action, String words) throws Exception {
        Item event = crash(action);

        assertThat(event.attributes())
                .containsEntry("nodevitals.termination.cause", "stack_overflow")
                .containsEntry("nodevitals.termination.confidence", "certain")
                .containsEntry("process.exit.code", "139")
                .hasEntrySatisfying(
                        "nodevitals.fault.instruction_mapping",
                        text -> assertThat(text).startsWith("crash+0x"))
                .hasEntrySatisfying(
                        "nodevitals.summary", text -> assertThat(text).contains(words));
    }

    @Test
    void aTruncatedMappingNamesItsFileAndOffset() throws Exception {
        Item event = crash("truncated", directory.resolve("cache.db").toString());

        assertThat(event.attributes())
                .containsEntry("nodevitals.termination.cause", "bus_error")
                .containsEntry("nodevitals.fault.mapping", "cache.db+0x1010")
                .hasEntrySatisfying(
                        "nodevitals.summary", text -> assertThat(text).contains("in cache.db+0x1010"));
    }

    /** Crashes, keeps in {@code said} the address that it announced, and gives the one event of it. */
    private Item crash(String action, String... argument) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "/bin/sh",
                "-c",
                "ulimit -s 8192; exec \"$@\"",
                "sh",
                CProgram.build("crash", "-pthread").toString(),
                cgroup.procs(),
                action));
        command.addAll(List.of(argument));
        File output = directory.resolve("output").toFile();
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output)
                .start();
        assertThat(process.waitFor(60L * Integer.getInteger("nodevitals.test.patience", 1), TimeUnit.SECONDS))
                .isTrue();
        String text = Files.readString(output.toPath(), StandardCharsets.UTF_8);
        assertThat(process.exitValue()).as(text).isGreaterThan(128);
        said = text.replace("address ", "").strip();
        agent.receiver().await("the crash", receiver -> !pod.events().isEmpty());
        assertThat(pod.events())
                .singleElement()
                .satisfies(event -> assertThat(event.name()).isEqualTo(TERMINATED));
        return pod.events().get(0);
    }
}
