// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.aggregate.FakeFolds.Who;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryFoldMergeTest {
    private static final TableCapacity ROOMY = new TableCapacity(512, 64, 2_048);
    private static final int ANON = FakeFolds.call(5);
    private static final Who PROCESS = FakeFolds.process(10, 5, 7, 1);

    private final FakeFolds folds = new FakeFolds();
    private final Map<Integer, Long> proc = new HashMap<>();
    private final Set<Long> removedCgroups = new HashSet<>();
    private final MemoryTotals totals = new MemoryTotals();
    private final MemoryFoldMerge merge = new MemoryFoldMerge(
            folds, (tgid, start) -> proc.getOrDefault(tgid, AddressSpaces.UNKNOWN), removedCgroups::contains, totals);

    private void look() {
        merge.begin();
        merge.merge();
    }

    /** A look with records that were consumed before it. */
    private void look(MemoryTables records) {
        merge.begin();
        totals.merge(records);
        records.clear();
        merge.merge();
    }

    @Property(tries = 300)
    void anyInterleavingOfGrowthAndLooksGivesTheExactSums(@ForAll long seed) {
        Random random = new Random(seed);
        FakeFolds folds = new FakeFolds();
        MemoryTotals totals = new MemoryTotals();
        NaiveModel model = new NaiveModel();
        Set<Integer> gone = new HashSet<>();
        Set<Long> removed = new HashSet<>();
        MemoryFoldMerge merge = new MemoryFoldMerge(
                folds, (tgid, start) -> gone.contains(tgid) ? AddressSpaces.GONE : 100, removed::contains, totals);
        long[] calls = new long[MemoryCounters.CALLS];
        for (int step = 0; step < 400; step++) {
            switch (random.nextInt(12)) {
                case 0, 1 -> {
                    merge.begin();
                    merge.merge();
                }
                case 2 -> gone.add(1 + random.nextInt(20));
                // Whoever comes with the same key is nobody's successor: only sums matter here.
                case 3 -> gone.remove(1 + random.nextInt(20));
                case 4 -> removed.add((long) random.nextInt(6));
                case 5 -> removed.remove((long) random.nextInt(6));
                default -> addAtRandom(random, folds, model, calls);
            }
        }
        merge.begin();
        merge.merge();

        Map<String, Long> sums = new TreeMap<>();
        totals.forEachCgroup((cgroup, counters, mapped) -> NaiveModel.describe(sums, cgroup, counters));
        NaiveModel.describe(sums, MemoryTables.OVERFLOW_CGROUP_ID, totals.overflow());
        assertThat(sums).isEqualTo(model.sums);
        for (int call = 0; call < MemoryCounters.CALLS; call++) {
            assertThat(totals.folded(call)).isEqualTo(calls[call]);
            assertThat(totals.records(call)).isZero();
        }
        assertThat(merge.entries()).isEqualTo(folds.size());
    }

    private static void addAtRandom(Random random, FakeFolds folds, NaiveModel model, long[] calls) {
        long cgroup = random.nextInt(6);
        Who who = switch (random.nextInt(4)) {
            case 0 -> FakeFolds.cgroup(cgroup);
            case 1 -> FakeFolds.node();
            default -> FakeFolds.process(1 + random.nextInt(20), 1, cgroup, random.nextInt(3));
        };
        long modelled = who.equals(FakeFolds.node()) ? MemoryTables.OVERFLOW_CGROUP_ID : cgroup;
        if (random.nextInt(4) == 0) {
            int call = random.nextInt(4);
            int errno = random.nextInt(MemoryCounters.ERRNOS);
            folds.add(who, FakeFolds.failure(call, errno), random.nextInt(100), 0);
            model.addFailure(modelled, call, errno);
            calls[call]++;
        } else {
            int series = random.nextInt(MemoryCounters.SERIES);
            long pages = random.nextLong() >>> (16 + random.nextInt(48));
            folds.add(who, FakeFolds.call(series), pages, 1);
            model.add(1, 1, modelled, 1, series, pages);
            calls[MemoryCounters.callOf(series)]++;
        }
    }

    @Test
    void aCountThatWrapsGoesOnExactly() {
        for (int i = 0; i < 9; i++) {
            folds.add(PROCESS, ANON, 1, 1, (1L << 30) - 1);
            look();
        }

        assertThat(totals.counters(7).calls(5)).isEqualTo(9 * ((1L << 30) - 1));
        assertThat(totals.counters(7).pages(5)).isEqualTo(9 * ((1L << 30) - 1));
    }

    @Test
    void aCountThatWasReadHalfOldAndHalfNewIsPutRightByTheNextLook() {
        folds.add(PROCESS, ANON, 1, 1, 0x100);
        folds.set(PROCESS, ANON, 0, 0x1ff);
        look();
        folds.set(PROCESS, ANON, 0, 0x101);
        look();

        assertThat(totals.counters(7).calls(5)).isEqualTo(0x101);
    }

    @Test
    void withoutAnythingFoldedTheMapsAreNotRead() {
        folds.add(PROCESS, ANON, 3, 1);
        look();
        look();
        look();

        assertThat(folds.visits).isEqualTo(1);
    }

    @Test
    void eachLevelAddsWhereItsCallsBelong() {
        folds.add(PROCESS, ANON, 3, 1);
        folds.add(FakeFolds.cgroup(8), ANON, 5, 1);
        folds.add(FakeFolds.cgroup(0), ANON, 1, 1);
        folds.add(FakeFolds.node(), FakeFolds.failure(2, 12), 5, 1);
        folds.add(FakeFolds.node(), FakeFolds.call(MemoryCounters.BRK_SHRINK), 9, 1);
        look();

        assertThat(totals.counters(7).sizeClasses(5)).containsExactly(0, 0, 1);
        assertThat(totals.counters(8).pages(5)).isEqualTo(5);
        assertThat(totals.counters(0).pages(5))
                .as("a cgroup id of 0 is not nobody")
                .isEqualTo(1);
        assertThat(totals.overflow().failures(2, 12)).isEqualTo(1);
        assertThat(totals.overflow().pages(MemoryCounters.BRK_SHRINK)).isEqualTo(9);
        assertThat(totals.folded(0) + totals.folded(2) + totals.folded(3)).isEqualTo(5);
    }

    @Test
    void recordsAndFoldsAreToldApartInTheAccount() {
        MemoryTables tables = new MemoryTables(ROOMY, ROOMY);
        Calls.add(tables, 10, 5, 7, 1, 300, 5, 1);
        folds.add(PROCESS, ANON, 3, 1, 2);
        look(tables);

        assertThat(totals.records(0)).isEqualTo(1);
        assertThat(totals.folded(0)).isEqualTo(2);
        assertThat(totals.counters(7).calls(5)).isEqualTo(3);
    }

    @Test
    void theAddressSpaceIsThatOfProcHoweverLateTheRecordsCome() {
        MemoryTables tables = new MemoryTables(ROOMY, ROOMY);
        proc.put(10, 500L);
        // In the ring: a record from before the fold, which is merged two looks after it.
        folds.produce();
        folds.add(PROCESS, ANON, 3, 500);
        look();
        assertThat(totals.mappedPages(7)).isEqualTo(500);

        look();
        folds.consumed = folds.produced;
        Calls.add(tables, 10, 5, 7, 1, 200, 5, 1);
        look(tables);
        assertThat(totals.mappedPages(7)).isEqualTo(500);

        proc.put(10, 9L);
        Calls.add(tables, 10, 5, 7, 1, 600, 5, 1);
        look(tables);
        assertThat(totals.mappedPages(7))
                .as("what is merged now was recorded after the fold")
                .isEqualTo(600);
    }

    @Test
    void whereProcCannotTellTheFoldsOwnSizeHolds() {
        folds.add(PROCESS, ANON, 3, 420);
        look();

        assertThat(totals.mappedPages(7)).isEqualTo(420);
    }

    @Test
    void aFailureAloneSaysNothingOfTheAddressSpace() {
        folds.add(PROCESS, FakeFolds.failure(0, 12), 3, 0);
        look();

        assertThat(totals.processes()).isZero();
    }

    @Test
    void anEndedProcessIsNotBroughtBackByItsFolds() {
        proc.put(10, 500L);
        totals.processEnded(10, 5);
        folds.add(PROCESS, ANON, 3, 500);
        look();

        assertThat(totals.mappedPages(7)).isZero();
        assertThat(totals.counters(7).calls(5)).isEqualTo(1);
    }

    @Test
    void aProcessThatIsGoneMapsNothingThoughItsExitWasLost() {
        MemoryTables tables = new MemoryTables(ROOMY, ROOMY);
        Calls.add(tables, 10, 5, 7, 1, 300, 5, 1);
        look(tables);
        proc.put(10, AddressSpaces.GONE);
        folds.add(PROCESS, ANON, 3, 500);
        look();
        Calls.add(tables, 10, 5, 7, 1, 310, 5, 1);
        look(tables);

        assertThat(totals.mappedPages(7)).isZero();
    }

    @Test
    void foldsOfAnOlderGenerationDoNotBringItsAddressSpaceBack() {
        MemoryTables tables = new MemoryTables(ROOMY, ROOMY);
        Calls.add(tables, 10, 5, 7, 2, 40, 5, 1);
        look(tables);
        folds.add(PROCESS, ANON, 3, 500);
        look();
        assertThat(totals.mappedPages(7)).isEqualTo(40);

        folds.add(FakeFolds.process(10, 5, 7, 2), ANON, 3, 50);
        folds.add(FakeFolds.process(10, 5, 7, 3), ANON, 3, 60);
        look();
        assertThat(totals.mappedPages(7)).isEqualTo(60);
        assertThat(totals.counters(7).calls(5)).isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource({"6, 8", "8, 6"})
    void aProcessThatMovedIsWhereItsLastCallWas(long from, long to) {
        proc.put(10, 500L);
        for (int errno = 1; errno < 20; errno++) {
            folds.add(FakeFolds.process(10, 5, from, 1), FakeFolds.failure(0, errno), 1, 0);
        }
        folds.add(FakeFolds.process(10, 5, from, 1), ANON, 3, 300);
        folds.add(FakeFolds.process(10, 5, to, 1), ANON, 3, 400);
        look();

        assertThat(totals.mappedPages(to)).isEqualTo(500);
        assertThat(totals.mappedPages(from)).isZero();
    }

    @Test
    void entriesGoOnceTheirProcessIsGoneAndNothingChanges() {
        folds.add(PROCESS, ANON, 3, 1);
        folds.add(PROCESS, FakeFolds.failure(0, 12), 3, 1);
        proc.put(10, 100L);
        look();
        look();
        assertThat(folds.size()).as("it lives").isEqualTo(2);

        proc.put(10, AddressSpaces.GONE);
        folds.add(PROCESS, ANON, 3, 1);
        look();
        assertThat(folds.size()).as("it changed since the last look").isEqualTo(2);

        look();
        assertThat(folds.size()).isZero();
        assertThat(merge.entries()).isZero();
        assertThat(totals.counters(7).calls(5)).isEqualTo(2);

        folds.add(PROCESS, ANON, 3, 1);
        look();
        assertThat(totals.counters(7).calls(5))
                .as("the same key again, from zero")
                .isEqualTo(3);
    }

    @Test
    void whatCameSinceTheLookIsTakenBeforeAnEntryIsRemoved() {
        folds.add(PROCESS, ANON, 3, 1);
        look();
        proc.put(10, AddressSpaces.GONE);
        // As if the kernel had added it after the folds were found unchanged.
        folds.add(PROCESS, ANON, 3, 1);
        folds.folded--;
        look();
        assertThat(folds.has(PROCESS, ANON)).isTrue();
        assertThat(totals.counters(7).calls(5)).isEqualTo(2);

        look();
        assertThat(folds.has(PROCESS, ANON)).isFalse();
        assertThat(totals.counters(7).calls(5)).isEqualTo(2);
    }

    @Test
    void aCgroupsEntriesGoWithTheCgroup() {
        folds.add(FakeFolds.cgroup(8), ANON, 5, 1);
        look();
        look();
        assertThat(folds.size()).isEqualTo(1);

        removedCgroups.add(8L);
        look();
        assertThat(folds.size()).isZero();
        assertThat(totals.counters(8).pages(5)).isEqualTo(5);
    }

    @Test
    void looksIntoProcAreBoundedAndReachEverybody() {
        int processes = 3 * MemoryFoldMerge.MOST_CHECKS;
        for (int tgid = 1; tgid <= processes; tgid++) {
            proc.put(tgid, AddressSpaces.GONE);
            folds.add(FakeFolds.process(tgid, 1, 7, 0), ANON, 1, 1);
        }
        look();
        assertThat(folds.size()).isEqualTo(processes);
        look();
        assertThat(folds.size()).isEqualTo(processes - MemoryFoldMerge.MOST_CHECKS);
        look();
        look();
        assertThat(folds.size()).isZero();
    }

    @Test
    void tooManyProcessesTheDeadGoFirstThenTheOneUnheardOfTheLongest() {
        MemoryTotals small = new MemoryTotals(8, 3, (tgid, start) -> proc.getOrDefault(tgid, AddressSpaces.UNKNOWN));
        MemoryTables tables = new MemoryTables(ROOMY, ROOMY);
        for (int tgid : List.of(1, 2, 3)) {
            Calls.add(tables, tgid, 1, 7, 0, 100L * tgid, 5, 1);
            small.merge(tables);
            tables.clear();
        }
        proc.put(2, AddressSpaces.GONE);
        Calls.add(tables, 4, 1, 7, 0, 400, 5, 1);
        small.merge(tables);
        tables.clear();
        assertThat(small.mappedPages(7)).as("2 has gone").isEqualTo(100 + 300 + 400);
        assertThat(small.evictedProcesses()).isZero();

        Calls.add(tables, 1, 1, 7, 0, 110, 5, 1);
        small.merge(tables);
        tables.clear();
        Calls.add(tables, 5, 1, 7, 0, 500, 5, 1);
        small.merge(tables);
        assertThat(small.mappedPages(7))
                .as("3 was unheard of for the longest time")
                .isEqualTo(110 + 400 + 500);
        assertThat(small.evictedProcesses()).isEqualTo(1);
        assertThat(small.processes()).isEqualTo(3);
        assertThat(small.counters(7).calls(5)).isEqualTo(6);
    }
}
