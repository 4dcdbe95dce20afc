// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.binfmt.BinfmtHandler;
import io.nodevitals.agent.binfmt.BinfmtTable;
import io.nodevitals.agent.program.BuiltPrograms.TestRoot;
import io.nodevitals.agent.program.Inspection.Outcome;
import io.nodevitals.agent.program.ProgramInspector.Caller;
import io.nodevitals.agent.runtime.DirectoryRoot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What exec itself would say, told from files that the test makes. */
class ProgramInspectorTest {
    private static final String GLIBC = "/lib64/ld-linux-x86-64.so.2";
    private static final String MUSL = "/lib/ld-musl-x86_64.so.1";
    private static final int AARCH64 = 183;
    private static final byte[] STATIC = new ElfImage().type(ElfFile.ET_EXEC).bytes();

    @TempDir
    Path directory;

    private TestRoot root;
    private NodeFacts node = node(true, null);

    @BeforeEach
    void makeRoot() {
        root = new TestRoot(directory);
    }

    @Test
    void aStaticProgramStartsForCertain() {
        Inspection found = inspect(root.write("/prog", STATIC), "/prog");

        assertThat(found.outcome()).isEqualTo(Outcome.STARTS);
        assertThat(found.cause()).isNull();
        assertThat(found.certain()).isTrue();
        assertThat(found.summary()).isEqualTo("would start: it is a static program for x86_64.");
    }

    @Test
    void aMissingFileIsNamed() {
        assertFails("/prog", StartCause.FILE_MISSING, "/prog");
    }

    @Test
    void aMissingLoaderIsNamed() {
        root.write("/prog", LibraryImage.program(GLIBC).bytes());
        assertFails("/prog", StartCause.INTERPRETER_MISSING, GLIBC);
    }

    @Test
    void aGlibcProgramInAMuslRootIsTheWrongLibc() {
        root.write("/prog", LibraryImage.program(GLIBC).bytes()).write(MUSL, new LibraryImage().bytes());
        assertThat(assertFails("/prog", StartCause.LIBC_MISMATCH, GLIBC).summary())
                .contains("it was built for glibc")
                .contains("this root file system has musl (" + MUSL + ")");
    }

    @Test
    void aMuslProgramInAGlibcRootIsTheWrongLibc() {
        root.write("/prog", LibraryImage.program(MUSL).bytes()).write(GLIBC, new LibraryImage().bytes());
        assertFails("/prog", StartCause.LIBC_MISMATCH, MUSL);
    }

    @Test
    void a32BitGlibcThatIsMissingIsNotMuslsFault() {
        root.write(
                        "/prog",
                        new ElfImage()
                                .narrow()
                                .machine(ElfFile.EM_386)
                                .interpreter("/lib/ld-linux.so.2")
                                .bytes())
                .write(MUSL, new LibraryImage().bytes());
        assertFails("/prog", StartCause.INTERPRETER_MISSING, "/lib/ld-linux.so.2");
    }

    @Test
    void anotherCpusProgramIsRefusedForCertainWhereHandlersCanBeSeen() {
        root.write("/prog", new ElfImage().machine(AARCH64).bytes());

        Inspection found = assertFails("/prog", StartCause.WRONG_ARCHITECTURE, "/prog");
        assertThat(found.certain()).isTrue();
        assertThat(found.summary()).contains("is built for aarch64, this node is x86_64 and no binfmt_misc handler");

        node = new NodeFacts(ElfFile.EM_X86_64, List.of(), true, BinfmtTable.UNKNOWN);
        Inspection guess = inspect(root, "/prog");
        assertThat(guess.cause()).isEqualTo(StartCause.WRONG_ARCHITECTURE);
        assertThat(guess.certain()).isFalse();
    }

    @Test
    void byteOrderAndWordSizeBelongToTheCpu() {
        root.write("/big", new ElfImage().bigEndian().bytes());
        root.write("/x32", new ElfImage().narrow().bytes());
        root.write(
                "/i386", new ElfImage().narrow().machine(ElfFile.EM_386).type(2).bytes());

        assertFails("/big", StartCause.WRONG_ARCHITECTURE, "/big");
        assertFails("/x32", StartCause.WRONG_ARCHITECTURE, "/x32");
        assertThat(inspect(root, "/i386").outcome()).isEqualTo(Outcome.STARTS);
        node = new NodeFacts(ElfFile.EM_X86_64, List.of(), false, node.binfmt());
        assertFails("/i386", StartCause.WRONG_ARCHITECTURE, "/i386");
    }

    @Test
    void aHandlerThatHoldsItsInterpreterStartsForeignPrograms() {
        root.write("/prog", new ElfImage().machine(AARCH64).bytes());
        node = node(true, handler("enabled", "PF"));
        assertThat(inspect(root, "/prog").summary()).contains("by way of the binfmt_misc handler qemu-aarch64");

        node = node(true, handler("disabled", "PF"));
        assertThat(assertFails("/prog", StartCause.WRONG_ARCHITECTURE, "/prog").summary())
                .contains("qemu-aarch64 is disabled. Enable it");

        node = node(false, handler("enabled", "PF"));
        assertThat(assertFails("/prog", StartCause.WRONG_ARCHITECTURE, "/prog").summary())
                .contains("qemu-aarch64 is disabled. Enable it");
    }

    @Test
    void aHandlerWithoutItNeedsTheInterpreterInTheRoot() {
        root.write("/prog", new ElfImage().machine(AARCH64).bytes());
        node = node(true, handler("enabled", "P"));
        assertThat(assertFails("/prog", StartCause.INTERPRETER_MISSING, "/usr/bin/qemu")
                        .summary())
                .contains("register the handler with the flag F");

        root.write("/usr/bin/qemu", STATIC);
        assertThat(inspect(root, "/prog").outcome()).isEqualTo(Outcome.STARTS);
    }

