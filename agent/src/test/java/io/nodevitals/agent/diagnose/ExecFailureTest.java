// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import static io.nodevitals.agent.diagnose.Errnos.EACCES;
import static io.nodevitals.agent.diagnose.Errnos.EIO;
import static io.nodevitals.agent.diagnose.Errnos.ELIBBAD;
import static io.nodevitals.agent.diagnose.Errnos.ELOOP;
import static io.nodevitals.agent.diagnose.Errnos.ENOENT;
import static io.nodevitals.agent.diagnose.Errnos.ENOEXEC;
import static io.nodevitals.agent.diagnose.Errnos.ENOTDIR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.nodevitals.agent.diagnose.LifecycleTotals.ExecFailureKey;
import io.nodevitals.agent.diagnose.Look.ByStandIn;
import io.nodevitals.agent.diagnose.Look.Contents;
import io.nodevitals.agent.diagnose.Look.FileStatus;
import io.nodevitals.agent.diagnose.Look.NotRegular;
import io.nodevitals.agent.diagnose.Look.Unavailable;
import io.nodevitals.agent.diagnose.Story.Who;
import io.nodevitals.agent.program.ElfImage;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** One failed exec of /app/prog, in every way the kernel answers. */
class ExecFailureTest {
    private static final int X = 0100755;
    private static final String GLIBC = "/lib64/ld-linux-x86-64.so.2";
    private static final String MUSL = "/lib/ld-musl-x86_64.so.1";

    private final Story story = new Story();
    private final Who runc = story.fork(story.unseen(99, Story.HOST_SERVICE, "runc:[2:INIT]"), 100, Story.IN_CONTAINER);

