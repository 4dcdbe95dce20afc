// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nodevitals.agent.binfmt.BinfmtTable;
import io.nodevitals.agent.program.BuiltPrograms.TestRoot;
import io.nodevitals.agent.program.Inspection.Outcome;
import io.nodevitals.agent.program.ProgramInspector.Caller;
import io.nodevitals.agent.runtime.DirectoryRoot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that somebody made to fool, stop or exhaust whoever reads them. The time limits only tell a wait without end from none. */
class HostileFilesTest {
    private static final String GLIBC = "/lib64/ld-linux-x86-64.so.2";
    private static final NodeFacts NODE =
            new NodeFacts(ElfFile.EM_X86_64, List.of(), true, new BinfmtTable(true, true, new TreeMap<>()));
    private static final int STRINGS = 10 << 20;

    @TempDir
    Path directory;

    private TestRoot root;

    @BeforeEach
    void makeRoot() {
        root = new TestRoot(directory.resolve("root")).directory("/bin");
    }

    @Test
    void noLinkLeavesTheRoot() {
        TestRoot host =
                new TestRoot(directory).write("/canary", new ElfImage().type(2).bytes());
        root.link("/bin/absolute", host.at("/canary").toString())
                .link("/bin/relative", "../../canary")
                .link("/bin/far", "../../../../../../../../.." + host.at("/canary"))
                .link("/up", "..")
                .link("/bin/through", "/up/canary")
                .script("/bin/script", "#!../canary\n")
                .write(
                        "/bin/prog",
                        LibraryImage.program(host.at("/canary").toString()).bytes());

        for (String name : List.of("absolute", "relative", "far", "through")) {
            assertThat(inspect("/bin/" + name).cause()).as(name).isEqualTo(StartCause.FILE_MISSING);
        }
        assertThat(inspect("/bin/../../canary").cause()).isEqualTo(StartCause.FILE_MISSING);
        assertThat(inspect("/bin/script").cause()).isEqualTo(StartCause.SCRIPT_INTERPRETER_MISSING);
        assertThat(inspect("/bin/prog").cause()).isEqualTo(StartCause.INTERPRETER_MISSING);
    }

    @Test
    void aLibraryOutsideOfTheRootIsNotRead() {
        new TestRoot(directory).write("/libcanary.so", new LibraryImage().bytes());
        root.write(GLIBC, new LibraryImage().bytes())
                .link("/lib64/libcanary.so", "../../libcanary.so")
                .write(
                        "/prog",
                        LibraryImage.program(GLIBC)
                                .needs("libcanary.so")
                                .runpath("/..:/../..:$ORIGIN/../..")
                                .bytes());

        assertThat(inspect("/prog").cause()).isEqualTo(StartCause.LIBRARY_MISSING);
    }

    @Test
    void magicLinksOfProcAreNotFollowed() throws IOException {
        root.directory("/proc");
        try (DirectoryRoot host = new DirectoryRoot(Path.of("/"))) {
            assertThat(host.look("/proc/self/root/bin/sh")).isEqualTo(new RootView.Absent(40));
            assertThat(host.look("/proc/self/exe")).isEqualTo(new RootView.Absent(40));
        }
    }

    @Test
    void loopsOfLinksEnd() {
        root.link("/a", "b").link("/b", "a").link("/c", "c/c").script("/s", "#!/s\n");

        assertThat(inspect("/a").cause()).isEqualTo(StartCause.SYMLINK_LOOP);
        assertThat(inspect("/c").cause()).isEqualTo(StartCause.SYMLINK_LOOP);
        assertThat(inspect("/s").cause()).isEqualTo(StartCause.SYMLINK_LOOP);
    }

