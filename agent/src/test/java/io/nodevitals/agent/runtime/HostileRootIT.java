// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.nodevitals.agent.diagnose.Look;
import io.nodevitals.agent.diagnose.Look.Contents;
import io.nodevitals.agent.diagnose.Look.NotRegular;
import io.nodevitals.agent.process.ProcScan;
import io.nodevitals.agent.process.ProcStat;
import io.nodevitals.agent.process.ProcessId;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A thousand hostile layouts in the root of a process that lives in a chroot, with /proc mounted, looked into as the agent does after a
 * failed exec and after an end that looks like a loader's. No canary is opened or shown, no look waits, and nothing is held: in the end
 * the file system that has all of it can be unmounted.
 */
class HostileRootIT {
    private static final int LAYOUTS = Integer.getInteger("nodevitals.test.layouts", 1000);
    private static final long SEED = Long.getLong("nodevitals.test.seed", 20261127L);

    @TempDir
    Path host;

    private final long tick = new ProcScan(Path.of("/proc")).clockTickNanos();
    private final SafeFileOpener files = new SafeFileOpener("/proc", tick);
    private final ProgramOpener programs = new ProgramOpener(files, Path.of("/proc"));
    private final ExecutorService looker = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "hostile-look");
        thread.setDaemon(true);
        return thread;
    });
    private HostileGround ground;
    private Process process;
    private ProcessId inside;
    private long mountNamespace;
    private boolean mounted;

    @BeforeEach
    void startInsideOfChroot() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "SKIPPED: chroot and mount need root");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/perl")), "SKIPPED: perl plays the process inside");
        mounted = HostileGround.run("mount", "-t", "tmpfs", "hostile", host.toString()) == 0;
        assumeTrue(mounted, "SKIPPED: mount is not permitted here");
        ground = new HostileGround(host);
        Path proc = Files.createDirectories(ground.root().resolve("proc"));
        assertThat(HostileGround.run("mount", "-t", "proc", "proc", proc.toString()))
                .isZero();
        process = new ProcessBuilder(
                        "/usr/bin/perl",
                        "-e",
                        "chroot $ARGV[0] or die; chdir '/app' or die; $| = 1; print \"ready\\n\"; sleep 6000;",
                        ground.root().toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader output = process.inputReader(StandardCharsets.ISO_8859_1);
        assertThat(output.readLine()).isEqualTo("ready");
        inside = identity(process.pid());
        mountNamespace = Long.parseLong(
                Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")).toString().replaceAll("\\D", ""));
    }

    @AfterEach
    void unmount() throws Exception {
        files.close();
        looker.shutdownNow();
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
        if (ground != null) {
            ground.close();
            HostileGround.run("umount", ground.root().resolve("proc").toString());
        }
        if (mounted && HostileGround.run("umount", host.toString()) != 0) {
            HostileGround.run("umount", "-l", host.toString());
            assertThat(true).as("something held the file system").isFalse();
        }
    }

    @Test
    void noLayoutShowsWhatIsOutsideOrHoldsALookOrItsMount() throws Exception {
        for (int i = 0; i < LAYOUTS; i++) {
            long seed = SEED + i;
            StringBuilder said = new StringBuilder();
            try (HostileLayout layout = ground.layout(seed);
                    SwapRace race = i % 10 == 0 ? new SwapRace(ground.root()) : null) {
                looker.submit(() -> look(layout, race, said)).get(30, TimeUnit.SECONDS);
                // Had one waited, this would be told that an earlier one still does.
                await("the look that is stuck in the layout of seed=" + seed)
                        .atMost(Duration.ofSeconds(10))
                        .until(() -> files.read(inside, 0, "/app", 0) instanceof NotRegular);
            } catch (java.util.concurrent.TimeoutException e) {
                throw new AssertionError("a look has not come back in 30 s, seed=" + seed, e);
            }
            assertThat(ground.broken(said.toString())).as("seed=%d", seed).isEmpty();
        }
    }

    private void look(HostileLayout layout, SwapRace race, StringBuilder said) {
        try (DiagnosedRoot diagnosed = new DiagnosedRoot(files, programs, inside, mountNamespace)) {
            for (String path : layout.paths()) {
                look(path, said);
                said.append(diagnosed.failedToStart(path));
            }
            for (String path : layout.wayOut()) {
                look(path, said);
                said.append(programs.inspect(inside, mountNamespace, path));
            }
            for (String path : HostileLayout.PROGRAMS) {
                said.append(programs.inspect(inside, mountNamespace, path));
                said.append(diagnosed.endedAsIfNotLoaded(path));
            }
        }
        for (int i = 0; race != null && i < 20; i++) {
            for (String path : SwapRace.PATHS) {
                look(path, said);
                said.append(programs.inspect(inside, mountNamespace, path));
            }
        }
    }

    private void look(String path, StringBuilder said) {
        append(files.read(inside, 0, path, 0), said);
        append(files.read(inside, mountNamespace, path, 100), said);
        append(files.read(inside, 0, path.substring(1), 0), said);
        append(files.read(inside, 0, "../" + path, 0), said);
    }

    private static void append(Look look, StringBuilder said) {
        said.append(look).append('\n');
        if (look instanceof Contents contents) {
            said.append(String.format("mode %04o ", contents.status().mode() & 07777))
                    .append(new String(contents.bytes(), StandardCharsets.ISO_8859_1));
        }
    }

    private ProcessId identity(long pid) throws IOException {
        ProcStat stat = ProcStat.parse(
                new String(Files.readAllBytes(Path.of("/proc", pid + "", "stat")), StandardCharsets.ISO_8859_1));
        return new ProcessId(stat.tgid(), stat.startTicks() * tick + tick / 2);
    }
}
