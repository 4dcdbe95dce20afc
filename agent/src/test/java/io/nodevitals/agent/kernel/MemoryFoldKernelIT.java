// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.aggregate.MemoryCounters;
import io.nodevitals.agent.aggregate.MemoryFoldMerge;
import io.nodevitals.agent.aggregate.MemoryTables;
import io.nodevitals.agent.aggregate.MemoryTotals;
import io.nodevitals.agent.aggregate.SnapshotHandover;
import io.nodevitals.agent.decode.MemoryRecordHandler;
import io.nodevitals.agent.process.ProcLookup;
import io.nodevitals.agent.process.ProcScan;
import io.nodevitals.agent.process.ProcStat;
import io.nodevitals.agent.runtime.ProcAddressSpaces;
import io.nodevitals.agent.runtime.SessionFolds;
import io.nodevitals.bpf.event.MemoryFoldKey;
import io.nodevitals.bpf.event.MemoryFoldLevel;
import io.nodevitals.bpf.event.Program;
import io.nodevitals.bpf.libbpf.Native;
import io.nodevitals.bpf.object.BpfSession;
import io.nodevitals.bpf.object.BpfSettings;
import io.nodevitals.bpf.object.MappedCounters.Field;
import io.nodevitals.bpf.ring.RingConsumer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With a memory ring of one page that nobody reads, every call is still counted: by process, else by cgroup, else by operation. */
@Timeout(300)
class MemoryFoldKernelIT {
    private static final int RING_BYTES = 4096;
    private static final List<Program> PROGRAMS = List.of(Program.MMAP, Program.MUNMAP, Program.MREMAP, Program.BRK);
    private static final Set<String> PROBES = Set.of("mmap", "munmap", "mremap", "brk");
    private static final int ANON = 5;
    private static final int EINVAL = 22;
    private static final int EBADF = 9;
    private static final int ENOMEM = 12;
    private static final int EFAULT = 14;

    private static Native natives;

    private final MemoryTotals totals = new MemoryTotals();
    private boolean cgroupsAreGone;

    @BeforeAll
    static void require() {
        AgentUnderTest.require();
        natives = Native.load();
    }

    @Test
    void aFullRingCostsNothingOfWhatAProcessDid() throws Exception {
        int count = 2_000;
        try (TestCgroup cgroup = container();
                BpfSession session = fullRing(Map.of())) {
            RingConsumer ring = new RingConsumer(session.memoryRing(), MemoryFoldKernelIT::fail);
            MemoryFoldMerge merge = merge(session, ring);

            Victim.Ended victim = Victim.run(cgroup, "memory", Integer.toString(count));
            Map<MemoryFoldLevel, Map<String, Long>> calls = callsOf(session, (int) victim.pid(), cgroup.id());
            look(merge);

            assertThat(victim.exitCode()).isZero();
            assertThat(calls.keySet()).containsExactly(MemoryFoldLevel.PROCESS);
            assertThat(calls.get(MemoryFoldLevel.PROCESS))
                    .isEqualTo(new TreeMap<>(Map.ofEntries(
                            Map.entry("call 0 kind 5", (long) count),
                            Map.entry("call 1 kind 0", (long) count),
                            Map.entry("call 2 kind 0", (long) count),
                            Map.entry("call 2 kind 0 shrink", (long) count),
                            Map.entry("call 3 kind 0", (long) count),
                            Map.entry("call 3 kind 0 shrink", (long) count),
                            Map.entry("call 0 errno " + EBADF, (long) count),
                            Map.entry("call 0 errno " + ENOMEM, (long) count),
                            Map.entry("call 1 errno " + EINVAL, (long) count),
                            Map.entry("call 2 errno " + EFAULT, (long) count),
                            Map.entry("call 3 errno " + ENOMEM, (long) count))));
            assertCounted(totals.counters(cgroup.id()), count);
            assertEveryFoldedCallIsMerged(session, merge);
            assertEverySubmittedRecordIsConsumed(session, ring, merge);
            assertThat(session.memoryFolds())
                    .satisfies(folds -> folds.forEach((level, key, fold) -> {
                        assertThat(level == MemoryFoldLevel.PROCESS && key.tgid() == (int) victim.pid())
                                .as("the process is gone, and its entries with it")
                                .isFalse();
                    }));
        }
    }

