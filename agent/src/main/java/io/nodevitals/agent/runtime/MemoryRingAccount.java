// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.aggregate.MemoryTotals;
import io.nodevitals.bpf.event.MemoryEvent;
import io.nodevitals.bpf.event.Program;
import io.nodevitals.bpf.object.MappedCounters;
import io.nodevitals.bpf.object.MappedCounters.Field;
import io.nodevitals.bpf.ring.RingDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Whether the memory ring's records are those that were submitted and those that were counted, while both go on.
 *
 * <p>All records of this ring are of one length, so a position is a number of records, and submitted = consumed + still in the ring
 * falls into two halves, each of which is exact at any moment:
 *
 * <ul>
 *   <li>The reader's: the totals of a snapshot hold exactly the records below the position that was drained when the tables were
 *       handed over. Nothing is under way there; a difference is an error at once.
 *   <li>The kernel's: below the producer position lie the submitted records and those that are reserved and not yet counted as
 *       submitted. When submitted is read first it cannot be more; when the position is read first, what is more is in flight or was
 *       never submitted ({@link LastingDifference}).
 * </ul>
 *
 * <p>One thread.
 */
final class MemoryRingAccount {
    private static final int READINGS = 64;
    private static final long RECORD_BYTES = RingDescriptor.span(MemoryEvent.SIZE_BYTES);
    private static final List<Program> PROGRAMS = List.of(Program.MMAP, Program.MUNMAP, Program.MREMAP, Program.BRK);

    private final MappedCounters counters;
    private final LongSupplier producedPosition;
    private final LastingDifference lasting = new LastingDifference(1);

    MemoryRingAccount(MappedCounters counters, LongSupplier producedPosition) {
        this.counters = counters;
        this.producedPosition = producedPosition;
    }

    /** What does not balance for sure. */
    List<Residual> check(MemoryTotals memory, long nowNanos) {
        List<Residual> residuals = new ArrayList<>();
        long drained = memory.drainedPosition() / RECORD_BYTES;
        add(residuals, "memory ring to totals", drained - counted(memory));

        long tooMany = submitted() - produced();
        if (tooMany > 0) {
            add(residuals, "memory ring, submitted and not in it", tooMany);
        }
        add(residuals, "memory ring, reserved and not submitted", lasting.lost(0, unsubmitted(), nowNanos));
        return residuals;
    }

    /** Records, of whatever kind, that came out of the ring into the totals. */
    private static long counted(MemoryTotals memory) {
        long records = memory.unknownRecords();
        for (int call = 0; call < PROGRAMS.size(); call++) {
            records += memory.records(call);
        }
        return records;
    }

    private long unsubmitted() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < READINGS && least > 0; i++) {
            long produced = produced();
            least = Math.min(least, produced - submitted());
        }
        return least;
    }

    private long produced() {
        return producedPosition.getAsLong() / RECORD_BYTES;
    }

    private long submitted() {
        long submitted = 0;
        for (Program program : PROGRAMS) {
            submitted += counters.total(program, Field.SUBMITTED);
        }
        return submitted;
    }

    private static void add(List<Residual> residuals, String where, long events) {
        if (events != 0) {
            residuals.add(new Residual(Account.RINGS, where, events));
        }
    }
}
