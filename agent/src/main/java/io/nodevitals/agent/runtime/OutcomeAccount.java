// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.bpf.event.Program;
import io.nodevitals.bpf.object.MappedCounters;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether every event that a program saw has an outcome, per program and CPU, while they run.
 *
 * <p>A program counts seen first and its outcome last. {@link MappedCounters#residual} reads the outcomes first and seen last, so a
 * reading is what is lost, plus what is in flight, plus what ended between the reads: never negative. Less than 0 is therefore an error
 * at once, more than 0 is one when it lasts ({@link LastingDifference}). A few readings are taken and the one nearest to 0 counts: in a
 * storm a program may be in flight for half of the time, but not at each of sixty-four readings. On machines that order
 * stores weakly (arm64) an outcome may become visible before its seen, for moments; the same readings cover that. One thread.
 */
final class OutcomeAccount {
    private static final int READINGS = 64;

    private final MappedCounters counters;
    private final LastingDifference lasting;

    OutcomeAccount(MappedCounters counters) {
        this.counters = counters;
        lasting = new LastingDifference(Program.ALL.size() * counters.cpus());
    }

    /** What does not balance for sure. */
    List<Residual> check(long nowNanos) {
        List<Residual> residuals = new ArrayList<>();
        for (Program program : Program.ALL) {
            for (int cpu = 0; cpu < counters.cpus(); cpu++) {
                long reading = reading(counters, program, cpu);
                int slot = program.number() * counters.cpus() + cpu;
                long lost = lasting.lost(slot, reading, nowNanos);
                add(residuals, program, cpu, Math.min(reading, 0) + lost);
            }
        }
        return residuals;
    }

    /** What does not balance at rest, each as a short text; of programs that run it may name what is in flight. Any thread. */
    static List<String> unbalanced(MappedCounters counters) {
        List<Residual> residuals = new ArrayList<>();
        for (Program program : Program.ALL) {
            for (int cpu = 0; cpu < counters.cpus(); cpu++) {
                add(residuals, program, cpu, reading(counters, program, cpu));
            }
        }
        return residuals.stream().map(Residual::toString).toList();
    }

    private static long reading(MappedCounters counters, Program program, int cpu) {
        long nearest = counters.residual(program, cpu);
        for (int i = 1; i < READINGS && nearest != 0; i++) {
            Thread.onSpinWait();
            long next = counters.residual(program, cpu);
            if (Math.abs(next) < Math.abs(nearest)) {
                nearest = next;
            }
        }
        return nearest;
    }

    private static void add(List<Residual> residuals, Program program, int cpu, long events) {
        if (events != 0) {
            residuals.add(new Residual(Account.OUTCOMES, program.label() + " on CPU " + cpu, events));
        }
    }
}
