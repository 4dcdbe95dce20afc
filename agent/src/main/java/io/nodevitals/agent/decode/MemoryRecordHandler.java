// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.decode;

import io.nodevitals.agent.aggregate.MemoryCounters;
import io.nodevitals.agent.aggregate.MemoryTables;
import io.nodevitals.agent.aggregate.SnapshotHandover;
import io.nodevitals.bpf.event.MemoryEvent;
import io.nodevitals.bpf.ring.RecordHandler;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/**
 * From a record of the memory ring to the tables, in place and without allocation.
 *
 * <p>RingAgent's thread drains the ring into this and calls {@link #betweenBatches()} after every batch. Records are not
 * counted here: each adds exactly one call to the tables, so {@link io.nodevitals.agent.aggregate.MemoryTotals#records} is
 * the number consumed by program, at no cost per record.
 */
public final class MemoryRecordHandler implements RecordHandler {
    private static final int NO_SERIES = -1;

    /** Series by call (bits 0 to 3), kind (4 to 7) and shrink (8). */
    private static final byte[] SERIES = seriesByOperation();

    private final SnapshotHandover handover;
    private final AtomicLong malformed = new AtomicLong();
    private MemoryTables tables;

    public MemoryRecordHandler(SnapshotHandover handover) {
        this.handover = handover;
        this.tables = handover.active();
    }

    /** Counts the record's call; what is no such record is counted as malformed and skipped. */
    @Override
    public void onRecord(ByteBuffer data, int offset, int length) {
        if (length != MemoryEvent.SIZE_BYTES) {
            malformed.incrementAndGet();
            return;
        }
        MemoryTables tables = this.tables;
        int process = tables.process(MemoryEvent.startBootNanos(data, offset), MemoryEvent.tgid(data, offset));
        int head = tables.head(process, MemoryEvent.cgroupId(data, offset));
        long what = MemoryEvent.what(data, offset);
        long state = MemoryEvent.state(data, offset);
        int series = SERIES[operation(what, state)];
        if (MemoryEvent.isFailed(state) || series == NO_SERIES) {
            onFailure(what, state, head);
            return;
        }
        tables.add(
                process, head, MemoryEvent.generation(what), MemoryEvent.value(state), series, MemoryEvent.pages(what));
    }

    /** Lets the reader have the tables if it asked for them. */
    public void betweenBatches() {
        tables = handover.betweenBatches();
    }

    /** Records of the wrong length, or with a call or a kind that is not known. Any thread. */
    public long malformed() {
        return malformed.get();
    }

    private void onFailure(long what, long state, int head) {
        int call = MemoryEvent.call(what);
        if (!MemoryEvent.isFailed(state) || call >= MemoryCounters.CALLS) {
            malformed.incrementAndGet();
            return;
        }
        tables.addFailure(head, call, MemoryEvent.value(state));
    }

    // A look-up instead of branches: which call comes next is anybody's guess, and a wrong guess costs more than the
    // rest.
    private static int operation(long what, long state) {
        return ((int) (what >>> MemoryEvent.CALL_SHIFT) & 0xff)
                | ((int) (state >>> (MemoryEvent.SHRINK_SHIFT - 8)) & 0x100);
    }

    private static byte[] seriesByOperation() {
        byte[] byOperation = new byte[512];
        for (int operation = 0; operation < byOperation.length; operation++) {
            byOperation[operation] = (byte) series(operation & 0xf, operation >>> 4 & 0xf, operation >>> 8 != 0);
        }
        return byOperation;
    }

    private static int series(int call, int kind, boolean shrink) {
        return switch (call) {
            case MemoryEvent.CALL_MMAP -> kind < MemoryCounters.KINDS ? kind : NO_SERIES;
            case MemoryEvent.CALL_MUNMAP -> MemoryCounters.MUNMAP;
            case MemoryEvent.CALL_MREMAP -> shrink ? MemoryCounters.MREMAP_SHRINK : MemoryCounters.MREMAP_GROW;
            case MemoryEvent.CALL_BRK -> shrink ? MemoryCounters.BRK_SHRINK : MemoryCounters.BRK_GROW;
            default -> NO_SERIES;
        };
    }
}
