// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProcScanTest {
    private static final String TAIL = " 1 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654 1000 50 184467\n";

    @TempDir
    Path proc;

    @ParameterizedTest
    @ValueSource(strings = {"sh", "x) R 1 (", "a b", ") ", "", "((", "\u00ff\u0001"})
    void aNameCannotForgeTheFieldsBehindIt(String comm) {
        ProcStat stat = ProcStat.parse("42 (" + comm + ") S" + TAIL);

        assertThat(stat).isEqualTo(new ProcStat(42, comm, 1, 987654, 1000));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "42", "42 (sh", "42 (sh) S 1", "x (sh) S 1 42 42 0 -1 4 1 0 0 0 0 0 0 0 20 0 1 0 1 1", ")("})
    void whatIsNoStatLineIsNoProcess(String line) {
        assertThat(ProcStat.parse(line)).isNull();
    }

    @Test
    void aScanTakesWhatItCanReadAndLeavesOutWhatIsGone() throws IOException {
        process(42, "sh", "/usr/bin/dash (deleted)", "mnt:[4026531841]");
        process(2, "kthreadd", null, null);
        Files.createDirectory(proc.resolve("43"));
        Files.createDirectory(proc.resolve("sys"));
        Files.createDirectory(proc.resolve("4x"));

        assertThat(new ProcScan(proc).scan())
                .containsExactlyInAnyOrder(
                        new ScannedProcess(new ProcStat(42, "sh", 1, 987654, 1000), "/usr/bin/dash", 4026531841L),
                        new ScannedProcess(new ProcStat(2, "kthreadd", 1, 987654, 1000), null, 0));
    }

    @Test
    void commandLinesAreReadWhenTheyAreWantedAndNoLongerThanIsKept() throws IOException {
        process(42, "sh", "/usr/bin/dash", "mnt:[4026531841]");
        process(43, "long", "/usr/bin/long", "mnt:[4026531841]");
        process(2, "kthreadd", null, null);
        Files.writeString(proc.resolve("42/cmdline"), "sh\0-c\0ls\0");
        Files.writeString(proc.resolve("43/cmdline"), "x".repeat(CommandLine.MAX_BYTES + 1));
        Files.writeString(proc.resolve("2/cmdline"), "");

        assertThat(new ProcScan(proc, true).scan())
                .extracting(process -> process.stat().tgid(), ScannedProcess::commandLine)
                .containsExactlyInAnyOrder(
                        tuple(42, new CommandLine(List.of("sh", "-c", "ls"), false)),
                        tuple(43, new CommandLine(List.of("x".repeat(CommandLine.MAX_BYTES)), true)),
                        tuple(2, null));
    }

    @Test
    void theTickComesFromTheAuxiliaryVector() throws IOException {
        assertThat(new ProcScan(proc).clockTickNanos()).isEqualTo(10_000_000);
        ByteBuffer vector = ByteBuffer.allocate(48).order(ByteOrder.nativeOrder());
        vector.putLong(6).putLong(4096).putLong(17).putLong(250).putLong(0).putLong(0);
        Files.createDirectory(proc.resolve("self"));
        Files.write(proc.resolve("self/auxv"), vector.array());

        assertThat(new ProcScan(proc).clockTickNanos()).isEqualTo(4_000_000);
    }

    @Test
    void thisProcessIsFoundInTheRealProc() throws IOException {
        Path real = Path.of("/proc");
        Assumptions.assumeTrue(Files.exists(real.resolve("self/stat")), "SKIPPED: no /proc");
        int self = (int) ProcessHandle.current().pid();
        ScannedProcess found = new ProcScan(real)
                .scan().stream().filter(p -> p.stat().tgid() == self).findAny().orElseThrow();

        assertThat(found.executablePath()).endsWith("/java");
        assertThat(found.stat().parentTgid())
                .isEqualTo((int) ProcessHandle.current().parent().orElseThrow().pid());
        assertThat("mnt:[" + found.mountNamespace() + "]")
                .isEqualTo(Files.readSymbolicLink(real.resolve("self/ns/mnt")).toString());
    }

    private void process(int pid, String comm, String exe, String mountNamespace) throws IOException {
        Path directory = Files.createDirectories(proc.resolve(pid + "/ns")).getParent();
        Files.writeString(directory.resolve("stat"), pid + " (" + comm + ") S" + TAIL);
        if (exe != null) {
            Files.createSymbolicLink(directory.resolve("exe"), Path.of(exe));
            Files.createSymbolicLink(directory.resolve("ns/mnt"), Path.of(mountNamespace));
        }
    }
}