    @Test
    void aScriptLeadsToItsInterpretersLoader() {
        root.script("/a", "#!/b -x\n")
                .script("/b", "#!/bin/lang\n")
                .write("/bin/lang", LibraryImage.program(GLIBC).bytes());

        assertThat(assertFails("/a", StartCause.INTERPRETER_MISSING, GLIBC).evidence())
                .contains("script /a: #!/b -x", "script /b: #!/bin/lang");
    }

    @Test
    void aScriptsMissingInterpreterAndItsCarriageReturnAreTold() {
        root.script("/a", "#!/bin/lang\n").script("/b", "#!/bin/sh\r\n").write("/bin/sh", STATIC);

        assertFails("/a", StartCause.SCRIPT_INTERPRETER_MISSING, "/bin/lang");
        assertThat(assertFails("/b", StartCause.SCRIPT_CRLF, "/bin/sh").summary())
                .contains("dos2unix");
    }

    @Test
    void envsExitCodeIsTold() {
        root.write("/usr/bin/env", STATIC).script("/a", "#!/usr/bin/env lang\n");
        Inspection missing = inspect(root, "/a");
        assertThat(missing.outcome()).isEqualTo(Outcome.LOADER_FAILS);
        assertThat(missing.cause()).isEqualTo(StartCause.SCRIPT_INTERPRETER_MISSING);
        assertThat(missing.exitCode()).isEqualTo(127);

        root.write("/bin/lang", STATIC).mode("/bin/lang", "rw-r--r--");
        Inspection closed = inspect(root, "/a");
        assertThat(closed.cause()).isEqualTo(StartCause.NOT_EXECUTABLE);
        assertThat(closed.exitCode()).isEqualTo(126);

        root.mode("/bin/lang", "rwxr-xr-x");
        assertThat(inspect(root, "/a").outcome()).isEqualTo(Outcome.STARTS);
    }

    @Test
    void whoMayNotIsToldWhere() {
        root.write("/private/prog", STATIC).mode("/private", "rwx------");
        assertThat(assertFails("/private/prog", StartCause.PERMISSION, "/private", 4711)
                        .summary())
                .contains("user 4711 may not enter /private");

        root.write("/prog", STATIC).mode("/prog", "rwxrwx---");
        assertThat(assertFails("/prog", StartCause.NOT_EXECUTABLE, "/prog", 4711)
                        .summary())
                .contains("mode 0770");
        assertThat(inspect(root, "/prog").outcome()).isEqualTo(Outcome.STARTS);
    }

    @Test
    void aBrokenFileIsToldWhereItBreaks() {
        root.write("/object", new ElfImage().type(1).bytes());
        root.script("/text", "hello\n");

        assertThat(assertFails("/object", StartCause.CORRUPT_ELF, "/object").summary())
                .contains("is an object or core file");
        assertFails("/text", StartCause.UNKNOWN_FORMAT, "/text");
    }

    @Test
    void aProgramThatEndsTooEarlyWouldBeKilled() {
        byte[] whole = LibraryImage.program(GLIBC).bytes();
        root.write("/prog", java.util.Arrays.copyOf(whole, whole.length - 1)).write(GLIBC, new LibraryImage().bytes());

        Inspection found = inspect(root, "/prog");
        assertThat(found.outcome()).isEqualTo(Outcome.LOADER_FAILS);
        assertThat(found.cause()).isEqualTo(StartCause.CORRUPT_ELF);
        assertThat(found.exitCode()).isNull();
        assertThat(found.summary()).contains("ends at byte 32767, what is loaded of it at 32768");
    }

    @Test
    void aLibraryIsNoProgram() {
        root.write("/lib/liba.so", new LibraryImage().bytes());
        assertThat(inspect(root, "/lib/liba.so").outcome()).isEqualTo(Outcome.NOT_A_PROGRAM);
    }

    private Inspection assertFails(String path, StartCause cause, String subject) {
        return assertFails(path, cause, subject, 0);
    }

    private Inspection assertFails(String path, StartCause cause, String subject, long user) {
        Inspection found = inspect(root, path, user);
        assertThat(found.outcome()).as("%s", found).isEqualTo(Outcome.EXEC_FAILS);
        assertThat(found.cause()).as("%s", found).isEqualTo(cause);
        assertThat(found.subject()).isEqualTo(subject);
        assertThat(found.summary()).startsWith("would not start: ");
        return found;
    }

    private Inspection inspect(TestRoot in, String path) {
        return inspect(in, path, 0);
    }

    private Inspection inspect(TestRoot in, String path, long user) {
        try (DirectoryRoot view = new DirectoryRoot(in.directory())) {
            return new ProgramInspector(node, view, new Caller(user, user, Caller.ROOT.path())).inspect(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static NodeFacts node(boolean asked, @Nullable BinfmtHandler handler) {
        TreeMap<String, BinfmtHandler> handlers = new TreeMap<>();
        if (handler != null) {
            handlers.put(handler.name(), handler);
        }
        return new NodeFacts(ElfFile.EM_X86_64, List.of(), true, new BinfmtTable(true, asked, handlers));
    }

    private static @Nullable BinfmtHandler handler(String state, String flags) {
        return BinfmtHandler.parse(
                "qemu-aarch64",
                state + "\ninterpreter /usr/bin/qemu\nflags: " + flags
                        + "\noffset 0\nmagic 7f454c460201010000000000000000000300b700\n");
    }
}
