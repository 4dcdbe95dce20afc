// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.aggregate.MemoryTotals;
import io.nodevitals.agent.decode.LifecycleDecoder;
import io.nodevitals.bpf.event.Program;
import io.nodevitals.bpf.object.FakeCounters;
import io.nodevitals.bpf.object.MappedCounters.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AccountCheckTest {
    private static final long SNAPSHOT = 5_000_000_000L;

    private final FakeCounters kernel = new FakeCounters(1);
    private final MemoryTotals totals = new MemoryTotals();
    private long now;
    private final AccountCheck check = new AccountCheck(
            kernel.mapped(),
            new LifecycleRingAccount(kernel.mapped(), new LifecycleDecoder(1, event -> {}), () -> 0, () -> 0),
            new MemoryRingAccount(kernel.mapped(), () -> 0),
            () -> now);
    private final LossReport losses = new LossReport(kernel.mapped(), () -> now);

    private final List<LogRecord> log = new ArrayList<>();
    private final Handler recorder = new Handler() {
        @Override
        public void publish(LogRecord record) {
            log.add(record);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void record() {
        loggers().forEach(logger -> {
            logger.addHandler(recorder);
            logger.setUseParentHandlers(false);
        });
    }

    @AfterEach
    void stopRecording() {
        loggers().forEach(logger -> {
            logger.removeHandler(recorder);
            logger.setUseParentHandlers(true);
        });
    }

    @Test
    void balancedAccountsSayNothing() {
        snapshots(4);

        assertThat(check.complaints()).isEmpty();
        assertThat(check.residuals()).isEqualTo(Map.of("outcomes", 0L, "rings", 0L, "sequences", 0L, "monotony", 0L));
        assertThat(log).isEmpty();
    }

    @Test
    void aResidualIsASentenceAMetricAndOneErrorLine() {
        kernel.add(Program.OOM, 0, Field.SEEN, 3);
        snapshots(10);

        assertThat(check.complaints())
                .containsExactly("The account of outcomes does not balance: what the programs saw and what became of it"
                        + " differ (oom on CPU 0: 3). Events were lost or counted twice, and the sums are no longer"
                        + " exact: restart the agent, and report it with its log.");
        assertThat(check.residuals()).containsEntry("outcomes", 3L).containsEntry("rings", 0L);
        assertThat(messages("SEVERE")).containsExactlyElementsOf(check.complaints());
    }

    @Test
    void aResidualThatGrowsIsLoggedAgainAtMostOnceAMinute() {
        for (int i = 0; i < 40; i++) {
            kernel.add(Program.OOM, 0, Field.FILTERED, 1);
            snapshots(1);
        }

        assertThat(messages("SEVERE")).hasSize(1 + 39 * 5 / 60);
    }

    @Test
    void whatBalancesAgainIsNoReasonAnyMore() {
        kernel.add(Program.OOM, 0, Field.SEEN, 1);
        snapshots(3);
        assertThat(check.complaints()).hasSize(1);

        kernel.add(Program.OOM, 0, Field.FAILED, 1);
        snapshots(1);

        assertThat(check.complaints()).isEmpty();
        assertThat(messages("INFO")).containsExactly("The account of outcomes balances again.");
    }

    @Test
    void aCounterThatWentBackwardsStaysAnError() {
        kernel.set(Program.EXIT, 0, Field.FILTERED, 100);
        kernel.set(Program.EXIT, 0, Field.SEEN, 100);
        snapshots(1);
        kernel.set(Program.EXIT, 0, Field.FILTERED, 90);
        kernel.set(Program.EXIT, 0, Field.SEEN, 90);
        snapshots(1);
        kernel.set(Program.EXIT, 0, Field.FILTERED, 200);
        kernel.set(Program.EXIT, 0, Field.SEEN, 200);
        snapshots(5);

        assertThat(check.residuals()).containsEntry("monotony", 20L).containsEntry("outcomes", 0L);
        assertThat(check.complaints()).singleElement().asString().contains("exit on CPU 0, seen: 10", "filtered: 10");
    }

    @Test
    void nobodyLookingForAMinuteIsAReasonToo() {
        snapshots(1);
        now += 60_000_000_000L;

        assertThat(check.complaints())
                .containsExactly(
                        "No snapshot could be taken for 65 s, so nobody checks the accounts: look at the agent's"
                                + " log, and restart it if this stays.");
    }

    @Test
    void lostEventsAreLoggedWithTheirNumberAtMostOnceAMinuteAndNoReason() {
        kernel.add(Program.MMAP, 0, Field.SEEN, 12);
        kernel.add(Program.MMAP, 0, Field.FAILED, 12);
        snapshots(1);
        kernel.add(Program.EXIT, 0, Field.SEEN, 1);
        kernel.add(Program.EXIT, 0, Field.FAILED, 1);
        snapshots(11);
        assertThat(messages("SEVERE")).singleElement().asString().contains("had room: mmap 12.");

        snapshots(2);

        assertThat(messages("SEVERE")).hasSize(2).last().asString().contains("had room: exit 1.");
        assertThat(check.complaints()).isEmpty();
    }

    private void snapshots(int count) {
        for (int i = 0; i < count; i++) {
            check.check(totals);
            losses.check();
            now += SNAPSHOT;
        }
    }

    private List<String> messages(String level) {
        return log.stream()
                .filter(record -> record.getLevel().getName().equals(level))
                .map(LogRecord::getMessage)
                .toList();
    }

    private static List<Logger> loggers() {
        return List.of(Logger.getLogger(AccountCheck.class.getName()), Logger.getLogger(LossReport.class.getName()));
    }
}
