// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import static io.nodevitals.agent.program.StartCause.*;
import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.program.BuiltPrograms.TestRoot;
import io.nodevitals.agent.program.Inspection.Outcome;
import io.nodevitals.agent.program.ProgramInspector.Caller;
import io.nodevitals.agent.program.StartedForReal.Result;
import io.nodevitals.agent.runtime.DirectoryRoot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.io.TempDir;

/**
 * Inspects programs and then starts them for real in a chroot: what the inspector says must be what the kernel and the loader do. The
 * loader's own words must name what the inspector names.
 */
abstract class Agreement {
    static final String GLIBC = "gcc";
    static final String MUSL = "musl-gcc";
    static final long NOBODY = 65534;
    private static final int ENOEXEC = 8;

    /** What execve(2) answers; for the rest of the causes it succeeds. */
    private static final Map<StartCause, List<Integer>> ERRNOS = Map.ofEntries(
            Map.entry(FILE_MISSING, List.of(2, 20)),
            Map.entry(INTERPRETER_MISSING, List.of(2)),
            Map.entry(LIBC_MISMATCH, List.of(2)),
            Map.entry(SCRIPT_INTERPRETER_MISSING, List.of(2)),
            Map.entry(SCRIPT_CRLF, List.of(2)),
            Map.entry(WRONG_ARCHITECTURE, List.of(ENOEXEC)),
            Map.entry(UNKNOWN_FORMAT, List.of(ENOEXEC)),
            // EIO for a file that ends in its headers, ELIBBAD for a loader.
            Map.entry(CORRUPT_ELF, List.of(ENOEXEC, 5, 80)),
            Map.entry(NOT_EXECUTABLE, List.of(13)),
            Map.entry(NOEXEC_MOUNT, List.of(13)),
            Map.entry(PERMISSION, List.of(13)),
            Map.entry(SYMLINK_LOOP, List.of(40)));

    @TempDir
    static Path directory;

    static BuiltPrograms built;
    static StartedForReal reality;

    final List<DynamicTest> cases = new ArrayList<>();

    @BeforeAll
    static void build() {
        Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "SKIPPED: chroot needs root");
        Assumptions.assumeTrue("amd64".equals(System.getProperty("os.arch")), "SKIPPED: the fixtures are for x86_64");
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/gcc")), "SKIPPED: gcc builds the programs");
        directory.toFile().setExecutable(true, false);
        directory.toFile().setReadable(true, false);
        built = new BuiltPrograms(directory);
        reality = new StartedForReal(directory);
    }

    void agrees(String name, TestRoot root, String path, @Nullable StartCause cause, String... named) {
        agrees(name, root, path, 0, cause, named);
    }

    void agrees(String name, TestRoot root, String path, long user, @Nullable StartCause cause, String... named) {
        cases.add(DynamicTest.dynamicTest(name, () -> {
            Inspection said;
            try (DirectoryRoot view = new DirectoryRoot(root.directory())) {
                said = new ProgramInspector(node(), view, new Caller(user, user, Caller.ROOT.path())).inspect(path);
            }
            Result happened = reality.start(root.directory(), user, path, "PATH=" + Caller.ROOT.path());

            assertThat(said.cause()).as("%s; really: %s", said, happened).isEqualTo(cause);
            for (String word : named) {
                assertThat(said.subject()).contains(word);
                assertThat(happened.output()).contains(word);
            }
            assertAgreement(said, happened);
        }));
    }

    private static void assertAgreement(Inspection said, Result happened) {
        String both = said + "; really: " + happened;
        switch (said.outcome()) {
            case STARTS ->
                assertThat(List.of(happened.kind(), happened.number()))
                        .as(both)
                        .isEqualTo(List.of("exit", BuiltPrograms.STARTED));
            case EXEC_FAILS -> {
                assertThat(happened.kind()).as(both).isEqualTo("errno");
                assertThat(ERRNOS.get(said.cause())).as(both).contains(happened.number());
            }
            case LOADER_FAILS -> {
                if (said.exitCode() == null) {
                    assertThat(happened.kind()).as(both).isEqualTo("signal");
                    assertThat(happened.number()).as(both).isIn(7, 11);
                } else {
                    assertThat(List.of(happened.kind(), happened.number()))
                            .as(both)
                            .isEqualTo(List.of("exit", said.exitCode()));
                }
            }
            default -> throw new AssertionError(both);
        }
        assertThat(said.outcome()).isNotIn(Outcome.UNCHECKED, Outcome.NOT_A_PROGRAM);
    }

    void skipped(String name, String reason) {
        cases.add(
                DynamicTest.dynamicTest(name, () -> Assumptions.assumeTrue(false, "SKIPPED: " + name + ": " + reason)));
    }

    boolean hasMusl(String name) {
        if (!BuiltPrograms.hasMusl()) {
            skipped(name, "musl-tools is not installed");
        }
        return BuiltPrograms.hasMusl();
    }

    static NodeFacts node() {
        return NodeFacts.read(Path.of("/proc"), System.getProperty("os.arch", ""));
    }

    static String best() {
        List<String> levels = node().levels();
        Assumptions.assumeFalse(levels.isEmpty(), "SKIPPED: this CPU has no level");
        return levels.get(0);
    }

    TestRoot root(boolean glibc, boolean musl) {
        try {
            Path root = Files.createTempDirectory(directory, "root");
            root.toFile().setExecutable(true, false);
            root.toFile().setReadable(true, false);
            return BuiltPrograms.root(root, glibc, musl);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    TestRoot empty() {
        return root(false, false);
    }

    TestRoot glibc() {
        return root(true, false);
    }

    TestRoot program(String options) {
        return glibc().copy(built.prog(GLIBC, "prog" + options.replaceAll("[^a-z]", "-"), options), "/bin/prog");
    }

    TestRoot musl(String options) {
        return root(false, true)
                .copy(built.prog(MUSL, "prog" + options.replaceAll("[^a-z]", "-"), options), "/bin/prog");
    }

    TestRoot symbols(Path program, Path libone) {
        return glibc().copy(program, "/bin/prog").copy(libone, "/lib/libone.so").copy(two(), "/lib/libtwo.so");
    }

    static Path one() {
        return built.one(GLIBC);
    }

    static Path two() {
        return built.two(GLIBC);
    }

    /** This machine's env with its libraries, in a root with glibc. */
    TestRoot env() {
        return glibc().copy(Path.of("/usr/bin/env"), "/usr/bin/env");
    }

    // /s1 asks for /s2, and so on to the real program.
    static TestRoot chain(TestRoot root, int scripts) {
        for (int i = 1; i <= scripts; i++) {
            root.script("/s" + i, "#!" + (i == scripts ? "/bin/sh" : "/s" + (i + 1)) + "\n");
        }
        return root;
    }
}
