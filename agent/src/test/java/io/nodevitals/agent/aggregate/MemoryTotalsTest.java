// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nodevitals.bpf.event.MemoryEvent;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class MemoryTotalsTest {
    private static final TableCapacity ROOMY = new TableCapacity(512, 64, 2_048);
    private static final int ANON = 5;

    private final MemoryTables tables = new MemoryTables(ROOMY, ROOMY);
    private final MemoryTotals totals = new MemoryTotals();

    private static void add(
            MemoryTables tables, int tgid, long start, long cgroup, int generation, long vm, int series, long pages) {
        Calls.add(tables, tgid, start, cgroup, generation, vm, series, pages);
    }

    @Test
    void whoCannotLiveAnyMoreMapsNothing() {
        add(tables, 1, 100, 7, 1, 1_000, ANON, 1);
        add(tables, 2, 200, 7, 1, 300, ANON, 1);
        merge();
        totals.endUnless((tgid, startBootNanos) -> tgid == 2 && startBootNanos == 200);
        assertThat(totals.mappedPages(7)).isEqualTo(300);

        // A record that comes late brings nobody back.
        add(tables, 1, 100, 7, 1, 1_000, ANON, 1);
        merge();
        assertThat(totals.mappedPages(7)).isEqualTo(300);
    }

    private void merge() {
        totals.merge(tables);
        tables.clear();
    }

    @Property(tries = 200)
    void totalsEqualTheNaiveModelOverManyHandovers(@ForAll long seed) {
        Random random = new Random(seed);
        MemoryTables tables = new MemoryTables(ROOMY, ROOMY);
        MemoryTotals totals = new MemoryTotals();
        NaiveModel model = new NaiveModel();
        for (int handover = 0; handover < 4; handover++) {
            for (int i = 0; i < 500; i++) {
                int tgid = 1 + random.nextInt(100);
                long start = 1_000L * random.nextInt(3);
                long cgroup = random.nextInt(10);
                if (random.nextInt(10) == 0) {
                    int call = random.nextInt(4);
                    int errno = 1 + random.nextInt(200);
                    Calls.addFailure(tables, -tgid, start, cgroup, call, errno);
                    model.addFailure(cgroup, call, errno);
                } else {
                    long vm = random.nextInt(1 << 20);
                    int series = random.nextInt(MemoryCounters.SERIES);
                    long pages = random.nextLong() >>> (16 + random.nextInt(48));
                    add(tables, tgid, start, cgroup, 0, vm, series, pages);
                    model.add(tgid, start, cgroup, vm, series, pages);
                }
            }
            totals.merge(tables);
            tables.clear();
        }
        for (int tgid = 1; tgid < 30; tgid++) {
            totals.processEnded(tgid, 1_000);
            model.end(tgid, 1_000);
        }

        Map<String, Long> sums = new TreeMap<>();
        totals.forEachCgroup((cgroup, counters, mapped) -> {
            NaiveModel.describe(sums, cgroup, counters);
            assertThat(mapped).isEqualTo(model.mapped(cgroup)).isEqualTo(totals.mappedPages(cgroup));
        });
        assertThat(sums).isEqualTo(model.sums);
    }

    @Property(tries = 200)
    void withoutRoomTheSumOverAllStaysExact(@ForAll long seed) {
        Random random = new Random(seed);
        TableCapacity tiny = new TableCapacity(8, 4, 6);
        MemoryTables tables = new MemoryTables(tiny, tiny);
        MemoryTotals totals = new MemoryTotals(6, 10);
        NaiveModel model = new NaiveModel();
        long records = 0;
        for (int handover = 0; handover < 5; handover++) {
            for (int i = 0; i < 200; i++) {
                int tgid = 1 + random.nextInt(40);
                long cgroup = random.nextInt(20);
                int series = random.nextInt(MemoryCounters.SERIES);
                long pages = 1L << random.nextInt(30);
                add(tables, tgid, 1, cgroup, 0, 1, series, pages);
                model.add(tgid, 1, 0, 1, series, pages);
                Calls.addFailure(tables, tgid, 1, cgroup, 1, 22);
                model.addFailure(0, 1, 22);
                records++;
            }
            totals.merge(tables);
            tables.clear();
            totals.retire(random.nextInt(20));
        }

        MemoryCounters all = new MemoryCounters();
        totals.forEachCgroup((cgroup, counters, mapped) -> all.add(counters));
        all.add(totals.overflow());
        all.add(totals.retired());
        Map<String, Long> sums = new TreeMap<>();
        NaiveModel.describe(sums, 0, all);
        assertThat(sums).isEqualTo(model.sums);
        assertThat(totals.records(0) + totals.records(1) + totals.records(2) + totals.records(3))
                .isEqualTo(2 * records);
        assertThat(totals.overflow().calls(ANON)).isPositive();
        assertThat(totals.untrackedRecords()).isPositive();
        assertThat(totals.processes()).isLessThanOrEqualTo(10);
    }

    @Test
    void failuresBeyondTheirRoomStayExactInTheOverflow() {
        for (int cgroup = 1; cgroup <= 60; cgroup++) {
            for (int errno = 1; errno <= 100; errno++) {
                Calls.addFailure(tables, cgroup, 1, cgroup, 3, errno);
            }
        }
        assertThat(tables.isPressed()).isTrue();

        merge();

        assertThat(totals.records(3)).isEqualTo(6_000);
        assertThat(totals.overflow().records(3)).isEqualTo(6_000 - FailureRows.CAPACITY);
    }

    @Test
    void aSizeOfExactlyAPowerOfTwoBelongsToTheLowerBucket() {
        for (long pages : new long[] {1, 2, 3, 4, 5, (1L << 48) - 1}) {
            add(tables, 1, 1, 7, 0, 1, ANON, pages);
        }
        merge();

        long[] classes = totals.counters(7).sizeClasses(ANON);
        assertThat(classes).hasSize(49).startsWith(1, 1, 2, 1, 0).endsWith(0, 1);
        assertThat(MemoryCounters.bucket(0, 4096)).isEqualTo(11);
        assertThat(MemoryCounters.bucket(1, 65_536)).isEqualTo(16);
    }

    @Test
    void aLateRecordDoesNotBringADeadProcessBackButCounts() {
        add(tables, 10, 5, 7, 1, 300, ANON, 1);
        merge();
        totals.processEnded(10, 5);
        add(tables, 10, 5, 7, 1, 400, ANON, 1);
        add(tables, 10, 6, 7, 1, 50, ANON, 1);
        merge();

        assertThat(totals.mappedPages(7)).isEqualTo(50);
        assertThat(totals.processes()).isEqualTo(1);
        assertThat(totals.counters(7).calls(ANON)).isEqualTo(3);
    }

    @Test
    void tombstonesAreBounded() {
        for (int tgid = 0; tgid <= ProcessTable.TOMBSTONES; tgid++) {
            totals.processEnded(tgid, 1);
        }
        add(tables, 0, 1, 7, 0, 10, ANON, 1);
        add(tables, 1, 1, 7, 0, 500, ANON, 1);
        merge();

        assertThat(totals.mappedPages(7)).as("only the oldest is forgotten").isEqualTo(10);
    }

    @Test
    void anExecForgetsTheOldAddressSpaceEvenIfItsRecordsComeLate() {
        add(tables, 10, 5, 7, 255, 300, ANON, 1);
        merge();
        totals.processExecuted(10, 5, 256);
        assertThat(totals.mappedPages(7)).isZero();

        add(tables, 10, 5, 7, 255, 310, ANON, 1);
        merge();
        assertThat(totals.mappedPages(7)).isZero();

        add(tables, 10, 5, 7, 0, 40, ANON, 1);
        merge();
        assertThat(totals.mappedPages(7)).isEqualTo(40);

        totals.processExecuted(10, 5, 256);
        assertThat(totals.mappedPages(7))
                .as("the exec's record came later than the process's own")
                .isEqualTo(40);
    }

    @Test
    void aProcessThatMovesTakesItsAddressSpaceWithIt() {
        add(tables, 10, 5, 7, 0, 300, ANON, 1);
        merge();
        add(tables, 10, 5, 8, 0, 320, ANON, 1);
        add(tables, 11, 5, 8, 0, 5, ANON, 1);
        merge();

        assertThat(totals.mappedPages(7)).isZero();
        assertThat(totals.mappedPages(8)).isEqualTo(325);
        assertThat(totals.counters(7).calls(ANON)).isEqualTo(1);
    }

    @Test
    void aFailedCallSetsNoAddressSpace() {
        Calls.addFailure(tables, 10, 5, 7, 0, 12);
        merge();

        assertThat(totals.processes()).isZero();
        assertThat(totals.counters(7).failures(0, 12)).isEqualTo(1);
        assertThat(totals.counters(7).calls(ANON)).isZero();
    }

    @Test
    void aRetiredCgroupLeavesItsSumsAndBeginsAnewFromZero() {
        add(tables, 10, 5, 7, 0, 300, ANON, 3);
        merge();
        totals.processEnded(10, 5);
        totals.retire(7);
        assertThat(totals.counters(7)).isNull();
        assertThat(totals.retired().pages(ANON)).isEqualTo(3);

        add(tables, 11, 6, 7, 0, 9, ANON, 1);
        merge();
        assertThat(totals.counters(7).pages(ANON)).isEqualTo(1);
        assertThat(totals.mappedPages(7)).isEqualTo(9);
        assertThat(totals.records(0)).isEqualTo(2);
    }

    @Test
    void severalCgroupsBecomeOneWorkload() {
        add(tables, 10, 5, 7, 0, 300, ANON, 3);
        add(tables, 11, 5, 8, 0, 300, ANON, 1L << 30);
        merge();
        MemoryCounters workload = new MemoryCounters();

        workload.add(totals.counters(7));
        workload.add(totals.counters(8));

        assertThat(workload.calls(ANON)).isEqualTo(2);
        assertThat(workload.pages(ANON)).isEqualTo(3 + (1L << 30));
        assertThat(totals.counters(7).calls(ANON)).as("the source is as it was").isEqualTo(1);
    }

    @Test
    void countsThatCouldWrapMoveToWiderOnesAndStayExact() {
        MemoryTables narrow = new MemoryTables(ROOMY, ROOMY, 10L * MemoryTables.RECORD_WIDTH);
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 95; i++) {
                add(narrow, 1, 1, 7, 0, 1, ANON, 1 + i % 3);
            }
            totals.merge(narrow);
            narrow.clear();
        }

        assertThat(totals.counters(7).sizeClasses(ANON)).containsExactly(64, 64, 62);
    }

    @Test
    void aFailureInANewAddressSpaceForgetsTheOldOne() {
        add(tables, 10, 5, 7, 0, 300, ANON, 1);
        tables.add(
                new long[] {40, 1L << MemoryEvent.GENERATION_SHIFT, 12 | 1L << MemoryEvent.FAILED_SHIFT, 7, 5, 10},
                MemoryTables.RECORD_WIDTH);
        merge();
        assertThat(totals.processes()).isZero();

        add(tables, 10, 5, 7, 1, 0, ANON, 1);
        merge();
        assertThat(totals.processes()).as("0 pages are known").isEqualTo(1);
    }

    @Test
    void collidingProcessesKeepTheirOwnRows() {
        TableCapacity tight = new TableCapacity(60, 64, 200);
        MemoryTables full = new MemoryTables(tight, tight);
        Random random = new Random(1);
        long[] starts = random.longs(60).toArray();
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 60; i++) {
                add(full, i, starts[i], 1000 + i, 0, 100 + i + round, ANON, 1);
            }
        }
        totals.merge(full);

        for (int i = 0; i < 60; i++) {
            assertThat(totals.mappedPages(1000 + i)).isEqualTo(102 + i);
        }
    }

    @Test
    void tablesThatWereNearlyFullGrowWhenTheyAreCleared() {
        TableCapacity small = new TableCapacity(16, 16, 64);
        MemoryTables growing = new MemoryTables(small, new TableCapacity(64, 64, 512));
        for (int round = 0; round < 3; round++) {
            for (int tgid = 1; tgid <= 50; tgid++) {
                add(growing, tgid, 1, tgid, 0, 10, ANON, 1);
            }
            assertThat(growing.untrackedRecords() > 0).isEqualTo(round < 2);
            totals.merge(growing);
            growing.clear();
        }

        assertThat(totals.records(0)).isEqualTo(150);
        assertThat(totals.counters(50).calls(ANON)).isEqualTo(1);
    }

    @Test
    void capacitiesWithoutMeaningAreRefused() {
        assertThatThrownBy(() -> new TableCapacity(0, 1, 1)).hasMessageContaining("processes=0");
        assertThatThrownBy(() -> new TableCapacity(1, 1, 65_500)).isInstanceOf(IllegalArgumentException.class);
    }
}
