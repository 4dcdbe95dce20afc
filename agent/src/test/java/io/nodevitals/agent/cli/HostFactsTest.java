// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostFactsTest {
    @TempDir
    Path root;

    @BeforeEach
    void machineThatHasEverything() throws IOException {
        capabilities("000001ffffffffff");
        write(
                "proc/self/mounts",
                "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n");
        write("sys/kernel/btf/vmlinux", "");
        Files.createDirectories(root.resolve("sys/kernel/tracing/events"));
    }

    @Test
    void aMachineWithEverythingHasNoProblem() {
        HostFacts facts = read();
        assertThat(facts.firstProblem()).isNull();
        assertThat(facts.checks())
                .extracting(HostFacts.Check::detail)
                .containsExactly(
                        "CAP_SYS_ADMIN",
                        "/sys/kernel/btf/vmlinux",
                        "/sys/kernel/tracing",
                        "v1 memory on /sys/fs/cgroup/memory, v2 on /sys/fs/cgroup/unified");
    }

    @Test
    void aKernelWithAKnownBugIsWarnedAbout() throws IOException {
        assertThat(read().warnings()).isEmpty();
        write("proc/sys/kernel/osrelease", "6.1.50\n");
        assertThat(read().warnings()).singleElement().asString().contains("CVE-2024-41009", "6.1.97");
        assertThat(read().firstProblem()).isNull();
    }

    @Test
    void theTwoBpfCapabilitiesAreEnoughAndOneIsNot() throws IOException {
        capabilities("000000c000000000");
        assertThat(read().firstProblem()).isNull();
        capabilities("0000008000000000");
        assertThat(read().firstProblem().problem()).contains("CAP_BPF and CAP_PERFMON", "sudo");
        assertThat(read().firstProblem().preventsChecking()).isTrue();
    }

    @Test
    void missingBtfIsNamedWithTheRemedy() throws IOException {
        Files.delete(root.resolve("sys/kernel/btf/vmlinux"));
        assertThat(read().firstProblem().problem()).contains("/sys/kernel/btf/vmlinux", "CONFIG_DEBUG_INFO_BTF");
    }

    @Test
    void missingTracefsIsNamedWithTheRemedyAndDebugfsWillDo() throws IOException {
        Files.delete(root.resolve("sys/kernel/tracing/events"));
        assertThat(read().firstProblem().problem()).contains("mount -t tracefs tracefs /sys/kernel/tracing");
        Files.createDirectories(root.resolve("sys/kernel/debug/tracing/events"));
        assertThat(read().firstProblem()).isNull();
    }

    @Test
    void tracefsBehindAClosedDoorIsNotCalledUnmounted() throws IOException {
        assumeFalse(System.getProperty("user.name").equals("root"), "SKIPPED: no directory is closed to root");
        Path tracing = root.resolve("sys/kernel/tracing");
        Files.setPosixFilePermissions(tracing, PosixFilePermissions.fromString("---------"));
        assertThat(read().firstProblem().problem()).contains("/sys/kernel/tracing may not be read");
        Files.setPosixFilePermissions(tracing, PosixFilePermissions.fromString("rwx------"));
    }

    private HostFacts read() {
        return HostFacts.read(root, "Linux", "6.1", "amd64");
    }

    private void capabilities(String effective) throws IOException {
        write("proc/self/status", "Name:\tjava\nCapEff:\t" + effective + "\n");
    }

    private void write(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
