// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An agent that is killed at whatever moment of a storm, while it attaches or later, leaves nothing behind. */
@Timeout(3600)
class KillKernelIT {
    private static final int SIGKILL = 9;
    private static final int SIGSEGV = 11;
    private static final int PATIENCE = Integer.getInteger("nodevitals.test.patience", 1);
    /** How many agents are killed; scripts/soak kills more of them than scripts/test. */
    private static final int KILLS = Integer.getInteger("nodevitals.test.kills", 6);

    private static final Map<String, String> SETTINGS = Map.of("NODEVITALS_ATTACH", AgentUnderTest.ATTACH);

    @TempDir
    private Path directory;

    private TestCgroup cgroup;
    private Storm storm;
    private KernelIds before;
    private Set<Path> pins;

    @BeforeAll
    static void require() {
        AgentUnderTest.require();
    }

    @BeforeEach
    void startStorm() throws Exception {
        cgroup = TestCgroup.at(List.of("storm"));
        storm = Storm.start(cgroup, "map", Long.MAX_VALUE, "4096");
        before = settled();
        pins = pins();
    }

    @AfterEach
    void stopStorm() throws Exception {
        storm.close();
        cgroup.close();
    }

    @Test
    void sigkillAtAnyMomentLeavesNoProgramMapLinkOrPin() throws Exception {
        long startMillis = startMillis();
        Random random = new Random(20_261_126);
        int attaching = 0;
        for (int i = 0; i < KILLS; i++) {
            try (AgentProcess agent = AgentProcess.start(SETTINGS, List.of(), AgentProcess.RUN)) {
                // From before its first map to well after its last probe.
                Thread.sleep((long) (startMillis * 1.25 * random.nextDouble()));
                attaching +=
                        KernelIds.of(agent.pid()).isEmpty() || agent.lines().isEmpty() ? 1 : 0;
                agent.signal(SIGKILL);
                assertThat(agent.awaitEnd().exitCode()).isEqualTo(128 + SIGKILL);
            }
            assertNothingLeft();
        }
        System.out.println("KillKernelIT: " + KILLS + " agents killed, " + attaching
                + " of them before they had said that they run; a start took " + startMillis + " ms before, the next "
                + assertStarts() + " ms, JVM included");
    }

    @Test
    void sigsegvLeavesNothingAndNoCoreDump() throws Exception {
        List<String> unlimited =
                List.of("sh", "-c", "ulimit -c unlimited; cd '" + directory + "' && exec \"$@\"", "sh");
        try (AgentProcess agent = AgentProcess.start(SETTINGS, unlimited, AgentProcess.RUN)) {
            agent.url();
            assertThat(KernelIds.of(agent.pid()).programs()).hasSizeGreaterThanOrEqualTo(12);
            agent.signal(SIGSEGV);
            // The JVM catches it, writes its report and leaves with 1, as -XX:-CreateCoredumpOnCrash has it: no
            // SIGABRT, no core.
            AgentProcess.Ended ended = agent.awaitEnd();
            assertThat(ended.out()).contains("SIGSEGV");
            assertThat(ended.exitCode()).isEqualTo(1);
            // The kernel writes one beside the process, unless core_pattern names a place or a program.
            String pattern =
                    Files.readString(Path.of("/proc/sys/kernel/core_pattern")).strip();
            if (pattern.startsWith("/") || pattern.startsWith("|")) {
                System.out.println("KillKernelIT: core dumps go elsewhere here, not looked for: " + pattern);
            }
            try (Stream<Path> files = Files.list(directory)) {
                assertThat(files.map(file -> file.getFileName().toString()).collect(Collectors.toSet()))
                        .noneMatch(name -> name.startsWith("core"));
            }
        }
        assertNothingLeft();
        assertStarts();
    }

    /** How long a start takes on this machine, from the command to the line that says so; the first one warms the disk's cache. */
    private long startMillis() throws Exception {
        assertStarts();
        return assertStarts();
    }

    /** Gives after how many milliseconds it said that it runs. */
    private long assertStarts() throws Exception {
        long began = System.nanoTime();
        long millis;
        try (AgentProcess agent = AgentProcess.running(SETTINGS)) {
            millis = (System.nanoTime() - began) / 1_000_000;
            assertThat(KernelIds.of(agent.pid()).programs()).hasSizeGreaterThanOrEqualTo(12);
        }
        assertNothingLeft();
        return millis;
    }

    /** What no process holds and was not there before; the kernel frees what had its last reference a moment later. */
    private void assertNothingLeft() throws IOException {
        Awaitility.await()
                .untilAsserted(() -> assertThat(KernelIds.all().without(before).without(KernelIds.held()))
                        .matches(KernelIds::isEmpty, "nothing that was not there before"));
        assertThat(pins()).isEqualTo(pins);
    }

    /** Without those of a bench that somebody else may run. */
    private static Set<Path> pins() throws IOException {
        return KernelIds.pins().stream()
                .filter(pin -> !pin.getFileName().toString().startsWith("nodevitals-bench-"))
                .collect(Collectors.toSet());
    }

    /** What others have, once what ended just before this test is gone. */
    private static KernelIds settled() throws InterruptedException {
        KernelIds last = KernelIds.all();
        for (int quiet = 0; quiet < 5; quiet++) {
            Thread.sleep(50L * PATIENCE);
            KernelIds now = KernelIds.all();
            quiet = now.equals(last) ? quiet : 0;
            last = now;
        }
        return last;
    }
}