    static Stream<Arguments> files() {
        return Stream.of(
                row(ENOENT, Map.of(), ExecFailureCause.FILE_MISSING, Confidence.CERTAIN, null, null),
                row(ENOTDIR, Map.of(), ExecFailureCause.FILE_MISSING, Confidence.CERTAIN, null, null),
                row(
                        ENOENT,
                        Map.of("", elf(GLIBC)),
                        ExecFailureCause.INTERPRETER_MISSING,
                        Confidence.CERTAIN,
                        GLIBC,
                        null),
                row(
                        ENOENT,
                        Map.of("", elf(GLIBC), MUSL, elf(null)),
                        ExecFailureCause.LIBC_MISMATCH,
                        Confidence.LIKELY,
                        GLIBC,
                        null),
                row(
                        ENOENT,
                        Map.of("", elf(MUSL), GLIBC, elf(null)),
                        ExecFailureCause.LIBC_MISMATCH,
                        Confidence.LIKELY,
                        MUSL,
                        null),
                row(
                        ENOENT,
                        Map.of("", text("#!/usr/bin/python3\n")),
                        ExecFailureCause.SCRIPT_INTERPRETER_MISSING,
                        Confidence.CERTAIN,
                        "/usr/bin/python3",
                        null),
                row(
                        ENOENT,
                        Map.of("", text("#!/bin/sh\r\n"), "/bin/sh", elf(null)),
                        ExecFailureCause.SCRIPT_CRLF,
                        Confidence.CERTAIN,
                        "/bin/sh",
                        null),
                row(
                        ENOENT,
                        Map.of("", text("#!/bin/py\n"), "/bin/py", elf(GLIBC)),
                        ExecFailureCause.INTERPRETER_MISSING,
                        Confidence.CERTAIN,
                        GLIBC,
                        null),
                row(
                        ENOENT,
                        Map.of("", text("#!/bin/py\n"), "/bin/py", text("#!/gone\n")),
                        ExecFailureCause.SCRIPT_INTERPRETER_MISSING,
                        Confidence.CERTAIN,
                        "/gone",
                        null),
                row(
                        ENOENT,
                        Map.of("", elf(GLIBC), GLIBC, elf(null)),
                        ExecFailureCause.UNKNOWN,
                        Confidence.GUESS,
                        null,
                        null),
                row(
                        EACCES,
                        Map.of("", new NotRegular(0040755)),
                        ExecFailureCause.NOT_EXECUTABLE,
                        Confidence.CERTAIN,
                        null,
                        null),
                row(
                        EACCES,
                        Map.of("", new Contents(new byte[9], new FileStatus(0100644, 0, 0, false, null))),
                        ExecFailureCause.NOT_EXECUTABLE,
                        Confidence.CERTAIN,
                        null,
                        null),
                row(
                        EACCES,
                        Map.of("", new Contents(new byte[9], new FileStatus(X, 0, 0, true, null))),
                        ExecFailureCause.NOEXEC_MOUNT,
                        Confidence.CERTAIN,
                        null,
                        null),
                row(
                        EACCES,
                        Map.of(
                                "",
                                text("#!/in\n"),
                                "/in",
                                new Contents(new byte[9], new FileStatus(0100644, 0, 0, false, null))),
                        ExecFailureCause.NOT_EXECUTABLE,
                        Confidence.CERTAIN,
                        "/in",
                        null),
                row(
                        EACCES,
                        Map.of("", text("#!/in\n"), "/in", new NotRegular(0010755)),
                        ExecFailureCause.NOT_EXECUTABLE,
                        Confidence.CERTAIN,
                        "/in",
                        null),
                row(EACCES, Map.of("", elf(null)), ExecFailureCause.PERMISSION, Confidence.LIKELY, null, null),
                row(
                        ENOEXEC,
                        Map.of("", contents(new ElfImage().machine(183).bytes())),
                        ExecFailureCause.WRONG_ARCHITECTURE,
                        Confidence.CERTAIN,
                        null,
                        "aarch64"),
                row(
                        ENOEXEC,
                        Map.of("", contents(new ElfImage().machine(3).narrow().bytes())),
                        ExecFailureCause.WRONG_ARCHITECTURE,
                        Confidence.CERTAIN,
                        null,
                        "i386"),
                row(
                        ENOEXEC,
                        Map.of("", contents(Arrays.copyOf(new ElfImage().bytes(), 30))),
                        ExecFailureCause.CORRUPT_ELF,
                        Confidence.CERTAIN,
                        null,
                        null),
                row(ENOEXEC, Map.of("", elf(null)), ExecFailureCause.CORRUPT_ELF, Confidence.LIKELY, null, null),
                row(
                        ENOEXEC,
                        Map.of("", text("echo hello\n")),
                        ExecFailureCause.UNKNOWN_FORMAT,
                        Confidence.CERTAIN,
                        null,
                        null),
                row(ENOEXEC, Map.of("", text("")), ExecFailureCause.UNKNOWN_FORMAT, Confidence.CERTAIN, null, null),
                row(
                        EIO,
                        Map.of("", elf(GLIBC), GLIBC, text("x")),
                        ExecFailureCause.CORRUPT_ELF,
                        Confidence.CERTAIN,
                        GLIBC,
                        null),
                row(
                        ELIBBAD,
                        Map.of(
                                "",
                                elf(GLIBC),
                                GLIBC,
                                contents(new ElfImage().machine(183).bytes())),
                        ExecFailureCause.WRONG_ARCHITECTURE,
                        Confidence.CERTAIN,
                        GLIBC,
                        "aarch64"),
                row(Errnos.EINVAL, Map.of("", elf(GLIBC)), ExecFailureCause.CORRUPT_ELF, Confidence.LIKELY, null, null),
                row(
                        ELOOP,
                        Map.of("", new Unavailable("loop")),
                        ExecFailureCause.SYMLINK_LOOP,
                        Confidence.CERTAIN,
                        null,
                        null),
                row(Errnos.ENAMETOOLONG, Map.of(), ExecFailureCause.FILE_MISSING, Confidence.CERTAIN, null, null),
                row(Errnos.EFAULT, Map.of(), ExecFailureCause.UNKNOWN, Confidence.CERTAIN, null, null),
                row(Errnos.E2BIG, Map.of(), ExecFailureCause.ARGUMENT_LIST_TOO_LONG, Confidence.CERTAIN, null, null),
                row(Errnos.ETXTBSY, Map.of(), ExecFailureCause.TEXT_BUSY, Confidence.CERTAIN, null, null),
                row(Errnos.ENOMEM, Map.of(), ExecFailureCause.NO_MEMORY, Confidence.CERTAIN, null, null),
                row(Errnos.EPERM, Map.of(), ExecFailureCause.PERMISSION, Confidence.LIKELY, null, null),
                row(14, Map.of(), ExecFailureCause.UNKNOWN, Confidence.CERTAIN, null, null));
    }

