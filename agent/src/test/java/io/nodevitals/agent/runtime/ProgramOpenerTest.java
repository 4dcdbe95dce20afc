// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.nodevitals.agent.process.ProcScan;
import io.nodevitals.agent.process.ProcStat;
import io.nodevitals.agent.process.ProcessId;
import io.nodevitals.agent.program.Inspection;
import io.nodevitals.agent.program.Inspection.Outcome;
import io.nodevitals.agent.program.RootView;
import io.nodevitals.agent.program.StartCause;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Inspects this machine's own perl in the root of a real process that lives in a chroot, where its libc is not. */
class ProgramOpenerTest {
    private static final Path PERL = Path.of("/usr/bin/perl");

    @TempDir
    Path root;

    private final long tick = new ProcScan(Path.of("/proc")).clockTickNanos();
    private final SafeFileOpener files = new SafeFileOpener("/proc", tick);
    private final ProgramOpener opener = new ProgramOpener(files, Path.of("/proc"));
    private Process process;
    private ProcessId inside;

    @BeforeEach
    void startInsideOfChroot() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "SKIPPED: chroot needs root");
        assumeTrue(Files.isExecutable(PERL), "SKIPPED: perl plays the process inside, and the program");
        Inspection here = opener.inspect(identity(ProcessHandle.current().pid()), 0, PERL.toString());
        assumeTrue(here != null && here.outcome() == Outcome.STARTS, "SKIPPED: perl would not start here");
        Path loader = Path.of(here.evidence().stream()
                .filter(line -> line.contains("/ld-"))
                .map(line -> line.replaceAll(".*?(/\\S*/ld-[^\\s,:]*).*", "$1"))
                .findFirst()
                .orElseThrow());
        copy(loader, loader.toString());
        copy(PERL, "/app/server");
        process = new ProcessBuilder(
                        PERL.toString(),
                        "-e",
                        "chroot $ARGV[0] or die; chdir '/app' or die; $| = 1; print \"ready\\n\"; sleep 600;",
                        root.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader output = process.inputReader(StandardCharsets.ISO_8859_1);
        assertThat(output.readLine()).isEqualTo("ready");
        inside = identity(process.pid());
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
        files.close();
    }

    @Test
    void theLibraryThatThisRootLacksIsNamed() {
        assertLibraryMissing(opener.inspect(inside, 0, "/app/server"));
    }

    @Test
    void aRelativePathStartsAtItsWorkingDirectory() {
        assertLibraryMissing(opener.inspect(inside, 0, "./server"));
        assertLibraryMissing(opener.inspect(inside, 0, "../app/server"));
        assertThat(opener.inspect(inside, 0, "server-2").cause()).isEqualTo(StartCause.FILE_MISSING);
    }

    @Test
    void anotherMountNamespaceAnotherProcessAndNoPathAreNotLookedAt() {
        assertThat(opener.inspect(inside, 1, "/app/server")).isNull();
        assertThat(opener.inspect(new ProcessId(inside.tgid(), inside.startBootNanos() - 5 * tick), 0, "/app/server"))
                .isNull();
        assertThat(opener.inspect(inside, 0, "")).isNull();
        assertThat(opener.inspect(inside, 0, "/app/server\0x")).isNull();
    }

    @Test
    void noDescriptorIsLeft() throws IOException {
        opener.inspect(inside, 0, "/app/server");
        long before = descriptors();
        for (int i = 0; i < 50; i++) {
            opener.inspect(inside, 0, i % 2 == 0 ? "/app/server" : "./server");
        }
        // The JVM's own come and go; looks that left one each would leave 50.
        assertThat(descriptors()).isLessThan(before + 25);
    }

    @Test
    void whenItsTimeIsOverARootShowsNothingMore() throws IOException {
        try (DirectoryRoot open = new DirectoryRoot(root)) {
            HurriedRoot late = new HurriedRoot(open, System.nanoTime() - 1);
            HurriedRoot early = new HurriedRoot(open, System.nanoTime() + 60_000_000_000L);

            assertThat(late.look("/app/server")).isEqualTo(new RootView.Absent(110));
            RootView.Present file = (RootView.Present) early.look("/app/server");
            assertThat(file.reader().read(1, 3))
                    .asString(StandardCharsets.US_ASCII)
                    .isEqualTo("ELF");
            assertThat(((RootView.Present) early.look("/app")).isDirectory()).isTrue();
        }
    }

    private static void assertLibraryMissing(Inspection found) {
        assertThat(found.outcome()).isEqualTo(Outcome.LOADER_FAILS);
        assertThat(found.cause()).isEqualTo(StartCause.LIBRARY_MISSING);
        assertThat(found.exitCode()).isEqualTo(127);
        assertThat(found.subject()).startsWith("lib");
    }

    private void copy(Path from, String to) throws IOException {
        Path target = root.resolve(to.substring(1));
        Files.createDirectories(target.getParent());
        Files.copy(from, target);
    }

    private ProcessId identity(long pid) throws IOException {
        ProcStat stat = ProcStat.parse(
                new String(Files.readAllBytes(Path.of("/proc", pid + "", "stat")), StandardCharsets.ISO_8859_1));
        return new ProcessId(stat.tgid(), stat.startTicks() * tick + tick / 2);
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }
}
