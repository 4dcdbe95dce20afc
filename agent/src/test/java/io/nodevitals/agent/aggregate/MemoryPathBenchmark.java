// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

import io.nodevitals.agent.decode.MemoryRecordHandler;
import io.nodevitals.agent.decode.MemoryRecords;
import io.nodevitals.bpf.event.MemoryEvent;
import io.nodevitals.bpf.ring.FakeRing;
import io.nodevitals.bpf.ring.RingConsumer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Drain, decode and add of one batch: what may not allocate. Its time includes writing the batch and says little; scripts/bench ring measures. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class MemoryPathBenchmark {
    static final int BATCH = 1_000;

    private final FakeRing ring = new FakeRing(1 << 16);
    private final MemoryTables tables = new MemoryTables();
    private final MemoryRecordHandler handler =
            new MemoryRecordHandler(new SnapshotHandover(tables, new MemoryTables(), () -> {}));
    private final RingConsumer consumer = new RingConsumer(ring, failure -> {
        throw failure;
    });

    /** Writes a batch, as the BPF programs would, and takes it. */
    @Benchmark
    public int drainDecodeAdd() {
        write();
        int drained = consumer.drainRuns(handler, BATCH);
        handler.betweenBatches();
        return drained;
    }

    // All kinds of records: every call and kind, failures, processes that move between cgroups.
    private void write() {
        for (int i = 0; i < BATCH; i++) {
            int call = i & 3;
            if (i % 50 == 7) {
                MemoryRecords.writeFailure(ring, 100 + i % 70, 1_000_000L + i % 70, i % 9, 1, call, 12);
            } else {
                MemoryRecords.write(
                        ring,
                        100 + i % 70,
                        1_000_000L + i % 70,
                        i % 9,
                        1,
                        call,
                        call == MemoryEvent.CALL_MMAP ? i % MemoryCounters.KINDS : 0,
                        i % 3 == 0,
                        1L << i % 20,
                        i);
            }
        }
    }
}
