// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.binfmt.BinfmtTable;
import io.nodevitals.agent.diagnose.Look;
import io.nodevitals.agent.process.ProcScan;
import io.nodevitals.agent.process.ProcStat;
import io.nodevitals.agent.process.ProcessId;
import io.nodevitals.agent.program.ProgramInspector.Caller;
import io.nodevitals.agent.runtime.DirectoryRoot;
import io.nodevitals.agent.runtime.SafeFileOpener;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A thousand roots made to lead astray whoever looks into them, changing while he does: nothing outside is read, no look waits, and
 * nothing stays open, so that the file system can be unmounted.
 */
class HostileRootIT {
    private static final int LAYOUTS = 1000;
    private static final String CANARY = "the host's secret";
    /** Far more than any look takes, and far less than a lease holds (/proc/sys/fs/lease-break-time, 45 s). */
    private static final long LONGEST_LOOK_SECONDS = 15;

    private static final NodeFacts NODE =
            new NodeFacts(ElfFile.EM_X86_64, List.of(), true, new BinfmtTable(true, true, new TreeMap<>()));

    @TempDir
    Path directory;

    private final long tick = new ProcScan(Path.of("/proc")).clockTickNanos();
    private final SafeFileOpener opener = new SafeFileOpener("/proc", tick);
    private final List<Process> processes = new ArrayList<>();
    private Path host;
    private Path root;
    private Path specials;
    private ProcessId inside;

