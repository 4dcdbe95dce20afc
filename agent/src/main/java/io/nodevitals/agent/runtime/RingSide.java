// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.aggregate.MemoryTables;
import io.nodevitals.agent.aggregate.SnapshotHandover;
import io.nodevitals.agent.counter.AgentCounters;
import io.nodevitals.agent.decode.LifecycleDecoder;
import io.nodevitals.agent.decode.MemoryRecordHandler;
import io.nodevitals.agent.source.KernelClock;
import io.nodevitals.bpf.libbpf.Native;
import io.nodevitals.bpf.object.BpfSession;
import io.nodevitals.bpf.ring.RingConsumer;
import io.nodevitals.bpf.ring.RingPoller;
import java.util.List;

/** What reads the rings, and the tables that it writes. */
final class RingSide implements AutoCloseable {
    private final RingConsumer lifecycle;
    private final RingConsumer memory;
    private final LifecycleDecoder decoder;
    private final MemoryRecordHandler handler;
    private final SnapshotHandover handover;
    private final RingPoller poller;
    private final RingProgress progress;
    private final RingAgent agent;
    private volatile Runnable collectSoon = () -> {};

    RingSide(
            Native natives,
            BpfSession session,
            DiagnoserLoop diagnoser,
            KernelClock clock,
            ThreadErrors errors,
            AgentCounters counters) {
        lifecycle = new RingConsumer(session.lifecycleRing(), errors::onRecord);
        memory = new RingConsumer(session.memoryRing(), errors::onRecord);
        decoder = new LifecycleDecoder(session.counters().cpus(), diagnoser::offer);
        handover = new SnapshotHandover(new MemoryTables(), new MemoryTables(), () -> collectSoon.run());
        handler = new MemoryRecordHandler(handover);
        poller = new RingPoller(
                natives, session.lifecycleRing().fd(), session.memoryRing().fd());
        progress = new RingProgress(List.of(lifecycle, memory), System::nanoTime);
        agent = new RingAgent(
                lifecycle, decoder, diagnoser, memory, handler, poller, clock::nowBootNanos, counters, progress);
        diagnoser.onWaiting(poller::wakeUp);
    }

    /** What to do when a table is handed over unasked: take it soon. */
    void onNearlyFull(Runnable collect) {
        collectSoon = collect;
    }

    RingConsumer lifecycle() {
        return lifecycle;
    }

    RingConsumer memory() {
        return memory;
    }

    LifecycleDecoder decoder() {
        return decoder;
    }

    MemoryRecordHandler handler() {
        return handler;
    }

    RingProgress progress() {
        return progress;
    }

    SnapshotHandover handover() {
        return handover;
    }

    RingAgent agent() {
        return agent;
    }

    void wakeUp() {
        poller.wakeUp();
    }

    /** After the agent's thread has ended. */
    @Override
    public void close() {
        poller.close();
    }
}
