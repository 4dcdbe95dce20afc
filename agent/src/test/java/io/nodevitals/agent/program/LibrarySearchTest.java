// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.binfmt.BinfmtTable;
import io.nodevitals.agent.program.BuiltPrograms.TestRoot;
import io.nodevitals.agent.program.Inspection.Outcome;
import io.nodevitals.agent.program.ProgramInspector.Caller;
import io.nodevitals.agent.runtime.DirectoryRoot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the two libcs look for libraries, versions and symbols, told from files that the test makes. */
class LibrarySearchTest {
    private static final String GLIBC = "/lib64/ld-linux-x86-64.so.2";
    private static final String MUSL = "/lib/ld-musl-x86_64.so.1";
    private static final NodeFacts NODE = new NodeFacts(
            ElfFile.EM_X86_64, List.of("x86-64-v3", "x86-64-v2"), true, new BinfmtTable(true, true, new TreeMap<>()));

    @TempDir
    Path directory;

    private TestRoot root;

    @BeforeEach
    void makeRoot() {
        root = new TestRoot(directory);
        root.write(GLIBC, new LibraryImage().soname("ld-linux-x86-64.so.2").bytes());
        root.write(MUSL, new LibraryImage().soname("libc.so").bytes());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/lib64/", "/usr/lib64/", "/lib/", "/usr/lib/"})
    void glibcLooksInItsDefaultDirectories(String place) {
        root.write(place + "liba.so", new LibraryImage().bytes());

        assertThat(start(LibraryImage.program(GLIBC).needs("liba.so")).evidence())
                .contains("library liba.so: " + place + "liba.so");
    }

    @Test
    void glibcLooksWhereItsLoaderWasBuiltToLook() {
        byte[] loader = new LibraryImage().bytes();
        byte[] directories =
                "/lib/own-abi/\0/usr/lib/own-abi/\0/lib/\0/usr/lib/\0".getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(directories, 0, loader, 0x6000, directories.length);
        root.write(GLIBC, loader).write("/usr/lib/own-abi/liba.so", new LibraryImage().bytes());

        assertThat(start(LibraryImage.program(GLIBC).needs("liba.so")).outcome())
                .isEqualTo(Outcome.STARTS);
        root.move("/usr/lib/own-abi/liba.so", "/lib64/liba.so");
        assertThat(start(LibraryImage.program(GLIBC).needs("liba.so")).cause()).isEqualTo(StartCause.LIBRARY_MISSING);
    }

    @Test
    void runpathComesBeforeTheCacheAndThatBeforeTheDefaults() {
        LibraryImage program = LibraryImage.program(GLIBC).needs("liba.so").runpath("/run");
        root.write("/lib64/liba.so", new LibraryImage().bytes());
        assertThat(start(program).evidence()).contains("library liba.so: /lib64/liba.so");

        root.write("/cached/liba.so", new LibraryImage().bytes())
                .write("/etc/ld.so.cache", cache(0x0303, "liba.so", "/cached/liba.so"));
        assertThat(start(LibraryImage.program(GLIBC).needs("liba.so").runpath("/run"))
                        .evidence())
                .contains("library liba.so: /cached/liba.so");

        root.write("/run/liba.so", new LibraryImage().bytes());
        assertThat(start(LibraryImage.program(GLIBC).needs("liba.so").runpath("/run"))
                        .evidence())
                .contains("library liba.so: /run/liba.so");
    }

    @Test
    void aCacheEntryForAnotherAbiIsNotTaken() {
        root.write("/cached/liba.so", new LibraryImage().bytes())
                .write("/etc/ld.so.cache", cache(0x0003, "liba.so", "/cached/liba.so"));

        assertThat(start(LibraryImage.program(GLIBC).needs("liba.so")).cause()).isEqualTo(StartCause.LIBRARY_MISSING);
    }

    @Test
    void theBestLevelOfTheCpuIsTakenFirst() {
        root.write("/run/liba.so", new LibraryImage().bytes());
        root.write("/run/glibc-hwcaps/x86-64-v4/liba.so", new LibraryImage().bytes());
        root.write("/run/glibc-hwcaps/x86-64-v2/liba.so", new LibraryImage().bytes());

        assertThat(start(LibraryImage.program(GLIBC).needs("liba.so").runpath("/run"))
                        .evidence())
                .contains("library liba.so: /run/glibc-hwcaps/x86-64-v2/liba.so");
    }

    @Test
    void rpathGoesOnToLibrariesAndRunpathDoesNot() {
        root.write("/own/liba.so", new LibraryImage().needs("libb.so").bytes())
                .write("/own/libb.so", new LibraryImage().bytes());

        assertThat(start(LibraryImage.program(GLIBC).needs("liba.so").rpath("/own"))
                        .outcome())
                .isEqualTo(Outcome.STARTS);
        Inspection missing = start(LibraryImage.program(GLIBC).needs("liba.so").runpath("/own"));
        assertThat(missing.subject()).isEqualTo("libb.so");
        assertThat(missing.exitCode()).isEqualTo(127);
        assertThat(missing.summary()).contains("does not find libb.so, needed by liba.so");
        assertThat(start(LibraryImage.program(MUSL).needs("liba.so").runpath("/own"))
                        .outcome())
                .isEqualTo(Outcome.STARTS);
    }

    @Test
    void originIsWhereTheFileReallyLies() {
        root.write("/app/lib/liba.so", new LibraryImage().bytes());
        root.write(
                "/app/bin/real",
                LibraryImage.program(GLIBC)
                        .needs("liba.so")
                        .runpath("${ORIGIN}/../lib")
                        .bytes());
        root.link("/prog", "/app/bin/real");

        assertThat(inspect().evidence()).contains("library liba.so: /app/lib/liba.so");
    }

    @Test
    void aLibraryOfAnotherCpuIsPassedOverByGlibcAndKillsMusls() {
        byte[] foreign = new LibraryImage().machine(183).bytes();
        root.write("/a/liba.so", foreign).write("/b/liba.so", new LibraryImage().bytes());

        assertThat(start(LibraryImage.program(GLIBC).needs("liba.so").runpath("/a:/b"))
                        .evidence())
                .contains("library liba.so: /b/liba.so");
        Inspection musl = start(LibraryImage.program(MUSL).needs("liba.so").runpath("/a:/b"));
        assertThat(musl.cause()).isEqualTo(StartCause.LIBRARY_UNUSABLE);
        assertThat(musl.exitCode()).isNull();
    }

    @Test
    void muslAnswersForItsOwnLibraries() {
        assertThat(start(LibraryImage.program(MUSL).needs("libpthread.so.0").needs("libc.musl-x86_64.so.1"))
                        .outcome())
                .isEqualTo(Outcome.STARTS);
        assertThat(start(LibraryImage.program(MUSL).needs("libz.so")).cause()).isEqualTo(StartCause.LIBRARY_MISSING);
    }

    @Test
    void muslsPathFileReplacesItsDefaults() {
        root.write("/usr/local/lib/liba.so", new LibraryImage().bytes());
        assertThat(start(LibraryImage.program(MUSL).needs("liba.so")).outcome()).isEqualTo(Outcome.STARTS);

        root.script("/etc/ld-musl-x86_64.path", "/one\n/two:/three\n");
        assertThat(start(LibraryImage.program(MUSL).needs("liba.so")).cause()).isEqualTo(StartCause.LIBRARY_MISSING);

        root.write("/three/liba.so", new LibraryImage().bytes());
        assertThat(start(LibraryImage.program(MUSL).needs("liba.so")).evidence())
                .contains("library liba.so: /three/liba.so");
    }

    @Test
    void aVersionThatIsNotDefinedEndsItWithOne() {
        LibraryImage program = LibraryImage.program(GLIBC).needs("liba.so").needsVersion("liba.so", "A_2");
        root.write("/lib64/liba.so", new LibraryImage().definesVersion("A_1").bytes());

        Inspection missing = start(program);
        assertThat(missing.cause()).isEqualTo(StartCause.VERSION_MISSING);
        assertThat(missing.subject()).isEqualTo("A_2");
        assertThat(missing.exitCode()).isEqualTo(1);
    }

    @Test
    void aVersionThatIsDefinedOrALibraryWithoutAnyIsFine() {
        root.write(
                "/lib64/liba.so",
                new LibraryImage().definesVersion("A_1").definesVersion("A_2").bytes());
        assertThat(start(LibraryImage.program(GLIBC).needs("liba.so").needsVersion("liba.so", "A_2"))
                        .outcome())
                .isEqualTo(Outcome.STARTS);

        root.write("/lib64/liba.so", new LibraryImage().bytes());
        assertThat(start(LibraryImage.program(GLIBC).needs("liba.so").needsVersion("liba.so", "A_2"))
                        .outcome())
                .isEqualTo(Outcome.STARTS);
    }

    @Test
    void aSymbolThatNobodyDefinesIsNamed() {
        root.write("/lib64/liba.so", new LibraryImage().defines("other").bytes());
        Inspection missing = start(LibraryImage.program(GLIBC).needs("liba.so").wants("wanted"));
        assertThat(missing.cause()).isEqualTo(StartCause.SYMBOL_MISSING);
        assertThat(missing.subject()).isEqualTo("wanted");
        assertThat(missing.exitCode()).isEqualTo(127);

        root.write("/lib64/liba.so", new LibraryImage().defines("wanted").bytes());
        assertThat(start(LibraryImage.program(GLIBC).needs("liba.so").wants("wanted"))
                        .outcome())
                .isEqualTo(Outcome.STARTS);
    }

    @Test
    void aLoaderOfNoKnownLibcLeavesAGuess() {
        root.write("/own/loader", new LibraryImage().bytes());
        Inspection guess = start(LibraryImage.program("/own/loader").needs("libgone.so"));

        assertThat(guess.outcome()).isEqualTo(Outcome.STARTS);
        assertThat(guess.certain()).isFalse();
    }

    @Test
    void bigEndianFilesAreReadToo() throws BrokenElfException {
        byte[] file = LibraryImage.program("/lib/ld.so.1")
                .bigEndian()
                .machine(22)
                .needs("liba.so")
                .defines("x")
                .bytes();
        ElfFile elf = Libraries.parse(new FileBytes(reader(file)));
        SharedObject dynamic = new DynamicReader(elf, new FileBytes(reader(file))).read();

        assertThat(elf.architecture()).isEqualTo("s390x");
        assertThat(dynamic.needed()).containsExactly("liba.so");
        assertThat(dynamic.defined().contains("x")).isTrue();
        assertThat(dynamic.defined().contains("y")).isFalse();
    }

    private static RootView.FileReader reader(byte[] file) {
        return (offset, length) -> java.util.Arrays.copyOfRange(
                file, (int) Math.min(offset, file.length), (int) Math.min(offset + length, file.length));
    }

    private Inspection start(LibraryImage program) {
        root.write("/prog", program.bytes());
        return inspect();
    }

    private Inspection inspect() {
        try (DirectoryRoot view = new DirectoryRoot(directory)) {
            return new ProgramInspector(NODE, view, Caller.ROOT).inspect("/prog");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static byte[] cache(int flags, String name, String path) {
        byte[] strings = (name + "\0" + path + "\0").getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer cache = ByteBuffer.allocate(72 + strings.length).order(ByteOrder.LITTLE_ENDIAN);
        cache.put("glibc-ld.so.cache1.1".getBytes(StandardCharsets.ISO_8859_1));
        cache.putInt(20, 1).putInt(24, strings.length).put(28, (byte) 2);
        cache.putInt(48, flags).putInt(52, 72).putInt(56, 72 + name.length() + 1);
        return cache.put(72, strings).array();
    }
}
