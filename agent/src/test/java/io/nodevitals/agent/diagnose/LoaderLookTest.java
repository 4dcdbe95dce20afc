// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import static io.nodevitals.agent.diagnose.Story.MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.diagnose.Story.Who;
import io.nodevitals.agent.program.Inspection;
import io.nodevitals.agent.program.Inspection.Outcome;
import io.nodevitals.agent.program.StartCause;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Young programs that end with a loader's exit code. */
class LoaderLookTest {
    private static final int SHELL = 500;
    private static final int CONTAINER = Story.IN_CONTAINER;

    private final Story story = new Story();
    private final Who shell = story.run(SHELL, CONTAINER, "/bin/sh");

    @Test
    void aLibraryThatIsMissingIsNamed() {
        story.inspected = libraryMissing();
        ends(child(501), 127);

        Termination end = story.termination();
        assertThat(end.cause()).isEqualTo(TerminationCause.LOADER_FAILED);
        assertThat(end.confidence()).isEqualTo(Confidence.LIKELY);
        assertThat(end.phase()).isEqualTo(Phase.BEFORE_MAIN);
        assertThat(end.exitCode()).isEqualTo(127);
        assertThat(end.summary())
                .contains(" ended with exit code 127 after ")
                .endsWith(", before main: its loader does not find libz.so.1. Install it.");
        assertThat(story.inspections).containsExactly(SHELL + " /app/server");
    }

    @Test
    void aCodeThatNobodyForetoldIsTheProgramsOwn() {
        story.inspected = libraryMissing();
        ends(child(501), 1);

        assertThat(story.terminations()).isEmpty();
        assertThat(story.inspections).hasSize(1);
    }

    @Test
    void aProgramThatWouldStartEndedByItself() {
        story.inspected = inspection(Outcome.STARTS, null, "would start.", null);
        ends(child(501), 127);

        assertThat(story.terminations()).isEmpty();
    }

    @Test
    void whatEnvSaysIsAnExitWithItsReason() {
        Story telling = new Story(true);
        Who parent = telling.run(SHELL, CONTAINER, "/bin/sh");
        telling.inspected = inspection(
                Outcome.LOADER_FAILS,
                StartCause.SCRIPT_INTERPRETER_MISSING,
                "would end with exit code 127: env finds no python9 in PATH (/bin).",
                127);
        Who script = telling.fork(parent, 501, CONTAINER);
        telling.exec(script, "/app/tool");
        telling.exit(script, 127 << 8);

        Termination end = telling.termination();
        assertThat(end.cause()).isEqualTo(TerminationCause.EXIT);
        assertThat(end.summary()).endsWith(": env finds no python9 in PATH (/bin).");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 125, 128})
    void otherCodesAreNoLoaders(int code) {
        story.inspected = libraryMissing();
        ends(child(501), code);

        assertThat(story.inspections).isEmpty();
    }

    @Test
    void anOldProgramIsPastItsLoader() {
        story.inspected = libraryMissing();
        Who child = child(501);
        story.passes(1_500 * MS);
        ends(child, 127);

        assertThat(story.inspections).isEmpty();
    }

    @Test
    void aChildThatHasNotExecdIsNoProgramOfItsOwn() {
        story.inspected = libraryMissing();
        ends(story.fork(shell, 501, CONTAINER), 127);

        assertThat(story.inspections).isEmpty();
    }

    @Test
    void oneLookSpeaksForAllEndsForTenSeconds() {
        story.inspected = libraryMissing();
        for (int pid = 501; pid < 601; pid++) {
            ends(child(pid), 127);
        }

        assertThat(story.inspections).hasSize(1);
        assertThat(story.terminations()).hasSize(100).allMatch(end -> end.cause() == TerminationCause.LOADER_FAILED);

        story.passes(11_000 * MS);
        story.inspected = inspection(Outcome.STARTS, null, "would start.", null);
        ends(child(700), 127);

        assertThat(story.inspections).hasSize(2);
        assertThat(story.terminations()).hasSize(100);
    }

    @Test
    void aStormOfProgramsIsNoStormOfLooks() {
        story.inspected = libraryMissing();
        for (int pid = 501; pid < 701; pid++) {
            Who child = story.fork(shell, pid, CONTAINER);
            story.exec(child, "/app/server-" + pid);
            ends(child, 127);
        }

        assertThat(story.inspections).hasSizeBetween(LoaderLook.BURST, LoaderLook.BURST + 2);
    }

    @Test
    void whereTheParentSeesNoSuchProgramAnotherOfTheNamespaceIsAsked() {
        Who other = story.run(510, CONTAINER, "/bin/other");
        story.inspected = inspection(Outcome.EXEC_FAILS, StartCause.FILE_MISSING, "is not there.", null);
        ends(child(501), 127);

        assertThat(story.inspections).contains(SHELL + " /app/server", other.pid + " /app/server");
        assertThat(story.terminations()).isEmpty();
    }

    private Who child(int pid) {
        Who child = story.fork(shell, pid, CONTAINER);
        story.exec(child, "/app/server");
        return child;
    }

    private void ends(Who who, int code) {
        story.exit(who, code << 8);
    }

    private static Inspection libraryMissing() {
        return inspection(
                Outcome.LOADER_FAILS,
                StartCause.LIBRARY_MISSING,
                "would end with exit code 127: its loader does not find libz.so.1. Install it.",
                127);
    }

    private static Inspection inspection(
            Outcome outcome, @Nullable StartCause cause, String summary, @Nullable Integer code) {
        return new Inspection("/app/server", outcome, cause, true, summary, code, "libz.so.1", List.of(), null);
    }
}
