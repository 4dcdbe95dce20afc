// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.event.Program;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The accounts of all programs on all CPUs, read in place from the kernel's memory: {@code struct nv_counters} of
 * {@code include/counters.h}, one cache line each, at index program * cpus + cpu.
 *
 * <p>Every counter only ever grows. Each read is one aligned load, so a single value is never torn, but two reads are two moments,
 * in the order of the program: every load acquires. Any thread, until the session is closed.
 */
public final class MappedCounters {
    /** Bytes of one {@code struct nv_counters}. */
    static final int ACCOUNT_BYTES = 64;

    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    /** A field of an account. */
    public enum Field {
        /** Completed calls that the program was run for. */
        SEEN(0),
        /** Records put into a ring. */
        SUBMITTED(8),
        /** Added to a map instead of a ring, exact in number. */
        FOLDED(16),
        /** Not wanted: configuration, or not an event at all. */
        FILTERED(24),
        /** Wanted but lost: no room in ring and maps. */
        FAILED(32),
        /** Records attempted; each record carries its number. */
        SEQUENCE(40);

        private final int offset;

        Field(int offset) {
            this.offset = offset;
        }
    }

    private final ByteBuffer accounts;
    private final int cpus;

    /**
     * A view of the mapped array.
     *
     * @param accounts direct, native order, at least Program.ALL.size() * cpus accounts
     */
    MappedCounters(ByteBuffer accounts, int cpus) {
        if (accounts.capacity() < Program.ALL.size() * cpus * ACCOUNT_BYTES) {
            throw new IllegalArgumentException("bytes=" + accounts.capacity() + " cpus=" + cpus);
        }
        this.accounts = accounts;
        this.cpus = cpus;
    }

    /** CPUs that may ever come online; a CPU's number is below this. */
    public int cpus() {
        return cpus;
    }

    /** One field of one program on one CPU. */
    public long value(Program program, int cpu, Field field) {
        if (cpu < 0 || cpu >= cpus) {
            throw new IndexOutOfBoundsException("cpu=" + cpu + " cpus=" + cpus);
        }
        int account = (program.number() * cpus + cpu) * ACCOUNT_BYTES;
        return (long) LONG.getAcquire(accounts, account + field.offset);
    }

    /** One field of one program, over all CPUs. */
    public long total(Program program, Field field) {
        long total = 0;
        for (int cpu = 0; cpu < cpus; cpu++) {
            total += value(program, cpu, field);
        }
        return total;
    }

    /**
     * seen - submitted - folded - filtered - failed: at rest 0, or an event is unaccounted for.
     *
     * <p>A program counts {@link Field#SEEN} first and its outcome last, and here the outcomes are read first and seen last. So what
     * is read is at least what is lost or in flight when seen is read: never negative, and 0 only when nothing is lost.
     */
    public long residual(Program program, int cpu) {
        long outcomes = value(program, cpu, Field.SUBMITTED)
                + value(program, cpu, Field.FOLDED)
                + value(program, cpu, Field.FILTERED)
                + value(program, cpu, Field.FAILED);
        return value(program, cpu, Field.SEEN) - outcomes;
    }
}
