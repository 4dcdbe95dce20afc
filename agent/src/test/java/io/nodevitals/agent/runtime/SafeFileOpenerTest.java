// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.diagnose.Look;
import io.nodevitals.agent.diagnose.Look.Contents;
import io.nodevitals.agent.diagnose.Look.Missing;
import io.nodevitals.agent.diagnose.Look.NotRegular;
import io.nodevitals.agent.diagnose.Look.Unavailable;
import io.nodevitals.agent.process.ProcScan;
import io.nodevitals.agent.process.ProcStat;
import io.nodevitals.agent.process.ProcessId;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Looks into the root of a real process that lives in a chroot, next to a file of the host that must never be read. */
class SafeFileOpenerTest {
    private static final String CANARY = "the host's secret";

    @TempDir
    Path host;

    private final long tick = new ProcScan(Path.of("/proc")).clockTickNanos();
    private final SafeFileOpener opener = new SafeFileOpener("/proc", tick);
    private final List<Process> processes = new ArrayList<>();
    private Path root;
    private ProcessId inside;

    @BeforeEach
    void startInsideOfChroot() throws IOException {
        Assumptions.assumeTrue(
                Files.exists(Path.of("/proc/self/ns/mnt"), LinkOption.NOFOLLOW_LINKS), "SKIPPED: no Linux /proc");
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/perl")), "SKIPPED: perl plays the process inside");
        Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "SKIPPED: chroot needs root");
        Files.writeString(host.resolve("canary"), CANARY);
        root = Files.createDirectories(host.resolve("root"));
        Files.createDirectories(root.resolve("app/sub"));
        Files.writeString(root.resolve("app/prog"), "#!/bin/sh\n");
        inside = start("chroot $ARGV[0] or die; chdir '/app/sub' or die;", root);
    }

    @AfterEach
    void stop() throws InterruptedException {
        for (Process process : processes) {
            process.destroyForcibly().waitFor();
        }
        opener.close();
    }

    @Test
    void aFileIsReadAsTheProcessSeesIt() throws IOException {
        Contents contents = (Contents) read("/app/prog");

        assertThat(contents.bytes()).asString(StandardCharsets.ISO_8859_1).isEqualTo("#!/bin/sh\n");
        assertThat(contents.status().mode() & 0170000).isEqualTo(0100000);
        assertThat(contents.status().noexec()).isFalse();
        assertThat(contents.status().mountPoint())
                .as("of a mount that forbids exec alone")
                .isNull();
        assertThat(contents.status().uid()).isEqualTo(Files.getAttribute(root.resolve("app/prog"), "unix:uid"));
        assertThat(((Contents) opener.read(inside, 0, "/app/prog", 5)).bytes())
                .asString()
                .isEqualTo("n/sh\n");
        assertThat(((Contents) opener.read(inside, 0, "/app/prog", 5000)).bytes())
                .isEmpty();
        assertThat(read("/app/none")).isEqualTo(new Missing(2));
        assertThat(read("/app/prog/none")).isEqualTo(new Missing(20));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/canary", "../canary", "../../../../../../../canary", "/../canary", "/app/../../canary"})
    void aSymbolicLinkDoesNotLeadOutOfTheRoot(String target) throws IOException {
        Files.createSymbolicLink(root.resolve("escape"), Path.of(target));

        assertThat(read("/escape")).isEqualTo(new Missing(2));
        assertThat(read(target.startsWith("/") ? target : "/" + target)).isEqualTo(new Missing(2));
    }

    @Test
    void anAbsoluteHostPathBehindALinkIsSoughtInsideTheRoot() throws IOException {
        Files.createSymbolicLink(root.resolve("escape"), host.resolve("canary"));
        Files.createSymbolicLink(root.resolve("directory"), host);

        assertThat(read("/escape")).isEqualTo(new Missing(2));
        assertThat(read("/directory/canary")).isEqualTo(new Missing(2));
    }

    @Test
    void aRenameRaceNeverShowsTheHostsFile() throws Exception {
        Files.writeString(root.resolve("canary"), "harmless");
        Path within = Files.createDirectories(root.resolve("way/out"));
        Path outside = Files.createDirectories(host.resolve("beside")).resolve("out");
        AtomicBoolean done = new AtomicBoolean();
        // Whoever has walked into "out" when it moves would find the host's canary two levels up.
        Thread mover = new Thread(() -> {
            while (!done.get()) {
                try {
                    Files.move(within, outside, StandardCopyOption.ATOMIC_MOVE);
                    Files.move(outside, within, StandardCopyOption.ATOMIC_MOVE);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        });
        mover.start();
        try {
            for (int i = 0; i < 5000; i++) {
                if (read("/way/out/../../canary") instanceof Contents contents) {
                    assertThat(contents.bytes()).asString().isEqualTo("harmless");
                }
            }
        } finally {
            done.set(true);
            mover.join();
        }
        assertThat(((Contents) read("/way/out/../../canary")).bytes())
                .asString()
                .isEqualTo("harmless");
    }

    @Test
    void aLinkOfProcIsNotFollowed() throws IOException {
        ProcessId self = identity(ProcessHandle.current().pid());

        assertThat(opener.read(self, 0, "/proc/self/root" + host + "/canary", 0))
                .isInstanceOf(Unavailable.class);
        assertThat(opener.read(self, 0, "/proc/self/exe", 0)).isInstanceOf(Unavailable.class);
    }

    @Test
    void aFifoADeviceAndADirectoryAreNeverOpened() throws Exception {
        run("mkfifo", root.resolve("fifo").toString());
        assertThat(read("/fifo")).isInstanceOf(NotRegular.class);
        assertThat(read("/app"))
                .isInstanceOfSatisfying(
                        NotRegular.class,
                        look -> assertThat(look.mode() & 0170000).isEqualTo(0040000));
        if (run("mknod", root.resolve("zero").toString(), "c", "1", "5") == 0) {
            assertThat(read("/zero")).isInstanceOf(NotRegular.class);
        }
    }

    @Test
    void aFileWithALeaseIsNotWaitedFor() throws IOException {
        start("$SIG{IO} = 'IGNORE'; open(F, '+<', \"$ARGV[0]/app/prog\") or die; fcntl(F, 1024, 1) or die $!;", root);

        assertThat(read("/app/prog")).isEqualTo(new Unavailable("open failed with errno=11"));
    }

    @Test
    void aHugeSparseFileCostsNoMoreThanAnyOther() throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(root.resolve("sparse").toFile(), "rw")) {
            file.write(new byte[] {0x7f, 'E', 'L', 'F'});
            file.setLength(1L << 40);
        }

        assertThat(((Contents) read("/sparse")).bytes()).hasSize(4096).startsWith(0x7f, 'E', 'L', 'F');
        assertThat(((Contents) opener.read(inside, 0, "/sparse", (1L << 40) - 10)).bytes())
                .hasSize(10);
    }

    @Test
    void aRelativePathStartsAtTheWorkingDirectoryAndStaysBelow() throws IOException {
        Files.writeString(root.resolve("app/sub/tool"), "tool");

        assertThat(((Contents) read("tool")).bytes()).asString().isEqualTo("tool");
        assertThat(((Contents) read("./tool")).bytes()).asString().isEqualTo("tool");
        assertThat(read("../prog")).isEqualTo(new Unavailable("its path leaves the working directory"));
    }

    @Test
    void theMountSaysWhetherItForbidsExec() throws IOException {
        // "proc /proc proc rw,nosuid,nodev,noexec,relatime 0 0"
        boolean noexec = Files.readAllLines(Path.of("/proc/self/mounts")).stream()
                .filter(line -> line.matches("\\S+ /proc .*"))
                .anyMatch(line -> line.matches(".*[ ,]noexec[ ,].*"));
        Look look = opener.read(identity(ProcessHandle.current().pid()), 0, "/proc/version", 0);

        assertThat(((Contents) look).status().noexec()).isEqualTo(noexec);
        assertThat(((Contents) look).status().mountPoint()).isEqualTo(noexec ? "/proc" : null);
    }

    @Test
    void anotherProcessUnderThePidIsNotLookedThrough() {
        ProcessId reused = new ProcessId(inside.tgid(), inside.startBootNanos() - tick);

        assertThat(opener.read(reused, 0, "/app/prog", 0)).isEqualTo(new Unavailable("the process had ended already"));
        assertThat(opener.read(inside, 0, "/app/prog", 0)).isInstanceOf(Contents.class);
    }

    @Test
    void aStandInMustBeInTheMountNamespace() throws IOException {
        String link = Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")).toString();
        long own = Long.parseLong(link.replaceAll("\\D", ""));

        assertThat(opener.read(inside, own, "/app/prog", 0)).isInstanceOf(Contents.class);
        assertThat(opener.read(inside, own + 1, "/app/prog", 0)).isInstanceOf(Unavailable.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\0b"})
    void aNameThatIsNoPathIsRefused(String path) {
        assertThat(read(path)).isInstanceOf(Unavailable.class);
    }

    @Test
    void aLatinOneByteIsTheByteOfTheName() throws Exception {
        start("open(F, '>', \"$ARGV[0]/app/\\xff\\xfe\") or die; print F 'odd'; close F;", root);

        assertThat(((Contents) read("/app/\u00ff\u00fe")).bytes()).asString().isEqualTo("odd");
    }

    @Test
    void noDescriptorStaysOpen() throws Exception {
        Files.createSymbolicLink(root.resolve("escape"), Path.of("/canary"));
        read("/app/prog");
        long before = descriptors();
        for (int i = 0; i < 500; i++) {
            read("/app/prog");
            read("/escape");
            read("/app");
            opener.read(new ProcessId(inside.tgid(), 0), 0, "/app/prog", 0);
        }

        // The JVM's own come and go; one look in ten that left one would leave more.
        assertThat(descriptors()).isLessThan(before + 50);
    }

    private Look read(String path) {
        return opener.read(inside, 0, path, 0);
    }

    private ProcessId start(String perl, Path argument) throws IOException {
        Process process = new ProcessBuilder(
                        "/usr/bin/perl", "-e", perl + " $| = 1; print \"ready\\n\"; sleep 600;", argument.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        processes.add(process);
        BufferedReader output = process.inputReader(StandardCharsets.ISO_8859_1);
        assertThat(output.readLine()).isEqualTo("ready");
        return identity(process.pid());
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

    private static int run(String... command) throws Exception {
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }
}
