// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.decode.LifecycleDecoder;
import io.nodevitals.bpf.event.Program;
import io.nodevitals.bpf.object.MappedCounters;
import io.nodevitals.bpf.object.MappedCounters.Field;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Whether the lifecycle ring's records are those that were submitted, per program and CPU, proved twice: by number and by the
 * numbers that the records themselves carry.
 *
 * <p>The records have several lengths, so positions do not count them. The account is taken at a moment at which the ring is
 * empty: when the producer position is the same before and after, and the drained position is as far, then every record that was ever
 * reserved has been handled, whatever was read between. Such a moment is looked for at every check; in a storm there may be none, and
 * then the last result stands until there is one: all of these counts only grow, so a later moment misses nothing. At such a moment
 *
 * <ul>
 *   <li>submitted is at most what was consumed, for submitted is counted after the record is out: more is a lost record at once;
 *   <li>consumed is more than submitted by what is in flight: more than that, a record came twice ({@link LastingDifference});
 *   <li>the numbers taken (sequence) that no record brought are failed reserves, each of which is counted as failed or folded,
 *       again but for what is in flight. That holds for the gaps between records and for the numbers after the last one;
 *   <li>no record carries a number that was not taken, and there are no more records than numbers.
 * </ul>
 *
 * <p>One thread.
 */
final class LifecycleRingAccount {
    private static final int ATTEMPTS = 64;
    private static final Set<Program> ELSEWHERE = EnumSet.of(
            Program.MMAP,
            Program.MUNMAP,
            Program.MREMAP,
            Program.BRK,
            Program.BRK_ENTER,
            Program.EXECVE_ENTER,
            Program.EXECVEAT_ENTER);
    private static final List<Program> PROGRAMS =
            Program.ALL.stream().filter(program -> !ELSEWHERE.contains(program)).toList();

    /** What was read of one program on one CPU. */
    private record Reading(long submitted, long consumed, long sequence, long highest, long failedReserves) {
        long twice() {
            return Math.max(0, consumed - submitted);
        }

        long missing() {
            return Math.max(0, sequence - consumed - failedReserves);
        }
    }

    private final MappedCounters counters;
    private final LifecycleDecoder decoder;
    private final LongSupplier producedPosition;
    private final LongSupplier drainedPosition;
    private final LastingDifference twice;
    private final LastingDifference missing;
    private List<Residual> known = List.of();

    LifecycleRingAccount(
            MappedCounters counters,
            LifecycleDecoder decoder,
            LongSupplier producedPosition,
            LongSupplier drainedPosition) {
        this.counters = counters;
        this.decoder = decoder;
        this.producedPosition = producedPosition;
        this.drainedPosition = drainedPosition;
        int slots = PROGRAMS.size() * counters.cpus();
        twice = new LastingDifference(slots);
        missing = new LastingDifference(slots);
    }

    /** What does not balance for sure, as of the last moment at which the ring was empty. */
    List<Residual> check(long nowNanos) {
        List<Reading> best = new ArrayList<>();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            List<Reading> readings = readWhileEmpty();
            if (readings.isEmpty()) {
                Thread.onSpinWait();
                continue;
            }
            best = best.isEmpty() ? readings : nearer(best, readings);
            if (best.stream().allMatch(reading -> reading.twice() == 0 && reading.missing() == 0)) {
                break;
            }
        }
        if (!best.isEmpty()) {
            known = judge(best, nowNanos);
        }
        return known;
    }

    /** Empty unless the ring was empty all the while. */
    private List<Reading> readWhileEmpty() {
        long produced = producedPosition.getAsLong();
        if (drainedPosition.getAsLong() != produced) {
            return List.of();
        }
        List<Reading> readings = new ArrayList<>(PROGRAMS.size() * counters.cpus());
        for (Program program : PROGRAMS) {
            for (int cpu = 0; cpu < counters.cpus(); cpu++) {
                readings.add(read(program, cpu));
            }
        }
        return producedPosition.getAsLong() == produced ? readings : List.of();
    }

    private Reading read(Program program, int cpu) {
        long consumed = decoder.consumed(program, cpu);
        long highest = decoder.highestSequence(program, cpu);
        long failedReserves = counters.value(program, cpu, Field.FAILED) + counters.value(program, cpu, Field.FOLDED);
        long submitted = counters.value(program, cpu, Field.SUBMITTED);
        // Last: what it counts has its outcome later.
        long sequence = counters.value(program, cpu, Field.SEQUENCE);
        return new Reading(submitted, consumed, sequence, highest, failedReserves);
    }

    /** Of each account the reading with less in flight. */
    private static List<Reading> nearer(List<Reading> one, List<Reading> other) {
        List<Reading> nearer = new ArrayList<>(one.size());
        for (int slot = 0; slot < one.size(); slot++) {
            Reading a = one.get(slot);
            Reading b = other.get(slot);
            nearer.add(a.twice() + a.missing() <= b.twice() + b.missing() ? a : b);
        }
        return nearer;
    }

    private List<Residual> judge(List<Reading> readings, long nowNanos) {
        List<Residual> residuals = new ArrayList<>();
        for (int slot = 0; slot < readings.size(); slot++) {
            Reading reading = readings.get(slot);
            Program program = PROGRAMS.get(slot / counters.cpus());
            String where = program.label() + " on CPU " + slot % counters.cpus();
            long lost = Math.max(0, reading.submitted - reading.consumed);
            add(residuals, Account.RINGS, where, lost - twice.lost(slot, reading.twice(), nowNanos));
            long unnumbered =
                    Math.min(0, reading.sequence - reading.highest) + Math.min(0, reading.highest - reading.consumed);
            add(residuals, Account.SEQUENCES, where, unnumbered + missing.lost(slot, reading.missing(), nowNanos));
        }
        return residuals;
    }

    private static void add(List<Residual> residuals, Account account, String where, long events) {
        if (events != 0) {
            residuals.add(new Residual(account, where, events));
        }
    }
}
