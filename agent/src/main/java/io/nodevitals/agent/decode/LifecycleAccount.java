// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.decode;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What came out of the ring, per program and CPU: how many records, and the highest of the sequence numbers that their program gave
 * them. One writer, any reader; at rest the two figures belong together.
 */
final class LifecycleAccount {
    private final int programs;
    private final int cpus;
    private final AtomicLongArray consumed;
    private final AtomicLongArray highest;

    LifecycleAccount(int programs, int cpus) {
        this.programs = programs;
        this.cpus = cpus;
        this.consumed = new AtomicLongArray(programs * cpus);
        this.highest = new AtomicLongArray(programs * cpus);
    }

    boolean covers(int program, int cpu) {
        return program >= 0 && program < programs && cpu >= 0 && cpu < cpus;
    }

    /** A record carries the low half only; it is taken as the number nearest to the highest one so far. */
    void consumed(int program, int cpu, int sequence) {
        int index = index(program, cpu);
        consumed.setRelease(index, consumed.getPlain(index) + 1);
        long known = highest.getPlain(index);
        // An interrupt can nest a program in itself between numbering and reserving: order is not strict.
        int ahead = sequence - (int) known;
        if (ahead > 0) {
            highest.setRelease(index, known + ahead);
        }
    }

    long consumed(int program, int cpu) {
        return consumed.get(index(program, cpu));
    }

    long highest(int program, int cpu) {
        return highest.get(index(program, cpu));
    }

    long gaps(int program, int cpu) {
        int index = index(program, cpu);
        long taken = consumed.getAcquire(index);
        return highest.getAcquire(index) - taken;
    }

    private int index(int program, int cpu) {
        return program * cpus + cpu;
    }
}