    @Test
    void withoutRoomForTheProcessItsCgroupIsExact() throws Exception {
        int count = 1_000;
        try (BpfSession session = fullRing(Map.of("memory_folds", 1))) {
            MemoryFoldMerge merge = merge(session, new RingConsumer(session.memoryRing(), MemoryFoldKernelIT::fail));
            long cgroupId;
            try (TestCgroup cgroup = container()) {
                cgroupId = cgroup.id();
                Victim.Ended victim = Victim.run(cgroup, "memory", Integer.toString(count));
                Map<MemoryFoldLevel, Map<String, Long>> calls = callsOf(session, (int) victim.pid(), cgroupId);
                look(merge);

                assertThat(calls.keySet()).containsExactly(MemoryFoldLevel.CGROUP);
                assertThat(calls.get(MemoryFoldLevel.CGROUP))
                        .hasSize(11)
                        .allSatisfy(
                                (call, number) -> assertThat(number).as(call).isEqualTo(count));
                assertCounted(totals.counters(cgroupId), count);
            }
            assertEveryFoldedCallIsMerged(session, merge);

            cgroupsAreGone = true;
            look(merge);
            look(merge);
            assertThat(callsOf(session, -1, cgroupId)).isEmpty();
            assertCounted(totals.counters(cgroupId), count);
        }
    }

    @Test
    void withoutRoomForTheCgroupTheSumIsExact() throws Exception {
        long count = 1_000;
        BpfSettings settings =
                settings(Map.of("memory_folds", 1, "memory_cgroup_folds", 1)).withProbes(Set.of("mremap"));
        try (TestCgroup cgroup = container();
                BpfSession session = fullRing(settings, Program.MREMAP)) {
            MemoryFoldMerge merge = merge(session, new RingConsumer(session.memoryRing(), MemoryFoldKernelIT::fail));
            // Others on this machine may call mremap too: the program's own count tells.
            Awaitility.await().until(() -> {
                look(merge);
                long before = folded(session, Program.MREMAP);
                long grown = totals.overflow().pages(MemoryCounters.MREMAP_GROW);
                long shrunk = totals.overflow().pages(MemoryCounters.MREMAP_SHRINK);
                long failed = totals.overflow().failures(2, EFAULT);
                Victim.Ended victim = Victim.run(cgroup, "memory", Long.toString(count));
                assertThat(callsOf(session, (int) victim.pid(), cgroup.id())).isEmpty();
                look(merge);
                if (folded(session, Program.MREMAP) - before != 3 * count) {
                    return false;
                }
                assertThat(totals.overflow().pages(MemoryCounters.MREMAP_GROW) - grown)
                        .isEqualTo(5 * count);
                assertThat(totals.overflow().pages(MemoryCounters.MREMAP_SHRINK) - shrunk)
                        .isEqualTo(6 * count);
                assertThat(totals.overflow().failures(2, EFAULT) - failed).isEqualTo(count);
                assertThat(totals.counters(cgroup.id())).isNull();
                return true;
            });
            assertEveryFoldedCallIsMerged(session, merge);
        }
    }

