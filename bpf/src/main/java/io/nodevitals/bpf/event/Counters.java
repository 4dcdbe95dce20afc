// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.event;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The account of one program on one CPU, read in place from the mmapped {@code counters} map: {@code struct nv_counters}.
 *
 * <p>The kernel goes on writing while this is read; each field is read whole and only ever grows, but two fields are not of one
 * moment. At rest {@code seen = submitted + folded + filtered + failed}. The buffer must be direct and the offset a multiple of 8.
 */
public final class Counters extends Flyweight {
    /** Bytes of the struct: one cache line. */
    public static final int SIZE = 64;

    public static final int SEEN_OFFSET = 0;
    public static final int SUBMITTED_OFFSET = 8;
    public static final int FOLDED_OFFSET = 16;
    public static final int FILTERED_OFFSET = 24;
    public static final int FAILED_OFFSET = 32;
    public static final int SEQUENCE_OFFSET = 40;

    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    /** Where the account of a program on a CPU begins in the map. */
    public static int offset(Program program, int cpu, int cpus) {
        return (program.number() * cpus + cpu) * SIZE;
    }

    public Counters wrap(ByteBuffer data, int offset) {
        over(data, offset);
        return this;
    }

    /** Completed calls that the program was run for. */
    public long seen() {
        return opaque(SEEN_OFFSET);
    }

    /** Records put into a ring. */
    public long submitted() {
        return opaque(SUBMITTED_OFFSET);
    }

    /** Added to a map instead of a ring, exact in number. */
    public long folded() {
        return opaque(FOLDED_OFFSET);
    }

    /** Not wanted: configuration, or not an event at all. */
    public long filtered() {
        return opaque(FILTERED_OFFSET);
    }

    /** Wanted but lost: no room in ring and maps. */
    public long failed() {
        return opaque(FAILED_OFFSET);
    }

    /** Records attempted. */
    public long sequence() {
        return opaque(SEQUENCE_OFFSET);
    }

    // Opaque: never torn and never hoisted out of a reader's loop, without the cost of ordering.
    private long opaque(int field) {
        return (long) LONG.getOpaque(data(), at(field));
    }
}
