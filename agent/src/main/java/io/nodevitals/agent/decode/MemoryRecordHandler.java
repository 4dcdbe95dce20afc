// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.decode;

import io.nodevitals.agent.aggregate.MemoryTables;
import io.nodevitals.agent.aggregate.SnapshotHandover;
import io.nodevitals.bpf.event.MemoryEvent;
import io.nodevitals.bpf.ring.RingDescriptor;
import io.nodevitals.bpf.ring.RunHandler;
import java.nio.LongBuffer;
import java.util.concurrent.atomic.AtomicLong;

/**
 * From the records of the memory ring to the tables, without an object or a native call for a record.
 *
 * <p>RingAgent's thread drains the ring into this and calls {@link #betweenBatches()} after every batch. Records are copied a
 * piece at a time into an array that stays in the first-level cache: the copy costs a nanosecond a record and spares every
 * later access the checks of a buffer.
 *
 * <p>Records are not counted here: each adds exactly one call to the tables, so
 * {@link io.nodevitals.agent.aggregate.MemoryTotals#records} is the number consumed by program, at no cost per record.
 */
public final class MemoryRecordHandler implements RunHandler {
    private static final int PIECE = 64 * MemoryTables.RECORD_WIDTH;

    private final SnapshotHandover handover;
    private final long[] words = new long[PIECE];
    private final AtomicLong malformed = new AtomicLong();
    private MemoryTables tables;

    public MemoryRecordHandler(SnapshotHandover handover) {
        this.handover = handover;
        this.tables = handover.active();
    }

    /** Counts each record's call; what has another length than a memory record is counted as malformed. */
    @Override
    public void onRun(LongBuffer data, int begin, int end, int length) {
        if (length != MemoryEvent.SIZE_BYTES) {
            malformed.addAndGet((end - begin) / (RingDescriptor.span(length) / Long.BYTES));
            return;
        }
        for (int at = begin; at < end; at += PIECE) {
            int copied = Math.min(end - at, PIECE);
            data.get(at, words, 0, copied);
            tables.add(words, copied);
        }
    }

    /** Says up to where the ring was drained, before {@link #betweenBatches}. */
    public void drainedTo(long position) {
        tables.drainedTo(position);
    }

    /** Lets the reader have the tables if it asked for them. */
    public void betweenBatches() {
        tables = handover.betweenBatches();
    }

    /** Records of the wrong length. Any thread. */
    public long malformed() {
        return malformed.get();
    }
}