    @BeforeEach
    void makeRoot() throws Exception {
        Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "SKIPPED: mounts and devices need root");
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/perl")), "SKIPPED: perl plays the process inside");
        host = directory.resolve("host");
        Files.createDirectory(host);
        run("mount", "-t", "tmpfs", "tmpfs", host.toString());
        root = Files.createDirectory(host.resolve("root"));
        specials = Files.createDirectory(host.resolve("specials"));
        Path canary =
                Files.write(host.resolve("canary"), (CANARY + " ").repeat(100).getBytes(StandardCharsets.US_ASCII));
        run("chmod", "755", canary.toString());
        Files.createDirectory(root.resolve("proc"));
        run("mount", "-t", "proc", "proc", root.resolve("proc").toString());
        run("mkfifo", specials.resolve("fifo").toString());
        run("mknod", specials.resolve("device").toString(), "c", "1", "5");
        Files.writeString(specials.resolve("leased"), "#!/bin/sh\n");
        try (RandomAccessFile sparse =
                new RandomAccessFile(specials.resolve("sparse").toFile(), "rw")) {
            sparse.write(LibraryImage.program("/lib64/ld-linux-x86-64.so.2").bytes());
            sparse.setLength(1L << 34);
        }
        run(
                "chmod",
                "755",
                specials.resolve("sparse").toString(),
                specials.resolve("leased").toString());
        perl(
                "use Socket; socket(S, PF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un(\"$ARGV[0]/socket\")) or die;"
                        + " $SIG{IO} = 'IGNORE'; open(L, '<', \"$ARGV[0]/leased\") or die;"
                        // F_SETLEASE, F_WRLCK: whoever opens it waits, unless he says that he will not.
                        + " fcntl(L, 1024, 1) or die;",
                specials);
        inside = identity(perl("chroot $ARGV[0] or die; chdir '/' or die;", root));
    }

    @AfterEach
    void unmount() throws Exception {
        opener.close();
        for (Process process : processes) {
            process.destroyForcibly().waitFor();
        }
        if (host != null) {
            // Both fail while anything in there is held open.
            run("umount", root.resolve("proc").toString());
            run("umount", host.toString());
        }
    }

    @Test
    @Timeout(value = 600, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void nothingOutsideIsReadNothingWaitsAndNothingStaysOpen() throws Exception {
        List<String> ways = waysOut();
        AtomicReference<HostileLayout> current = new AtomicReference<>();
        Thread disturber = disturber(current);
        int looks = 0;
        int contents = 0;
        try (AccessWatch watch = new AccessWatch(host.resolve("canary"));
                DirectoryRoot view = new DirectoryRoot(root)) {
            assertThat(watch.wasAccessed()).isFalse();
            Files.readString(host.resolve("canary"));
            assertThat(watch.wasAccessed()).as("the watch sees an access").isTrue();
            disturber.start();
            for (int seed = 0; seed < LAYOUTS; seed++) {
                HostileLayout layout = new HostileLayout(seed, root, "l" + seed, specials, ways);
                if (seed % 2 == 1) {
                    current.set(layout);
                }
                for (String path : layout.paths()) {
                    contents += look(seed, path) ? 1 : 0;
                    inspect(view, seed, path);
                    looks++;
                }
                current.set(null);
                assertThat(watch.wasAccessed())
                        .as("seed=%d: the canary was opened", seed)
                        .isFalse();
            }
        } finally {
            disturber.interrupt();
            disturber.join();
        }
        // The layouts are such that there is something to read, too.
        assertThat(contents).isBetween(LAYOUTS, looks);
        assertThat(held()).as("descriptors that are still open in the root").isEmpty();
    }

    /** Paths that lead out, were they followed: as a process inside might know them, or guess. */
    private List<String> waysOut() {
        String up = "../".repeat(12);
        return List.of(
                host + "/canary",
                up + "canary",
                up.substring(1) + "../canary",
                "/../canary",
                "/proc/self/root" + host + "/canary",
                "/proc/1/root" + host + "/canary",
                "/proc/" + ProcessHandle.current().pid() + "/cwd/" + up
                        + host.toString().substring(1) + "/canary",
                "/proc/self/cwd/../canary",
                "/proc/" + inside.tgid() + "/root/../canary",
                "/proc/thread-self/fd/3",
                "/proc/self/exe",
                "/proc/self/map_files/400000-401000");
    }

    private boolean look(int seed, String path) {
        long begun = System.nanoTime();
        // Paths are bytes, one to a char.
        String raw = new String(path.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        Look look = opener.read(inside, 0, raw, 0);
        assertQuick(seed, path, begun);
        if (!(look instanceof Look.Contents contents)) {
            return false;
        }
        assertThat(new String(contents.bytes(), StandardCharsets.ISO_8859_1))
                .as("seed=%d path=%s", seed, path)
                .doesNotContain(CANARY);
        return true;
    }

    private static void inspect(DirectoryRoot view, int seed, String path) {
        long begun = System.nanoTime();
        String raw = new String(path.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        Inspection inspection = new ProgramInspector(NODE, view, Caller.ROOT).inspect(raw);
        assertQuick(seed, path, begun);
        assertThat(inspection.toString()).as("seed=%d path=%s", seed, path).doesNotContain(CANARY);
    }

    private static void assertQuick(int seed, String path, long begun) {
        assertThat(System.nanoTime() - begun)
                .as("seed=%d path=%s waited", seed, path)
                .isLessThan(TimeUnit.SECONDS.toNanos(LONGEST_LOOK_SECONDS));
    }

    /** Changes every second layout under the eyes of whoever looks. */
    private static Thread disturber(AtomicReference<HostileLayout> current) {
        Random moment = new Random(7);
        return new Thread(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                HostileLayout layout = current.get();
                if (layout == null) {
                    Thread.onSpinWait();
                } else {
                    layout.disturb(moment);
                }
            }
        });
    }

    private List<Path> held() throws IOException {
        List<Path> held = new ArrayList<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors.toList()) {
                try {
                    Path target = Files.readSymbolicLink(descriptor);
                    if (target.startsWith(host)) {
                        held.add(target);
                    }
                } catch (IOException closedMeanwhile) {
                    continue;
                }
            }
        }
        return held;
    }

    private Process perl(String program, Path argument) throws IOException {
        Process process = new ProcessBuilder(
                        "/usr/bin/perl",
                        "-e",
                        program + " $| = 1; print \"ready\\n\"; sleep 3600;",
                        argument.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        processes.add(process);
        BufferedReader output = process.inputReader(StandardCharsets.ISO_8859_1);
        assertThat(output.readLine()).isEqualTo("ready");
        return process;
    }

    private ProcessId identity(Process process) throws IOException {
        ProcStat stat = ProcStat.parse(new String(
                Files.readAllBytes(Path.of("/proc", process.pid() + "", "stat")), StandardCharsets.ISO_8859_1));
        return new ProcessId(stat.tgid(), stat.startTicks() * tick + tick / 2);
    }

    private static void run(String... command) throws Exception {
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor())
                .as(String.join(" ", command))
                .isZero();
    }
}