    @Test
    void theAddressSpaceOfALivingProcessIsExactWhateverTheOrder() throws Exception {
        try (TestCgroup cgroup = container();
                BpfSession session = BpfSession.open(natives, settings(Map.of()))) {
            RingConsumer ring = new RingConsumer(session.memoryRing(), MemoryFoldKernelIT::fail);
            Reader reader = new Reader(ring);
            MemoryFoldMerge merge = merge(session, ring);
            try (Victim victim = Victim.start(cgroup, "memory-wait", "500")) {
                victim.awaitReady();
                // Its first records are in the ring, the rest is folded: the folds come first.
                look(merge);
                assertThat(totals.mappedPages(cgroup.id())).isEqualTo(totalVmPages(victim.pid()));

                // Twice: whatever anybody put into the ring meanwhile is newer.
                reader.look(merge);
                reader.look(merge);

                assertThat(totals.mappedPages(cgroup.id())).isEqualTo(totalVmPages(victim.pid()));
                assertThat(callsOf(session, (int) victim.pid(), cgroup.id())).isNotEmpty();
            }
        }
    }

    private static TestCgroup container() throws IOException {
        return TestCgroup.at(List.of("nodevitals-fold-" + UUID.randomUUID()));
    }

    private static BpfSettings settings(Map<String, Integer> mapEntries) {
        boolean v1 = TestCgroup.mount().endsWith("memory");
        return BpfSettings.defaults()
                .withRings(RING_BYTES, RING_BYTES)
                .withProbes(PROBES)
                .withConstants(Map.of("nv_memory_hierarchy_v1", v1 ? 1L : 0L))
                .withMapEntries(mapEntries);
    }

    private static BpfSession fullRing(Map<String, Integer> mapEntries) throws Exception {
        return fullRing(settings(mapEntries), Program.BRK);
    }

    /** A session whose ring has no room any more, and each of its tiny maps an entry. */
    private static BpfSession fullRing(BpfSettings settings, Program last) throws Exception {
        BpfSession session = BpfSession.open(natives, settings);
        Victim.run(TestCgroup.at(List.of()), "memory", "200");
        assertThat(folded(session, last)).isPositive();
        return session;
    }

    private MemoryFoldMerge merge(BpfSession session, RingConsumer ring) {
        Path proc = Path.of("/proc");
        ProcLookup processes = new ProcLookup(proc, new ProcScan(proc).clockTickNanos());
        return new MemoryFoldMerge(
                new SessionFolds(session, ring),
                new ProcAddressSpaces(processes, natives.pageSize()),
                cgroup -> cgroupsAreGone,
                totals);
    }

    private static void look(MemoryFoldMerge merge) {
        merge.begin();
        merge.merge();
    }

    private static long totalVmPages(long pid) throws IOException {
        ProcStat stat = ProcStat.parse(Files.readString(Path.of("/proc/" + pid + "/stat")));
        return stat.virtualBytes() / natives.pageSize();
    }

    /** Calls of a process, or of its cgroup without a process, by level and operation. */
    private static Map<MemoryFoldLevel, Map<String, Long>> callsOf(BpfSession session, int tgid, long cgroupId) {
        Map<MemoryFoldLevel, Map<String, Long>> calls = new HashMap<>();
        session.memoryFolds().forEach((level, key, fold) -> {
            if (key.cgroupId() == cgroupId && (key.tgid() == tgid || level == MemoryFoldLevel.CGROUP)) {
                long number = 0;
                for (int sizeClass = 0; sizeClass < MemoryCounters.SIZE_CLASSES; sizeClass++) {
                    number += fold.calls(sizeClass);
                }
                calls.computeIfAbsent(level, unused -> new TreeMap<>()).put(describe(key), number);
            }
        });
        return calls;
    }

    private static String describe(MemoryFoldKey key) {
        return "call " + key.call()
                + (key.isFailed() ? " errno " + key.error() : " kind " + key.kind())
                + (key.isShrink() ? " shrink" : "");
    }

