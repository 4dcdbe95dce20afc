// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.diagnose.LifecycleTotals.ExecFailureKey;
import io.nodevitals.agent.diagnose.LifecycleTotals.Series;
import io.nodevitals.agent.diagnose.LifecycleTotals.SignalKey;
import io.nodevitals.agent.diagnose.LifecycleTotals.Snapshot;
import io.nodevitals.agent.diagnose.LifecycleTotals.WorkloadTotals;
import io.nodevitals.agent.diagnose.Story.Who;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LifecycleTotalsTest {

    @Test
    void whatFindsNoRoomIsInTheOverflowSoTheSumIsExact() {
        LifecycleTotals totals = new LifecycleTotals(10, 3);
        for (int signal = 1; signal <= 10; signal++) {
            totals.signals(Workload.HOST, signal, SignalAction.HANDLED, signal);
        }
        totals.signals(Workload.HOST, 1, SignalAction.HANDLED, 100);

        Series<SignalKey> signals = totals.snapshot().workloads().get(0).signals();
        assertThat(signals.series()).hasSize(3).containsEntry(new SignalKey("SIGHUP", SignalAction.HANDLED), 101L);
        assertThat(signals.series().values().stream().mapToLong(Long::longValue).sum() + signals.overflow())
                .isEqualTo(155);
    }

    @Test
    void workloadsBeyondTheBoundAreCountedAsUnknown() {
        LifecycleTotals totals = new LifecycleTotals(2, 10);
        totals.executed(Workload.HOST, 1);
        totals.executed(Story.CONTAINER, 1);
        totals.executed(Story.SIBLING, 1);
        totals.executed(Story.STRANGER, 1);
        totals.executed(Workload.HOST, 1);

        assertThat(totals.snapshot().workloads())
                .extracting(WorkloadTotals::workload, WorkloadTotals::execs)
                .containsExactly(tuple(Workload.HOST, 2L), tuple(Story.CONTAINER, 1L), tuple(Workload.UNKNOWN, 2L));
    }

    @Test
    void aSnapshotDoesNotChangeAndRetiringEndsTheSeries() {
        LifecycleTotals totals = new LifecycleTotals(10, 10);
        totals.execFailed(Story.CONTAINER, "ENOENT", ExecFailureCause.FILE_MISSING, 1);
        Snapshot before = totals.snapshot();
        totals.execFailed(Story.CONTAINER, "ENOENT", ExecFailureCause.FILE_MISSING, 1);

        assertThat(before.workloads().get(0).execFailures().series())
                .isEqualTo(Map.of(new ExecFailureKey("ENOENT", ExecFailureCause.FILE_MISSING), 1L));
        totals.retire(Story.CONTAINER);
        assertThat(totals.snapshot().workloads()).isEmpty();
        assertThat(before.workloads()).hasSize(1);
    }

    @Test
    void signalsThatTheKernelCountedAreAddedByTheirCgroup() {
        Story story = new Story();
        story.diagnoser.addSignals(Story.IN_CONTAINER, 15, SignalAction.HANDLED, 7);
        story.diagnoser.addSignals(Story.IN_CONTAINER, 15, SignalAction.HANDLED, 2);
        story.diagnoser.addSignals(4711, 19, SignalAction.STOPPED, 1);

        assertThat(story.totals(Story.CONTAINER).signals().series())
                .isEqualTo(Map.of(new SignalKey("SIGTERM", SignalAction.HANDLED), 9L));
        assertThat(story.totals(Workload.UNKNOWN).signals().series())
                .isEqualTo(Map.of(new SignalKey("SIGSTOP", SignalAction.STOPPED), 1L));
    }

    @Test
    void aContainerStartsOnceWithTheFirstExecInItsNewCgroup() {
        Story story = new Story();
        Who runc = story.run(500, Story.HOST_SERVICE, "/usr/bin/runc");
        Who old = story.run(600, Story.IN_SIBLING, "/bin/sh");
        story.makeCgroup(runc, Story.IN_CONTAINER, 3, Story.POD_CGROUP);
        story.makeCgroup(runc, Story.IN_CONTAINER, 3, Story.POD_CGROUP);
        Who init = story.fork(runc, 700, Story.IN_CONTAINER);
        story.exec(init, "/app/server");
        story.exec(init, "/app/server2");
        story.makeCgroup(init, Story.NESTED, 4, Story.IN_CONTAINER);
        story.exec(init, "/app/nested");
        story.exec(old, "/bin/health-check");

        assertThat(story.totals(Story.CONTAINER).containerStarts()).isEqualTo(1);
        assertThat(story.totals(Story.CONTAINER).execs()).isEqualTo(3);
        assertThat(story.totals(Story.SIBLING).containerStarts()).isZero();
    }

    @Test
    void signalAndErrorNamesAreThoseOfTheManualPages() {
        assertThat(Signals.name(11)).isEqualTo("SIGSEGV");
        assertThat(Signals.name(31)).isEqualTo("SIGSYS");
        assertThat(Signals.name(34)).isEqualTo("SIGRTMIN");
        assertThat(Signals.name(64)).isEqualTo("SIGRTMIN+30");
        assertThat(Signals.name(33)).isEqualTo("SIG33");
        assertThat(Errnos.name(2)).isEqualTo("ENOENT");
        assertThat(Errnos.name(80)).isEqualTo("ELIBBAD");
        assertThat(Errnos.name(133)).isEqualTo("EHWPOISON");
        assertThat(Errnos.name(41)).isEqualTo("E41");
        assertThat(Errnos.name(512)).isEqualTo("E512");
    }
}
