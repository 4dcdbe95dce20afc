// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SnapshotHandoverTest {
    private static final long LONG_ENOUGH = TimeUnit.SECONDS.toNanos(30);
    private static final int ANON = 5;

    private static void add(MemoryTables tables, int number) {
        add(tables, 1 + number % 300, number % 23, 1 + number % 9);
    }

    private static void add(MemoryTables tables, int tgid, long cgroup, long pages) {
        Calls.add(tables, tgid, 1, cgroup, 0, pages * 10, ANON, pages);
    }

    @Test
    void nothingIsLostOrCountedTwiceWhileBothThreadsRun() throws InterruptedException {
        int records = 3_000_000;
        SnapshotHandover handover = new SnapshotHandover(new MemoryTables(), new MemoryTables(), () -> {});
        AtomicLong written = new AtomicLong();
        AtomicBoolean finished = new AtomicBoolean();
        Thread writer = new Thread(() -> {
            MemoryTables tables = handover.active();
            for (int i = 0; i < records; i++) {
                add(tables, i);
                if (i % 61 == 0) {
                    written.setRelease(i + 1);
                    tables = handover.betweenBatches();
                }
            }
            written.setRelease(records);
            while (!finished.get()) {
                handover.betweenBatches();
                Thread.onSpinWait();
            }
        });
        writer.start();

        MemoryTotals totals = new MemoryTotals();
        long handovers = 0;
        long before;
        do {
            before = written.getAcquire();
            assertThat(handover.collect(totals::merge, () -> {}, LONG_ENOUGH)).isTrue();
            assertThat(totals.records(0)).as("complete up to the request").isGreaterThanOrEqualTo(before);
            handovers++;
        } while (before < records);
        finished.set(true);
        writer.join();

        assertThat(totals.records(0)).isEqualTo(records);
        assertThat(handovers).isGreaterThan(1);
        MemoryTables expected = new MemoryTables();
        MemoryTotals once = new MemoryTotals();
        for (int i = 0; i < records; i++) {
            add(expected, i);
        }
        once.merge(expected);
        for (int cgroup = 0; cgroup < 23; cgroup++) {
            assertThat(totals.counters(cgroup).pages(ANON))
                    .isEqualTo(once.counters(cgroup).pages(ANON));
            assertThat(totals.counters(cgroup).sizeClasses(ANON))
                    .isEqualTo(once.counters(cgroup).sizeClasses(ANON));
        }
    }

    @Test
    void aNearlyFullTableIsHandedOverUnaskedAndTheNextRequestStillSeesTheNewest() throws InterruptedException {
        AtomicInteger unasked = new AtomicInteger();
        SnapshotHandover handover =
                new SnapshotHandover(new MemoryTables(), new MemoryTables(), unasked::incrementAndGet);
        MemoryTables first = handover.active();
        for (int cgroup = 1; cgroup <= 500; cgroup++) {
            add(first, 1, cgroup, 1);
        }
        MemoryTables second = handover.betweenBatches();
        assertThat(second).isNotSameAs(first);
        assertThat(unasked).hasValue(1);
        add(second, 0);

        MemoryTotals totals = new MemoryTotals();
        AtomicBoolean done = new AtomicBoolean();
        Thread writer = new Thread(() -> {
            while (!done.get()) {
                handover.betweenBatches();
                Thread.onSpinWait();
            }
        });
        writer.start();
        assertThat(handover.collect(totals::merge, () -> {}, LONG_ENOUGH)).isTrue();
        done.set(true);
        writer.join();

        assertThat(totals.records(0)).isEqualTo(501);
    }

    @Test
    void withoutASpareTheWriterGoesOnWithItsTableAndLosesNothing() {
        TableCapacity tiny = new TableCapacity(8, 8, 8);
        AtomicInteger unasked = new AtomicInteger();
        SnapshotHandover handover = new SnapshotHandover(
                new MemoryTables(tiny, tiny), new MemoryTables(tiny, tiny), unasked::incrementAndGet);
        for (int i = 0; i < 1_000; i++) {
            add(handover.active(), i);
            handover.betweenBatches();
        }
        assertThat(unasked).as("the reader has never given a table back").hasValue(1);

        MemoryTotals totals = new MemoryTotals();
        assertThat(handover.collect(totals::merge, () -> {}, 0))
                .as("the writer does not answer")
                .isFalse();
        handover.betweenBatches();
        assertThat(handover.collect(totals::merge, () -> {}, 0)).isFalse();

        assertThat(totals.records(0)).isEqualTo(1_000);
        assertThat(totals.overflow().calls(ANON)).isPositive();
    }

    @Test
    void aRequestThatTimedOutIsAnsweredToTheNext() {
        SnapshotHandover handover = new SnapshotHandover(new MemoryTables(), new MemoryTables(), () -> {});
        MemoryTotals totals = new MemoryTotals();
        add(handover.active(), 1);
        assertThat(handover.collect(totals::merge, () -> {}, 0)).isFalse();
        handover.betweenBatches();

        handover.collect(totals::merge, () -> {}, 0);

        assertThat(totals.records(0)).isEqualTo(1);
    }

    @Test
    void aMergeThatThrowsGivesTheTableBackEmpty() {
        SnapshotHandover handover = new SnapshotHandover(new MemoryTables(), new MemoryTables(), () -> {});
        MemoryTables first = handover.active();
        add(first, 1);
        handover.collect(tables -> {}, () -> {}, 0);
        handover.betweenBatches();
        assertThatThrownBy(() -> handover.collect(
                        tables -> {
                            throw new IllegalStateException("no");
                        },
                        () -> {},
                        0))
                .hasMessage("no");

        assertThat(handover.betweenBatches()).as("it is the spare again").isSameAs(first);
        MemoryTotals totals = new MemoryTotals();
        totals.merge(first);
        assertThat(totals.records(0)).isZero();
    }

    @Test
    void anInterruptedReaderStopsWaiting() {
        SnapshotHandover handover = new SnapshotHandover(new MemoryTables(), new MemoryTables(), () -> {});
        Thread.currentThread().interrupt();

        assertThat(handover.collect(tables -> {}, () -> {}, LONG_ENOUGH)).isFalse();

        assertThat(Thread.interrupted()).isTrue();
    }
}