    /** What action "memory" of the victim does. */
    private static void assertCounted(MemoryCounters counters, long count) {
        Map<Integer, long[]> sizeClasses = Map.of(
                ANON,
                new long[] {0, 0, count},
                MemoryCounters.MUNMAP,
                new long[] {0, count},
                MemoryCounters.MREMAP_GROW,
                new long[] {0, 0, 0, count},
                MemoryCounters.MREMAP_SHRINK,
                new long[] {0, 0, 0, count},
                MemoryCounters.BRK_GROW,
                new long[] {0, 0, count},
                MemoryCounters.BRK_SHRINK,
                new long[] {0, 0, count});
        Map<Integer, Long> pages = Map.of(
                ANON,
                3 * count,
                MemoryCounters.MUNMAP,
                2 * count,
                MemoryCounters.MREMAP_GROW,
                5 * count,
                MemoryCounters.MREMAP_SHRINK,
                6 * count,
                MemoryCounters.BRK_GROW,
                4 * count,
                MemoryCounters.BRK_SHRINK,
                4 * count);
        for (int series = 0; series < MemoryCounters.SERIES; series++) {
            assertThat(counters.pages(series))
                    .as("pages of series " + series)
                    .isEqualTo(pages.getOrDefault(series, 0L));
            assertThat(counters.sizeClasses(series))
                    .as("size classes of series " + series)
                    .containsExactly(sizeClasses.getOrDefault(series, new long[0]));
        }
        Map<String, Long> failures = new HashMap<>();
        counters.forEachFailure((call, errno, number) -> failures.put(call + " " + errno, number));
        assertThat(failures)
                .isEqualTo(Map.of(
                        "0 " + ENOMEM, count,
                        "0 " + EBADF, count,
                        "1 " + EINVAL, count,
                        "2 " + EFAULT, count,
                        "3 " + ENOMEM, count));
    }

    /** folded = merged, read at a moment when nobody on this machine called anything in between. */
    private void assertEveryFoldedCallIsMerged(BpfSession session, MemoryFoldMerge merge) {
        Awaitility.await().untilAsserted(() -> {
            List<Long> before =
                    PROGRAMS.stream().map(program -> folded(session, program)).toList();
            look(merge);
            assertThat(List.of(totals.folded(0), totals.folded(1), totals.folded(2), totals.folded(3)))
                    .isEqualTo(before);
        });
        for (Program program : PROGRAMS) {
            assertThat(session.counters().total(program, Field.FAILED)).isZero();
        }
    }

    /** submitted = consumed, once the ring is empty. */
    private void assertEverySubmittedRecordIsConsumed(BpfSession session, RingConsumer ring, MemoryFoldMerge merge) {
        Reader reader = new Reader(ring);
        Awaitility.await().untilAsserted(() -> {
            List<Long> before = PROGRAMS.stream()
                    .map(program -> session.counters().total(program, Field.SUBMITTED))
                    .toList();
            reader.look(merge);
            assertThat(List.of(totals.records(0), totals.records(1), totals.records(2), totals.records(3)))
                    .isEqualTo(before);
        });
    }

    /** The ring's reader, for a moment. */
    private final class Reader {
        private final RingConsumer ring;
        private final SnapshotHandover handover =
                new SnapshotHandover(new MemoryTables(), new MemoryTables(), () -> {});
        private final MemoryRecordHandler handler = new MemoryRecordHandler(handover);

        Reader(RingConsumer ring) {
            this.ring = ring;
        }

        /** Empties the ring and hands over, then does what the collector does. */
        void look(MemoryFoldMerge merge) throws InterruptedException {
            ring.drainRuns(handler, 1 << 16);
            merge.begin();
            AtomicBoolean merged = new AtomicBoolean();
            Thread collector =
                    new Thread(() -> merged.set(handover.collect(totals::merge, () -> {}, Long.MAX_VALUE / 2)));
            collector.start();
            while (collector.isAlive()) {
                handler.betweenBatches();
            }
            collector.join();
            assertThat(merged).isTrue();
            merge.merge();
        }
    }

    private static long folded(BpfSession session, Program program) {
        return session.counters().total(program, Field.FOLDED);
    }

    private static void fail(RuntimeException failure) {
        throw failure;
    }
}
