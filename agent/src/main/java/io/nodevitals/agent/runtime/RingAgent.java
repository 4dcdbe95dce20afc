// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.counter.AgentCounter;
import io.nodevitals.agent.counter.AgentCounters;
import io.nodevitals.agent.decode.MemoryRecordHandler;
import io.nodevitals.bpf.ring.RecordHandler;
import io.nodevitals.bpf.ring.RingConsumer;
import io.nodevitals.bpf.ring.RingPoller;
import java.util.function.LongSupplier;

/**
 * The only reader of both rings and the only writer of the memory tables.
 *
 * <p>Each round drains a bounded batch of either ring, lifecycle first because it is the rare one, then hands the tables over if
 * somebody waits for them, and sleeps in epoll when both rings were empty. When the diagnoser's queue is full its ring is left
 * alone: what waits in the ring is counted by the kernel, what were taken from it and dropped would not be.
 */
final class RingAgent implements DutyCycle.Duty {
    /** While the diagnoser waits for time to pass: its clock is how far the rings have been read. */
    private static final int WAITING_POLL_MILLIS = 50;

    /**
     * Else. Lifecycle records wake the thread at once, memory records when many have piled up, and whoever wants a snapshot does; what is
     * left is to show that the thread is alive ({@link RingProgress}).
     */
    private static final int IDLE_POLL_MILLIS = 1_000;

    private static final int LIFECYCLE_BATCH = 256;
    private static final int MEMORY_BATCH = 4096;

    private final RingConsumer lifecycleRing;
    private final RecordHandler lifecycleHandler;
    private final DiagnoserLoop diagnoser;
    private final RingConsumer memoryRing;
    private final MemoryRecordHandler memoryHandler;
    private final RingPoller poller;
    private final LongSupplier bootNanos;
    private final AgentCounters counters;
    private final RingProgress progress;

    RingAgent(
            RingConsumer lifecycleRing,
            RecordHandler lifecycleHandler,
            DiagnoserLoop diagnoser,
            RingConsumer memoryRing,
            MemoryRecordHandler memoryHandler,
            RingPoller poller,
            LongSupplier bootNanos,
            AgentCounters counters,
            RingProgress progress) {
        this.lifecycleRing = lifecycleRing;
        this.lifecycleHandler = lifecycleHandler;
        this.diagnoser = diagnoser;
        this.memoryRing = memoryRing;
        this.memoryHandler = memoryHandler;
        this.poller = poller;
        this.bootNanos = bootNanos;
        this.counters = counters;
        this.progress = progress;
    }

    @Override
    public void perform() {
        int lifecycle = drainLifecycle();
        int memory = memoryRing.drainRuns(memoryHandler, MEMORY_BATCH);
        if (memory > 0) {
            counters.addAsOnlyWriter(AgentCounter.RECORDS_MEMORY, memory);
        }
        memoryHandler.drainedTo(memoryRing.drainedPosition());
        memoryHandler.betweenBatches();
        progress.afterRound();
        if (lifecycle + memory == 0) {
            poller.poll(diagnoser.isWaiting() ? WAITING_POLL_MILLIS : IDLE_POLL_MILLIS);
        }
    }

    private int drainLifecycle() {
        int room = Math.min(LIFECYCLE_BATCH, diagnoser.room());
        if (room == 0) {
            diagnoser.wakeUp();
            return 0;
        }
        long before = bootNanos.getAsLong();
        int drained = lifecycleRing.drain(lifecycleHandler, room);
        if (drained < room && lifecycleRing.unreadBytes() == 0) {
            diagnoser.completeUntil(before);
        }
        if (drained > 0) {
            counters.addAsOnlyWriter(AgentCounter.RECORDS_LIFECYCLE, drained);
            diagnoser.wakeUp();
        }
        return drained;
    }
}
