// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.aggregate.MemoryFoldSource;
import io.nodevitals.bpf.event.MemoryFold;
import io.nodevitals.bpf.event.Program;
import io.nodevitals.bpf.object.BpfSession;
import io.nodevitals.bpf.object.MappedCounters;
import io.nodevitals.bpf.object.MappedCounters.Field;
import io.nodevitals.bpf.object.MemoryFolds;
import io.nodevitals.bpf.ring.RingConsumer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The memory folds of a session, as the aggregation wants them. */
public final class SessionFolds implements MemoryFoldSource {
    private static final List<Program> PROGRAMS = List.of(Program.MMAP, Program.MUNMAP, Program.MREMAP, Program.BRK);

    private final MemoryFolds folds;
    private final MappedCounters counters;
    private final RingConsumer ring;

    /**
     * Those of an open session.
     *
     * @param ring the consumer of its memory ring
     */
    public SessionFolds(BpfSession session, RingConsumer ring) {
        folds = session.memoryFolds();
        counters = session.counters();
        this.ring = ring;
    }

    @Override
    public long foldedCalls() {
        return PROGRAMS.stream()
                .mapToLong(program -> counters.total(program, Field.FOLDED))
                .sum();
    }

    @Override
    public void forEach(Visitor visitor) {
        folds.forEach(visitor::onFold);
    }

    @Override
    public @Nullable MemoryFold find(EntryKey key) {
        return folds.find(key.level(), key.startBootNanos(), key.cgroupId(), key.tgid(), key.what());
    }

    @Override
    public void remove(EntryKey key) {
        folds.remove(key.level(), key.startBootNanos(), key.cgroupId(), key.tgid(), key.what());
    }

    @Override
    public long producedPosition() {
        return ring.producedPosition();
    }

    @Override
    public long consumedPosition() {
        return ring.drainedPosition();
    }
}
