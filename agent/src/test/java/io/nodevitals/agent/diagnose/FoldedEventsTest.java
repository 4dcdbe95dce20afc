// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import static io.nodevitals.agent.diagnose.Signals.SIGKILL;
import static io.nodevitals.agent.diagnose.Signals.SIGSEGV;
import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.diagnose.LifecycleTotals.ExecFailureKey;
import io.nodevitals.agent.diagnose.LifecycleTotals.TerminationKey;
import io.nodevitals.agent.diagnose.Story.Who;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FoldedEventsTest {
    private final Story story = new Story();
    private final FoldedEvents folded = story.diagnoser.folded();

    @Test
    void whatHadNoRecordAddsToWhatHadOne() {
        Who shell = story.run(50, Story.IN_CONTAINER, "/bin/sh");
        story.execFails(shell, Errnos.ETXTBSY, "/bin/busy");
        story.exit(shell, 3 << 8);
        folded.execs(Story.IN_CONTAINER, 41);
        folded.execFailures(Story.IN_CONTAINER, Errnos.ETXTBSY, 999);
        folded.exits(Story.IN_CONTAINER, 3, 6);

        LifecycleTotals.WorkloadTotals totals = story.totals(Story.CONTAINER);
        assertThat(totals.execs()).isEqualTo(42);
        assertThat(totals.execFailures().series())
                .containsExactly(Map.entry(new ExecFailureKey("ETXTBSY", ExecFailureCause.TEXT_BUSY), 1_000L));
        assertThat(totals.terminations().series())
                .containsExactly(
                        Map.entry(new TerminationKey(TerminationCause.EXIT, Phase.RUNNING, null, null, 3), 7L));
    }

    @Test
    void onlyWhatTheErrnoProvesIsACause() {
        folded.execFailures(Story.IN_CONTAINER, Errnos.ENOENT, 5);
        folded.execFailures(Story.IN_CONTAINER, Errnos.E2BIG, 4);
        folded.execFailures(Story.IN_CONTAINER, Errnos.ELOOP, 3);
        folded.execFailures(Story.IN_CONTAINER, Errnos.ENOMEM, 2);

        assertThat(story.totals(Story.CONTAINER).execFailures().series())
                .containsOnly(
                        Map.entry(new ExecFailureKey("ENOENT", ExecFailureCause.UNKNOWN), 5L),
                        Map.entry(new ExecFailureKey("E2BIG", ExecFailureCause.ARGUMENT_LIST_TOO_LONG), 4L),
                        Map.entry(new ExecFailureKey("ELOOP", ExecFailureCause.SYMLINK_LOOP), 3L),
                        Map.entry(new ExecFailureKey("ENOMEM", ExecFailureCause.NO_MEMORY), 2L));
        assertThat(story.occurrences).isEmpty();
    }

    @Test
    void aDeathNamesItsSignalAndTheCodeThatKubernetesShows() {
        folded.deaths(Story.IN_CONTAINER, SIGSEGV, 2);

        assertThat(story.totals(Story.CONTAINER).terminations().series())
                .containsExactly(Map.entry(
                        new TerminationKey(TerminationCause.UNKNOWN, Phase.RUNNING, "SIGSEGV", null, 139), 2L));
    }

    @Test
    void whatHasNoCgroupIsNobodys() {
        folded.execs(0, 3);

        assertThat(story.totals(io.nodevitals.agent.attribute.Workload.UNKNOWN).execs())
                .isEqualTo(3);
    }

    @Test
    void aContainersFirstExecStartsItThoughItHadNoRecord() {
        Who runtime = story.run(60, Story.HOST_SERVICE, "/usr/bin/runc");
        story.makeCgroup(runtime, Story.IN_CONTAINER, 3, Story.POD_CGROUP);
        folded.execs(Story.IN_CONTAINER, 2);
        folded.execs(Story.IN_CONTAINER, 1);

        assertThat(story.totals(Story.CONTAINER).containerStarts()).isEqualTo(1);
    }

    @Test
    void anOomKillWithoutARecordCountsOnceWhenItsExitComesFirst() {
        oomExit(70);
        oomExit(71);
        folded.oomKills(Story.IN_CONTAINER, 3, story.now);

        assertThat(kills()).containsExactly(Map.entry(OomScope.CGROUP, 3L));
        assertThat(story.oomKills()).hasSize(2);
    }

    @Test
    void anOomKillWithoutARecordCountsOnceWhenItsExitComesLater() {
        folded.oomKills(Story.IN_CONTAINER, 2, story.now);
        oomExit(70);
        folded.oomKills(Story.IN_CONTAINER, 1, story.now);
        oomExit(71);
        oomExit(72);

        assertThat(kills()).containsExactly(Map.entry(OomScope.CGROUP, 3L));
        assertThat(story.oomKills()).hasSize(3);
    }

    @Test
    void anOomKillOfLongAgoIsNotMistakenForAnother() {
        oomExit(70);
        story.passes(OomLedger.MEMORY_NANOS + Story.MS);
        folded.oomKills(Story.IN_CONTAINER, 1, story.now);

        assertThat(kills()).containsExactly(Map.entry(OomScope.CGROUP, 2L));
    }

    @Test
    void anotherCgroupsOomKillIsItsOwn() {
        oomExit(70);
        folded.oomKills(Story.IN_STRANGER, 1, story.now);

        assertThat(kills()).containsExactly(Map.entry(OomScope.CGROUP, 1L));
        assertThat(story.totals(Story.STRANGER).oomKills().series()).containsExactly(Map.entry(OomScope.CGROUP, 1L));
    }

    private Map<OomScope, Long> kills() {
        return story.totals(Story.CONTAINER).oomKills().series();
    }

    private void oomExit(int pid) {
        Who victim = story.run(pid, Story.IN_CONTAINER, "/usr/bin/java");
        story.exit(victim, SIGKILL, true, false);
        story.passes(Terminations.PATIENCE_NANOS);
    }
}
