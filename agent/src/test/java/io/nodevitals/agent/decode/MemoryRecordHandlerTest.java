// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.aggregate.MemoryCounters;
import io.nodevitals.agent.aggregate.MemoryTables;
import io.nodevitals.agent.aggregate.MemoryTotals;
import io.nodevitals.agent.aggregate.SnapshotHandover;
import io.nodevitals.bpf.event.MemoryEvent;
import io.nodevitals.bpf.ring.FakeRing;
import io.nodevitals.bpf.ring.RingConsumer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryRecordHandlerTest {
    private static final long CGROUP = 4711;
    private static final long START = 123_456_789_012L;

    private final FakeRing ring = new FakeRing(1 << 17);
    private final SnapshotHandover handover = new SnapshotHandover(new MemoryTables(), new MemoryTables(), () -> {});
    private final MemoryRecordHandler handler = new MemoryRecordHandler(handover);
    private final List<RuntimeException> errors = new ArrayList<>();
    private final RingConsumer consumer = new RingConsumer(ring, errors::add);

    private MemoryTotals drained() {
        consumer.drainRuns(handler, 10_000);
        assertThat(errors).isEmpty();
        MemoryTotals totals = new MemoryTotals();
        totals.merge(handover.active());
        return totals;
    }

    private void call(int call, int kind, boolean shrink, long pages) {
        assertThat(MemoryRecords.write(ring, 42, START, CGROUP, 3, call, kind, shrink, pages, 777))
                .isTrue();
    }

    @Test
    void everyCallGoesToItsSeriesWithItsPages() {
        for (int kind = 0; kind < MemoryCounters.KINDS; kind++) {
            call(MemoryEvent.CALL_MMAP, kind, false, 10 + kind);
        }
        call(MemoryEvent.CALL_MUNMAP, 0, false, 20);
        call(MemoryEvent.CALL_MREMAP, 0, false, 30);
        call(MemoryEvent.CALL_MREMAP, 0, true, 31);
        call(MemoryEvent.CALL_BRK, 0, false, 40);
        call(MemoryEvent.CALL_BRK, 0, true, 41);

        MemoryCounters counters = drained().counters(CGROUP);

        long[] pages = new long[MemoryCounters.SERIES];
        for (int series = 0; series < pages.length; series++) {
            pages[series] = counters.pages(series);
            assertThat(counters.calls(series)).isEqualTo(1);
        }
        assertThat(pages).containsExactly(10, 11, 12, 13, 14, 15, 20, 30, 31, 40, 41);
    }

    @Test
    void aLargestCallKeepsAllOfItsBits() {
        long largest = (1L << 48) - 1;
        assertThat(MemoryRecords.write(
                        ring,
                        -1,
                        -1,
                        CGROUP,
                        255,
                        MemoryEvent.CALL_MMAP,
                        MemoryEvent.KIND_ANON,
                        false,
                        largest,
                        (1L << 46) - 1))
                .isTrue();

        MemoryTotals totals = drained();

        assertThat(totals.counters(CGROUP).pages(MemoryEvent.KIND_ANON)).isEqualTo(largest);
        assertThat(totals.mappedPages(CGROUP)).isEqualTo((1L << 46) - 1);
    }

    @Test
    void aFailureCountsByCallAndErrnoOnly() {
        MemoryRecords.writeFailure(ring, 42, START, CGROUP, 3, MemoryEvent.CALL_BRK, 12);
        MemoryRecords.writeFailure(ring, 42, START, CGROUP, 3, MemoryEvent.CALL_MMAP, 512);

        MemoryTotals totals = drained();

        assertThat(totals.counters(CGROUP).failures(MemoryEvent.CALL_BRK, 12)).isEqualTo(1);
        assertThat(totals.counters(CGROUP).failures(MemoryEvent.CALL_MMAP, 0)).isEqualTo(1);
        assertThat(totals.counters(CGROUP).calls(MemoryCounters.BRK_GROW)).isZero();
        assertThat(totals.mappedPages(CGROUP)).isZero();
        assertThat(totals.records(MemoryEvent.CALL_BRK)).isEqualTo(1);
    }

    @Test
    void theLastSuccessSetsTheAddressSpace() {
        MemoryRecords.write(ring, 42, START, CGROUP, 3, MemoryEvent.CALL_MMAP, 5, false, 1, 100);
        MemoryRecords.write(ring, 42, START, CGROUP, 3, MemoryEvent.CALL_MUNMAP, 0, false, 1, 60);
        MemoryRecords.writeFailure(ring, 42, START, CGROUP, 3, MemoryEvent.CALL_MMAP, 12);

        assertThat(drained().mappedPages(CGROUP)).isEqualTo(60);
    }

    @Test
    void whatIsNoMemoryRecordIsCountedAndSkipped() {
        ring.write(1, 2, 3, 4);
        ring.write(1, 2, 3, 4, 5, 6);
        MemoryRecords.write(ring, 1, 1, CGROUP, 7L << MemoryEvent.CALL_SHIFT | 1, 5);
        MemoryRecords.write(ring, 1, 1, CGROUP, 6L << MemoryEvent.KIND_SHIFT | 1, 5);
        MemoryRecords.write(ring, 1, 1, CGROUP, 9L << MemoryEvent.CALL_SHIFT, 1L << MemoryEvent.FAILED_SHIFT);
        call(MemoryEvent.CALL_MUNMAP, 0, false, 1);

        MemoryTotals totals = drained();

        assertThat(handler.malformed()).isEqualTo(2);
        assertThat(totals.unknownRecords()).isEqualTo(3);
        assertThat(totals.counters(CGROUP).calls(MemoryCounters.MUNMAP)).isEqualTo(1);
        assertThat(totals.records(0) + totals.records(1) + totals.records(2) + totals.records(3))
                .isEqualTo(1);
    }

    @Test
    void aBatchOfManyPiecesWithOtherRecordsBetweenCountsEachOnce() {
        long pages = 0;
        for (int i = 0; i < 1_000; i++) {
            if (i % 97 == 3) {
                ring.write(1, 2, 3);
                ring.discard(ring.reserve(MemoryEvent.SIZE_BYTES));
            }
            assertThat(MemoryRecords.write(
                            ring, i % 40, START, i % 7, 1, MemoryEvent.CALL_BRK, 0, false, 1L << i % 40, i))
                    .isTrue();
            pages += 1L << i % 40;
        }

        MemoryTotals totals = drained();

        long[] counted = new long[2];
        totals.forEachCgroup((cgroup, counters, mapped) -> {
            counted[0] += counters.calls(MemoryCounters.BRK_GROW);
            counted[1] += counters.pages(MemoryCounters.BRK_GROW);
        });
        assertThat(counted).containsExactly(1_000, pages);
        assertThat(handler.malformed()).isEqualTo(11);
        assertThat(consumer.discarded()).isEqualTo(11);
    }

    @Test
    void afterAHandoverTheNextBatchGoesToTheOtherTable() {
        call(MemoryEvent.CALL_MUNMAP, 0, false, 1);
        MemoryTotals first = drained();
        MemoryTables before = handover.active();
        handover.collect(tables -> {}, () -> {}, 0);
        handler.betweenBatches();
        call(MemoryEvent.CALL_MUNMAP, 0, false, 1);
        call(MemoryEvent.CALL_MUNMAP, 0, false, 1);

        assertThat(drained().counters(CGROUP).calls(MemoryCounters.MUNMAP)).isEqualTo(2);
        assertThat(handover.active()).isNotSameAs(before);
        assertThat(first.counters(CGROUP).calls(MemoryCounters.MUNMAP)).isEqualTo(1);
    }
}