    @ParameterizedTest
    @MethodSource("files")
    void theCauseIsWhatTheFileShows(
            int errno,
            Map<String, Look> files,
            ExecFailureCause cause,
            Confidence confidence,
            String interpreter,
            String architecture) {
        files.forEach((path, look) -> story.files.put(path.isEmpty() ? "/app/prog" : path, look));
        story.execFails(runc, errno, "/app/prog");
        story.exit(runc, 1 << 8);

        ExecFailure failure = story.execFailure();
        assertThat(failure.cause()).as(failure.summary()).isEqualTo(cause);
        assertThat(failure.confidence()).isEqualTo(confidence);
        assertThat(failure.interpreter()).isEqualTo(interpreter);
        assertThat(failure.architecture()).isEqualTo(architecture);
        assertThat(failure.file()).isEqualTo("/app/prog");
        assertThat(failure.errorType()).isEqualTo(Errnos.name(errno));
        assertThat(failure.count()).isEqualTo(1);
        assertThat(failure.bootNanos() - failure.startBootNanos()).isEqualTo(20_000);
        assertThat(failure.subject().workload()).isEqualTo(Story.CONTAINER);
        assertThat(failure.summary())
                .startsWith("runc:[2:INIT] (pid 100) in pod " + Story.POD + " could not start /app/prog: ")
                .endsWith(".");
        assertThat(story.totals(Story.CONTAINER).execFailures().series())
                .isEqualTo(Map.of(new ExecFailureKey(Errnos.name(errno), cause), 1L));
    }

    @Test
    void aWrongArchitectureNamesBoth() {
        story.files.put("/app/prog", contents(new ElfImage().machine(183).bytes()));
        story.execFails(runc, ENOEXEC, "/app/prog");

        assertThat(story.execFailure().summary()).contains("built for aarch64, this node is x86_64");
    }

    @ParameterizedTest
    @CsvSource({
        "2, FILE_MISSING, GUESS",
        "20, FILE_MISSING, LIKELY",
        "13, PERMISSION, GUESS",
        "8, UNKNOWN_FORMAT, GUESS"
    })
    void withoutALookTheConfidenceDropsAndTheSentenceSaysWhy(int errno, ExecFailureCause cause, Confidence confidence) {
        story.filesReadable = false;
        story.execFails(runc, errno, "/app/prog");
        story.exit(runc, 1 << 8);

        assertThat(story.execFailure().cause()).isEqualTo(cause);
        assertThat(story.execFailure().confidence()).isEqualTo(confidence);
        if (confidence == Confidence.GUESS) {
            assertThat(story.execFailure().summary()).contains("the process had ended already");
        }
    }

    @Test
    void whatAStandInSeesIsAtMostLikely() {
        story.files.put(
                "/app/prog", new ByStandIn(contents(new ElfImage().machine(183).bytes())));
        story.execFails(runc, ENOEXEC, "/app/prog");

        assertThat(story.execFailure().cause()).isEqualTo(ExecFailureCause.WRONG_ARCHITECTURE);
        assertThat(story.execFailure().confidence()).isEqualTo(Confidence.LIKELY);
    }

