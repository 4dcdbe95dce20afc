// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.aggregate.AddressSpaces;
import io.nodevitals.agent.aggregate.Calls;
import io.nodevitals.agent.aggregate.FakeFolds;
import io.nodevitals.agent.aggregate.MemoryFoldMerge;
import io.nodevitals.agent.aggregate.MemoryTables;
import io.nodevitals.agent.aggregate.MemoryTotals;
import io.nodevitals.agent.aggregate.SnapshotHandover;
import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.counter.AgentCounter;
import io.nodevitals.agent.counter.AgentCounters;
import io.nodevitals.agent.diagnose.LifecycleTotals;
import io.nodevitals.agent.process.CgroupRef;
import io.nodevitals.agent.process.LifecycleEvent;
import io.nodevitals.agent.process.LifecycleEvent.Header;
import io.nodevitals.agent.process.LifecycleEvent.ProcessExited;
import io.nodevitals.agent.process.ProcessId;
import io.nodevitals.agent.source.KernelClock;
import io.nodevitals.agent.source.WorkloadResources;
import io.nodevitals.agent.source.WorkloadSeries;
import io.nodevitals.otel.model.MetricPoint;
import io.nodevitals.otel.model.MetricPoint.LongPoint;
import io.nodevitals.otel.model.TelemetrySnapshot;
import io.opentelemetry.sdk.resources.Resource;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CollectorTest {
    private static final int ANON = 5;

    private final AtomicInteger taken = new AtomicInteger();
    private final Queue<LifecycleEvent> ends = new ConcurrentLinkedQueue<>();
    private final AgentCounters counters = new AgentCounters();
    private final SnapshotHandover handover = new SnapshotHandover(new MemoryTables(), new MemoryTables(), () -> {});
    private final Thread writer = new Thread(() -> {
        while (!Thread.currentThread().isInterrupted()) {
            handover.betweenBatches();
            LockSupport.parkNanos(1_000_000);
        }
    });
    private final FakeFolds folds = new FakeFolds();
    private volatile Callable<LifecycleTotals.Snapshot> lifecycle = () -> {
        taken.incrementAndGet();
        return new LifecycleTotals.Snapshot(List.of());
    };
    private final WorkloadSeries series = new WorkloadSeries(
            4096, new WorkloadResources(Resource.empty(), workload -> null), cgroupId -> Workload.HOST);
    private final MemoryTotals memory = new MemoryTotals();
    private final Collector collector = new Collector(
            new Collector.Parts(
                    handover,
                    () -> {},
                    ends,
                    memory,
                    new MemoryFoldMerge(folds, (tgid, start) -> AddressSpaces.UNKNOWN, cgroup -> false, memory),
                    () -> lifecycle.call(),
                    series,
                    unknownRecords -> List.of(),
                    totals -> {}),
            new KernelClock(System::nanoTime, System::nanoTime),
            counters);

    @AfterEach
    void stop() throws InterruptedException {
        collector.close();
        writer.interrupt();
        writer.join();
    }

    @Test
    void whatWasWrittenIsInTheNextSnapshot() {
        write(1, 3, 100);
        writer.start();

        assertThat(values(collector.snapshot(), "nodevitals.mmap.bytes")).containsExactly(3L * 4096);
        assertThat(values(collector.snapshot(), "nodevitals.mapped")).containsExactly(100L * 4096);
    }

    @Test
    void anEndedProcessMapsNothingThoughItsRecordsCameLate() {
        write(1, 3, 100);
        write(2, 1, 50);
        ends.add(exited(1));
        writer.start();

        assertThat(values(collector.snapshot(), "nodevitals.mapped")).containsExactly(50L * 4096);
    }

    @Test
    void whatTheKernelFoldedIsInTheSameSeriesAsTheRecords() {
        write(1, 3, 100);
        folds.add(FakeFolds.process(1, 1000, 1, 1), FakeFolds.call(ANON), 4, 200);
        writer.start();

        TelemetrySnapshot snapshot = collector.snapshot();

        assertThat(values(snapshot, "nodevitals.mmap.bytes")).containsExactly(7L * 4096);
        assertThat(values(snapshot, "nodevitals.mapped")).containsExactly(200L * 4096);
    }

    @Test
    void manyWhoAskAtOnceShareOneSnapshot() throws Exception {
        writer.start();
        CountDownLatch allHaveAsked = new CountDownLatch(1);
        Callable<LifecycleTotals.Snapshot> counting = lifecycle;
        lifecycle = () -> {
            allHaveAsked.await();
            return counting.call();
        };
        List<Thread> askers = IntStream.range(0, 8)
                .mapToObj(i -> new Thread(collector::snapshot))
                .toList();
        askers.forEach(Thread::start);
        Awaitility.await()
                .until(() -> askers.stream().allMatch(asker -> asker.getState() == Thread.State.TIMED_WAITING));
        allHaveAsked.countDown();
        for (Thread asker : askers) {
            asker.join();
        }

        // Whoever asked after the first was begun shares the second.
        assertThat(taken.get()).isBetween(1, 2);
    }

    @Test
    void aPartThatFailsIsCountedAndTheLastSnapshotServed() {
        writer.start();
        TelemetrySnapshot first = collector.snapshot();
        lifecycle = () -> {
            throw new IllegalStateException("no");
        };
        LockSupport.parkNanos(Duration.ofMillis(150).toNanos());

        assertThat(collector.snapshot()).isSameAs(first);
        assertThat(counters.get(AgentCounter.LOOP_ERRORS)).isEqualTo(1);
    }

    @Test
    void anImpatientCallerGetsTheLastOneWhileTheWriterStandsStill() {
        TelemetrySnapshot served = collector.snapshot(Duration.ofMillis(20));

        assertThat(served.workloads()).isEmpty();
    }

    private void write(int process, long pages, long totalVmPages) {
        MemoryTables tables = handover.active();
        Calls.add(tables, process, process * 1000L, 1, 1, totalVmPages, ANON, pages);
    }

    private static LifecycleEvent exited(int process) {
        ProcessId id = new ProcessId(process, process * 1000L);
        return new ProcessExited(
                new Header(1, id, process, 1, CgroupRef.ofId(1, 0), id), 0, false, false, false, 0, "sh");
    }

    private static List<Long> values(TelemetrySnapshot snapshot, String metric) {
        return snapshot.workloads().stream()
                .flatMap(workload -> workload.points().stream())
                .filter(point -> point.descriptor().name().equals(metric))
                .map(point -> value(point))
                .toList();
    }

    private static long value(MetricPoint point) {
        return ((LongPoint) point).value();
    }
}
