// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import static io.nodevitals.agent.diagnose.Errnos.EACCES;
import static io.nodevitals.agent.diagnose.Errnos.ENOENT;
import static io.nodevitals.agent.diagnose.Errnos.ENOEXEC;
import static io.nodevitals.agent.diagnose.Errnos.ENOTDIR;
import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.diagnose.LifecycleTotals.ExecFailureKey;
import io.nodevitals.agent.diagnose.Look.Contents;
import io.nodevitals.agent.diagnose.Look.FileStatus;
import io.nodevitals.agent.diagnose.Story.Who;
import io.nodevitals.agent.process.LifecycleEvent.ProcessExecuted;
import io.nodevitals.agent.program.ElfImage;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExecSearchTest {
    private final Story story = new Story();
    private final Who parent = story.run(50, Story.IN_CONTAINER, "/usr/bin/python3");
    private final Who child = story.fork(parent, 100, Story.IN_CONTAINER);

    @Test
    void aSearchThatFindsTheCommandIsNoFailure() {
        story.execFails(child, ENOENT, "/usr/local/sbin/ls");
        story.execFails(child, ENOTDIR, "/usr/local/bin/ls");
        story.execFails(child, EACCES, "/root/bin/ls");
        story.exec(child, "/bin/ls");
        story.exit(child, 0);
        story.passes(300 * Story.MS);

        assertThat(story.occurrences).isEmpty();
        assertThat(story.totals(Story.CONTAINER).execFailures().series()).isEmpty();
        assertThat(story.totals(Story.CONTAINER).execs()).isEqualTo(2);
    }

    @Test
    void aSearchThatEndsWithTheProcessIsOneFailureNamingTheCommand() {
        story.execFails(child, ENOENT, "/usr/local/bin/nope");
        story.execFails(child, ENOENT, "/usr/bin/nope");
        story.execFails(child, ENOTDIR, "/bin/nope");
        assertThat(story.occurrences).isEmpty();
        story.exit(child, 127 << 8);

        ExecFailure failure = story.execFailure();
        assertThat(failure.cause()).isEqualTo(ExecFailureCause.FILE_MISSING);
        assertThat(failure.file()).isEqualTo("nope");
        assertThat(failure.errorType()).isEqualTo("ENOTDIR");
        assertThat(failure.count()).isEqualTo(1);
        assertThat(failure.summary()).contains("none of 3 directories has such a command");
        assertThat(story.totals(Story.CONTAINER).execFailures().series())
                .isEqualTo(Map.of(new ExecFailureKey("ENOTDIR", ExecFailureCause.FILE_MISSING), 1L));
    }

    @Test
    void aProgramThatRepeatsItselfFailsEachTime() {
        for (int i = 0; i < 1_001; i++) {
            story.execFails(child, ENOENT, "/opt/missing");
        }
        assertThat(story.execFailures())
                .as("it is told before it ends")
                .extracting(ExecFailure::count)
                .containsExactly(ExecSearches.MAX_ROUNDS);
        assertThat(story.execFailures().get(0).summary())
                .contains("/opt/missing")
                .endsWith(" It happened 4 times.");
        story.exit(child, 1 << 8);

        assertThat(story.totals(Story.CONTAINER).execFailures().series())
                .isEqualTo(Map.of(new ExecFailureKey("ENOENT", ExecFailureCause.FILE_MISSING), 1_001L));
    }

    @Test
    void aSearchThatIsRepeatedFailsEachTimeHoweverManyPlacesItHas() {
        for (int round = 0; round < 10; round++) {
            for (int place = 0; place < 3; place++) {
                story.execFails(child, ENOENT, "/path" + place + "/nope");
            }
        }
        story.exit(child, 127 << 8);

        assertThat(story.totals(Story.CONTAINER).execFailures().series())
                .isEqualTo(Map.of(new ExecFailureKey("ENOENT", ExecFailureCause.FILE_MISSING), 10L));
        assertThat(story.execFailures().get(0).summary()).contains("none of 3 directories has such a command");
    }

    @Test
    void aPathThatNamesItsFirstDirectoryTwiceMayStillFindTheCommand() {
        story.execFails(child, ENOENT, "/usr/local/bin/ls");
        story.execFails(child, ENOENT, "/usr/bin/ls");
        story.execFails(child, ENOENT, "/usr/local/bin/ls");
        story.exec(child, "/bin/ls");
        story.exit(child, 0);
        story.passes(300 * Story.MS);

        assertThat(story.occurrences).isEmpty();
    }

    @Test
    void aSearchEndsByTimeInTicksAndInRecords() {
        story.execFails(child, ENOENT, "/usr/bin/one");
        story.passes(249 * Story.MS);
        assertThat(story.execFailures()).isEmpty();
        story.passes(2 * Story.MS);
        assertThat(story.execFailures()).hasSize(1);

        story.execFails(child, ENOENT, "/usr/bin/two");
        story.now += 260 * Story.MS;
        story.exec(child, "/usr/bin/two");
        assertThat(story.execFailures()).extracting(ExecFailure::file).containsExactly("/usr/bin/one", "/usr/bin/two");
    }

    @Test
    void eachTryKeepsTheSearchOpen() {
        for (int i = 0; i < 5; i++) {
            story.passes(40 * Story.MS);
            story.execFails(child, ENOENT, "/dir" + i + "/ls");
        }
        story.exec(child, "/bin/ls");

        assertThat(story.occurrences).isEmpty();
    }

    @Test
    void anotherNameEndsTheSearchOfTheFirst() {
        story.execFails(child, ENOENT, "/usr/bin/gvim");
        story.execFails(child, ENOENT, "/bin/gvim");
        story.exec(child, "/usr/bin/vim");

        assertThat(story.execFailure().file()).isEqualTo("gvim");
    }

    @Test
    void theTryWhoseFileIsThereTellsMoreThanTheLast() {
        story.files.put(
                "/usr/bin/tool",
                new Contents(
                        new ElfImage().interpreter("/lib/ld-gone.so.1").bytes(),
                        new FileStatus(0100755, 0, 0, false, null)));
        story.execFails(child, ENOENT, "/usr/local/bin/tool");
        story.execFails(child, ENOENT, "/usr/bin/tool");
        story.execFails(child, ENOENT, "/bin/tool");
        story.exit(child, 127 << 8);

        assertThat(story.execFailure().cause()).isEqualTo(ExecFailureCause.INTERPRETER_MISSING);
        assertThat(story.execFailure().file()).isEqualTo("/usr/bin/tool");
    }

    @Test
    void anErrorThatEndsASearchStandsForIt() {
        story.execFails(child, ENOENT, "/usr/local/bin/big");
        story.execFails(child, Errnos.E2BIG, "/usr/bin/big");
        story.exit(child, 1 << 8);

        assertThat(story.execFailure().cause()).isEqualTo(ExecFailureCause.ARGUMENT_LIST_TOO_LONG);
    }

    @Test
    void threadsSearchEachForItself() {
        Who thread = child.thread(101);
        story.execFails(child, ENOENT, "/a/one");
        story.execFails(thread, ENOENT, "/a/two");
        story.passes(260 * Story.MS);

        assertThat(story.execFailures()).extracting(ExecFailure::file).containsExactlyInAnyOrder("/a/one", "/a/two");
    }

    @Test
    void anExecFromAnotherThreadThanTheLeaderEndsThatThreadsSearch() {
        Who thread = child.thread(101);
        story.execFails(thread, ENOENT, "/usr/local/bin/ls");
        child.generation++;
        story.tell(new ProcessExecuted(story.header(child), 101, 4026531841L, "ls", "/bin/ls"));
        story.passes(260 * Story.MS);

        assertThat(story.occurrences).isEmpty();
    }

    @Test
    void aReusedTidDoesNotContinueASearch() {
        story.execFails(child, ENOENT, "/usr/local/bin/ls");
        Who next = new Who(100, story.now + Story.MS / 20, Story.IN_CONTAINER, null, "next");
        story.exec(next, "/bin/ls");
        story.passes(260 * Story.MS);

        assertThat(story.execFailures()).extracting(ExecFailure::file).containsExactly("/usr/local/bin/ls");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/bin/sh", "/usr/bin/bash", "/bin/busybox"})
    void aScriptWithoutShebangThatAShellRunsIsNoFailure(String shell) {
        script("/app/run");
        story.execFails(child, ENOEXEC, "/app/run");
        story.exec(child, shell);

        assertThat(story.occurrences).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void bashInterpretsTheScriptInTheProcessThatFailed(int exitCode) {
        script("/app/run");
        Who bash = story.fork(story.run(60, Story.IN_CONTAINER, "/bin/bash"), 101, Story.IN_CONTAINER);
        story.execFails(bash, ENOEXEC, "/app/run");
        story.exit(bash, exitCode << 8);

        assertThat(story.execFailures()).isEmpty();
    }

    @Test
    void bashThatTakesLongerIsStillInterpreting() {
        script("/app/run");
        Who bash = story.fork(story.run(60, Story.IN_CONTAINER, "/bin/bash"), 101, Story.IN_CONTAINER);
        story.execFails(bash, ENOEXEC, "/app/run");
        story.passes(1000 * Story.MS);
        story.exit(bash, 0);

        assertThat(story.execFailures()).isEmpty();
    }

    @Test
    void bashThatCallsTheFileBinaryHasFailed() {
        script("/app/run");
        Who bash = story.fork(story.run(60, Story.IN_CONTAINER, "/bin/bash"), 101, Story.IN_CONTAINER);
        story.execFails(bash, ENOEXEC, "/app/run");
        story.exit(bash, 126 << 8);

        assertThat(story.execFailure().cause()).isEqualTo(ExecFailureCause.UNKNOWN_FORMAT);
    }

    @Test
    void anybodyElseThatGivesUpHasFailed() {
        script("/app/run");
        story.execFails(child, ENOEXEC, "/app/run");
        story.exit(child, 255 << 8);

        assertThat(story.execFailure().cause()).isEqualTo(ExecFailureCause.UNKNOWN_FORMAT);
        assertThat(story.execFailure().file()).isEqualTo("/app/run");
    }

    @Test
    void aForeignElfThatAShellTriesAsAScriptHasFailed() {
        story.files.put(
                "/app/arm",
                new Contents(new ElfImage().machine(183).bytes(), new FileStatus(0100755, 0, 0, false, null)));
        story.execFails(child, ENOEXEC, "/app/arm");
        story.exec(child, "/bin/sh");
        story.exit(child, 2 << 8);

        assertThat(story.execFailure().cause()).isEqualTo(ExecFailureCause.WRONG_ARCHITECTURE);
    }

    @Test
    void repeatsWithinTenSecondsAreOneMoreWithTheirNumberAndAllAreCounted() {
        for (int i = 0; i < 5; i++) {
            Who next = story.fork(parent, 200 + i, Story.IN_CONTAINER);
            story.execFails(next, ENOENT, "/app/gone");
            story.exit(next, 127 << 8);
        }
        assertThat(story.execFailures()).extracting(ExecFailure::count).containsExactly(1);
        story.passes(10_001 * Story.MS);

        assertThat(story.execFailures()).extracting(ExecFailure::count).containsExactly(1, 4);
        assertThat(story.execFailures().get(1).summary()).contains("4 more times");
        assertThat(story.totals(Story.CONTAINER).execFailures().series().values())
                .containsExactly(5L);
    }

    @Test
    void theSameFailureInAnotherWorkloadIsItsOwn() {
        Who elsewhere = story.fork(parent, 300, Story.IN_STRANGER);
        story.execFails(child, ENOENT, "/app/gone");
        story.exit(child, 127 << 8);
        story.execFails(elsewhere, ENOENT, "/app/gone");
        story.exit(elsewhere, 127 << 8);

        assertThat(story.execFailures())
                .extracting(failure -> failure.subject().workload())
                .containsExactly(Story.CONTAINER, Story.STRANGER);
    }

    @Test
    void closingReportsWhatStillWaits() {
        story.execFails(child, ENOENT, "/app/gone");
        Who dying = story.run(70, Story.IN_CONTAINER, "/usr/bin/app");
        story.exit(dying, Signals.SIGSEGV);
        story.diagnoser.close();

        assertThat(story.execFailures()).hasSize(1);
        assertThat(story.terminations()).hasSize(1);
    }

    private void script(String path) {
        story.files.put(
                path, new Contents(new byte[] {'e', 'c', 'h', 'o', '\n'}, new FileStatus(0100755, 0, 0, false, null)));
    }
}