    @Test
    void theKernelsOwnFindingsNeedNoLook() {
        story.filesReadable = false;
        byte[] head = Arrays.copyOf(new ElfImage().interpreter(GLIBC).bytes(), 256);
        story.execFails(runc, ENOENT, "/app/prog", head, GLIBC);
        story.exit(runc, 1 << 8);

        assertThat(story.execFailure().cause()).isEqualTo(ExecFailureCause.INTERPRETER_MISSING);
        assertThat(story.execFailure().interpreter()).isEqualTo(GLIBC);
    }

    @Test
    void aHeadWithoutTheInterpretersNameStillTellsThatItIsTheInterpreter() {
        story.filesReadable = false;
        story.execFails(
                runc,
                ENOENT,
                "/app/prog",
                Arrays.copyOf(new ElfImage().interpreter(GLIBC).bytes(), 256),
                null);
        story.exit(runc, 1 << 8);

        assertThat(story.execFailure().cause()).isEqualTo(ExecFailureCause.INTERPRETER_MISSING);
        assertThat(story.execFailure().confidence()).isEqualTo(Confidence.LIKELY);
    }

    @Test
    void aNameThatEndsInACarriageReturnComesFromAScriptWithDosLineEnds() {
        story.execFails(runc, ENOENT, "/usr/bin/bash\r");
        story.execFails(runc, ENOENT, "/bin/bash\r");
        story.exit(runc, 127 << 8);

        assertThat(story.execFailure().cause()).isEqualTo(ExecFailureCause.SCRIPT_CRLF);
        assertThat(story.execFailure().summary()).doesNotContain("\r");
    }

    @Test
    void aNameThatCouldNotBeReadIsNoName() {
        story.execFails(runc, ENOENT, null);
        story.exit(runc, 1 << 8);

        assertThat(story.execFailure().file()).isEmpty();
        assertThat(story.execFailure().summary()).contains("a program whose name could not be read");
    }

    @Test
    void aCanaryIsNoFailureAndOnlyTheAgentsOwnIsReported() {
        Who agent = new Who(777, 5, Story.HOST_SERVICE, null, "java");
        story.execFails(agent, ENOENT, "/nonexistent/canary");
        assertThat(story.canaries).isEqualTo(1);
        story.execFails(runc, ENOENT, "/nonexistent/canary");
        story.passes(300 * Story.MS);

        assertThat(story.canaries).as("another agent's tells this one nothing").isEqualTo(1);
        assertThat(story.occurrences).isEmpty();
        assertThat(story.totals.snapshot().workloads())
                .allMatch(totals -> totals.execFailures().series().isEmpty());
    }

    @Test
    void aStormIsCountedExactlyThoughNotEveryFileIsLookedAt() {
        for (int i = 0; i < 2000; i++) {
            story.execFails(runc, ENOTDIR, "/app/prog" + i);
        }
        story.exit(runc, 1 << 8);

        assertThat(story.totals(Story.CONTAINER).execFailures().series().values())
                .containsExactly(2000L);
        assertThat(story.looks).isBetween(LookBudget.BURST, LookBudget.BURST + 100);
        story.passes(5_000 * Story.MS);
        story.execFails(runc, ENOTDIR, "/app/later");
        assertThat(story.looks).as("the budget recovers").isGreaterThan(LookBudget.BURST);
    }

    private static Arguments row(
            int errno,
            Map<String, Look> files,
            ExecFailureCause cause,
            Confidence confidence,
            String interpreter,
            String architecture) {
        return arguments(errno, files, cause, confidence, interpreter, architecture);
    }

    private static Contents elf(String interpreter) {
        ElfImage image = new ElfImage();
        return contents(
                interpreter == null
                        ? image.bytes()
                        : image.interpreter(interpreter).bytes());
    }

    private static Contents text(String text) {
        return contents(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static Contents contents(byte[] bytes) {
        return new Contents(bytes, new FileStatus(X, 0, 0, false, null));
    }
}