    @Test
    void aScriptThatAsksEnvForItselfEnds() {
        root.write("/usr/bin/env", new ElfImage().type(2).bytes()).script("/bin/s", "#!/usr/bin/env s\n");

        assertThat(inspect("/bin/s").outcome()).isEqualTo(Outcome.UNCHECKED);
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aFifoIsNeverWaitedFor() {
        root.fifo("/bin/prog")
                .fifo("/bin/ld")
                .fifo("/bin/liba.so")
                .fifo("/bin/ld.so.cache")
                .directory("/lib64")
                .directory("/etc");
        assertThat(inspect("/bin/prog").cause()).isEqualTo(StartCause.NOT_EXECUTABLE);

        root.script("/script", "#!/bin/prog\n")
                .write("/asks", LibraryImage.program("/bin/ld").bytes());
        assertThat(inspect("/script").cause()).isEqualTo(StartCause.NOT_EXECUTABLE);
        assertThat(inspect("/asks").cause()).isEqualTo(StartCause.NOT_EXECUTABLE);

        root.write(GLIBC, new LibraryImage().bytes())
                .link("/etc/ld.so.cache", "/bin/ld.so.cache")
                .write(
                        "/prog",
                        LibraryImage.program(GLIBC)
                                .needs("liba.so")
                                .runpath("/bin")
                                .bytes());
        assertThat(inspect("/prog").cause()).isEqualTo(StartCause.LIBRARY_UNUSABLE);
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void whatBecameAFifoOrALinkOutWhileAnImageIsWalkedIsNotListed() throws IOException {
        new TestRoot(directory).write("/outside/canary", new byte[1]);
        root.fifo("/fifo")
                .link("/out", "../outside")
                .link("/far", directory.resolve("outside").toString())
                .write("/in/file", new byte[1])
                .link("/in/link", "file");
        List<String> names = new ArrayList<>();
        try (DirectoryRoot view = new DirectoryRoot(root.directory())) {
            for (String path : List.of("/fifo", "/fifo/", "/out", "/out/", "/far", "/none")) {
                assertThatThrownBy(() -> view.list(path, child -> names.add(child.name())))
                        .as(path)
                        .isInstanceOf(IOException.class);
            }
            assertThat(names).isEmpty();
            view.list("/in/", child -> names.add(child.name() + " " + child.directory() + " " + child.regular()));
        }
        assertThat(names).containsExactlyInAnyOrder("file false true", "link false false");
    }

    @Test
    void aFileThatIsReplacedBetweenTwoReadsIsNotReadOn() throws IOException {
        root.write("/prog", new byte[100]);
        try (DirectoryRoot view = new DirectoryRoot(root.directory())) {
            RootView.FileReader reader = ((RootView.Present) view.look("/prog")).reader();
            root.write("/other", new byte[100]).move("/other", "/prog");

            assertThatThrownBy(() -> reader.read(0, 10))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("replaced");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, -1, 1L << 40, 0x7fffffff, 300_000})
    void hugeCountsAreRefused(long count) {
        byte[] file = LibraryImage.program(GLIBC)
                .needs("liba.so")
                .needsVersion("liba.so", "A")
                .definesVersion("B")
                .wants("x")
                .bytes();
        root.write(GLIBC, new LibraryImage().bytes());
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0x200; bytes.getLong(at) != 0; at += 16) {
            long kept = bytes.getLong(at + 8);
            bytes.putLong(at + 8, count);
            root.write("/prog", file);
            assertThat(inspect("/prog").outcome())
                    .as("tag %x", bytes.getLong(at))
                    .isNotEqualTo(Outcome.STARTS);
            bytes.putLong(at + 8, kept);
        }
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void namesWithoutAnEndCostNoMoreThanTheirBudget() {
        // 200,000 symbols whose names all go on to the end of 10 MiB: two terabytes if each were looked at.
        byte[] file = manySymbols(STRINGS, (byte) 'x');
        root.write(GLIBC, new LibraryImage().bytes()).write("/lib64/liba.so", file);
        root.write("/prog", LibraryImage.program(GLIBC).needs("liba.so").bytes());

        assertThat(inspect("/prog").summary()).contains("liba.so has names of more than");
    }

    @Test
    void moreLibrariesThanCanBeKeptAreNotCalledFine() {
        // Each has symbols worth 1.6 MB; what is kept for one program is 14 MiB.
        LibraryImage program = LibraryImage.program(GLIBC);
        root.write(GLIBC, new LibraryImage().bytes());
        byte[] large = manySymbols(64, (byte) 0);
        for (int i = 0; i < 20; i++) {
            root.write("/lib64/lib" + i + ".so", large);
            program.needs("lib" + i + ".so");
        }
        root.write("/prog", program.bytes());

        assertThat(inspect("/prog").outcome()).isEqualTo(Outcome.UNCHECKED);
    }

    @Test
    void aSparseFileOfATerabyteIsNotReadWhole() throws IOException {
        root.write("/prog", LibraryImage.program(GLIBC).needs("liba.so").bytes())
                .write(GLIBC, new LibraryImage().bytes());
        root.write("/lib64/liba.so", new LibraryImage().bytes());
        for (String sparse : List.of("/lib64/liba.so", GLIBC, "/prog")) {
            try (var channel = Files.newByteChannel(root.at(sparse), java.nio.file.StandardOpenOption.WRITE)) {
                channel.position((1L << 40) - 1).write(ByteBuffer.allocate(1));
            }
        }
        assertThat(inspect("/prog").outcome()).isEqualTo(Outcome.STARTS);
    }

    @Test
    void noTableMakesAReadOfItsOwnSize() throws BrokenElfException {
        byte[] file = LibraryImage.program(GLIBC).defines("d").bytes();
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0x200; bytes.getLong(at) != 0; at += 16) {
            if (bytes.getLong(at) == 10) {
                bytes.putLong(at + 8, 100 << 20);
            }
        }
        FileBytes counted = new FileBytes((offset, length) -> {
            assertThat(length).isLessThan(16 << 20);
            return Arrays.copyOfRange(
                    file, (int) Math.min(offset, file.length), (int) Math.min(offset + length, file.length));
        });
        ElfFile elf = Libraries.parse(counted);

        assertThatThrownBy(() -> new DynamicReader(elf, counted).read())
                .isInstanceOf(BrokenElfException.class)
                .extracting(broken -> ((BrokenElfException) broken).defect())
                .isEqualTo("has a string table of 104857600 bytes");
    }

    @Property(tries = 400)
    void aFileCutOrChangedAnywhereGivesAVerdict(
            @ForAll @IntRange(max = 0x2200) int at, @ForAll byte value, @ForAll @IntRange(max = 0x8000) int length)
            throws BrokenElfException {
        byte[] file = LibraryImage.program(GLIBC)
                .needs("a")
                .runpath("/b")
                .needsVersion("a", "A")
                .definesVersion("B")
                .defines("d")
                .wants("x")
                .bytes();
        file[at] = value;
        byte[] cut = Arrays.copyOf(file, length);
        FileBytes bytes = new FileBytes((offset, count) -> {
            assertThat(count).isBetween(0, 16 << 20);
            return Arrays.copyOfRange(cut, (int) Math.min(Math.max(offset, 0), length), (int)
                    Math.min(Math.max(offset, 0) + count, length));
        });
        if (ElfFile.isElf(cut)) {
            ElfFile elf = Libraries.parse(bytes);
            try {
                SharedObject dynamic = new DynamicReader(elf, bytes).read();
                assertThat(dynamic == null || dynamic.needed().size() <= 1024).isTrue();
                assertThat(Hardening.of(elf, dynamic, bytes).relro()).isNotEmpty();
            } catch (BrokenElfException broken) {
                assertThat(broken.defect()).isNotEmpty();
            }
        }
    }

    @Property(tries = 400)
    void anyCacheGivesBoundedEntries(
            @ForAll @IntRange(max = 95) int at, @ForAll byte value, @ForAll @IntRange(max = 96) int length) {
        byte[] cache = Arrays.copyOf(LibrarySearchTest.cache(0x0303, "liba.so", "/x/liba.so"), 96);
        cache[at] = value;
        assertThat(LinkerCache.parse(Arrays.copyOf(cache, length)).find("liba.so"))
                .hasSizeLessThanOrEqualTo(1);
    }

    private static byte[] manySymbols(int stringBytes, byte filling) {
        int symbols = 200_000;
        int table = 0x1000;
        int strings = table + symbols * 24 + 16;
        byte[] file = new byte[strings + stringBytes];
        Arrays.fill(file, strings, file.length, filling);
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(new LibraryImage().bytes(), 0, 0x200);
        bytes.putLong(64 + 32, file.length);
        long[] tags = {5, strings, 10, stringBytes, 6, table, 4, strings - 16};
        for (int i = 0; i < tags.length; i++) {
            bytes.putLong(0x200 + 8 * i, tags[i]);
        }
        bytes.putLong(64 + 56 + 32, 16L * 5);
        bytes.putInt(strings - 12, symbols);
        for (int i = 1; i < symbols; i++) {
            bytes.putInt(table + 24 * i, i % stringBytes)
                    .put(table + 24 * i + 4, (byte) 0x12)
                    .putShort(table + 24 * i + 6, (short) 1);
        }
        return file;
    }

    private Inspection inspect(String path) {
        try (DirectoryRoot view = new DirectoryRoot(root.directory())) {
            return new ProgramInspector(NODE, view, Caller.ROOT).inspect(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
