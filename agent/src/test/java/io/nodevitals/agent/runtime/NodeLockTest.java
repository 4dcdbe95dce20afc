// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nodevitals.agent.runtime.AgentStartException.Kind;
import io.nodevitals.agent.runtime.NodeAgentFactory.NodeClaim;
import io.nodevitals.bpf.libbpf.Native;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kernel's own flock, on a directory of the test's. */
class NodeLockTest {
    private static final Path PROC = Path.of("/proc");

    @TempDir
    Path directory;

    private Path proc;
    private Native natives;

    @BeforeEach
    void load() throws Exception {
        natives = Native.load();
        proc = Files.createDirectory(directory.resolve("proc"));
    }

    @Test
    void theSecondIsToldWhoHasItAndGetsItOnceTheFirstIsGone() throws Exception {
        NodeClaim first = take(directory);
        assertThatThrownBy(() -> take(directory))
                .isInstanceOfSatisfying(
                        AgentStartException.class,
                        refused -> assertThat(refused.kind()).isEqualTo(Kind.OCCUPIED))
                .hasMessageStartingWith("Another agent runs on this machine (")
                .hasMessageContaining("pid " + ProcessHandle.current().pid() + ", holds the lock of " + directory);

        first.close();

        take(directory).close();
        take(directory).close();
    }

    @Test
    void aHolderOfAnotherPidNamespaceIsFoundByThePlaceOfTheLock() throws Exception {
        Files.writeString(proc.resolve("locks"), "1: FLOCK  ADVISORY  WRITE 4711 00:01:1 0 EOF\n");
        NodeClaim first = take(directory);

        assertThatThrownBy(() -> NodeLock.take(natives, directory, proc, 0))
                .hasMessageContaining("grep 'FLOCK.* " + place() + " ' /proc/locks shows its pid");
        assertThat(Files.readString(PROC.resolve("locks"))).containsPattern("FLOCK.* " + place() + " ");
        first.close();
    }

    @Test
    void aHolderThatCouldNotRunAnAgentStopsNobody() throws Exception {
        holder(4711, "squatter", 0);
        NodeClaim first = take(directory);

        NodeLock.take(natives, directory, proc, 0).close();

        holder(4711, "java", 1L << 39);
        assertThatThrownBy(() -> NodeLock.take(natives, directory, proc, 0)).hasMessageContaining("(java, pid 4711,");
        first.close();
    }

    @Test
    void aDirectoryThatCannotBeOpenedIsNoLock() throws Exception {
        NodeClaim none = take(directory.resolve("nowhere"));
        take(directory.resolve("nowhere")).close();
        none.close();
    }

    private NodeClaim take(Path place) throws AgentStartException {
        return NodeLock.take(natives, place, PROC, 0);
    }

    private void holder(int pid, String name, long capabilities) throws Exception {
        Files.writeString(
                proc.resolve("locks"),
                "1: POSIX  ADVISORY  WRITE 1 " + place() + " 0 EOF\n2: FLOCK  ADVISORY  WRITE " + pid + " " + place()
                        + " 0 EOF\n2: -> FLOCK  ADVISORY  WRITE 9 " + place() + " 0 EOF\n");
        Path process = Files.createDirectories(proc.resolve(Integer.toString(pid)));
        Files.writeString(
                process.resolve("status"),
                String.format(Locale.ROOT, "Name:\t%s\nUmask:\t0022\nCapEff:\t%016x\n", name, capabilities));
    }

    private String place() throws Exception {
        long device = ((Number) Files.getAttribute(directory, "unix:dev")).longValue();
        return String.format(
                Locale.ROOT,
                "%02x:%02x:%d",
                device >> 8 & 0xfff,
                (device & 0xff) | (device >> 12 & 0xfff00),
                ((Number) Files.getAttribute(directory, "unix:ino")).longValue());
    }
}
