// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.event.Program;
import io.nodevitals.bpf.object.MappedCounters.Field;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The counters map in ordinary memory, counted into as the programs do. Any thread. */
public final class FakeCounters {
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private final ByteBuffer memory;
    private final int cpus;

    public FakeCounters(int cpus) {
        this.cpus = cpus;
        int bytes = Program.ALL.size() * cpus * MappedCounters.ACCOUNT_BYTES;
        memory = ByteBuffer.allocateDirect(bytes + 64)
                .alignedSlice(64)
                .slice(0, bytes)
                .order(ByteOrder.nativeOrder());
    }

    /** What the agent sees of it. */
    public MappedCounters mapped() {
        return new MappedCounters(memory, cpus);
    }

    /** As nv_add does, atomically. */
    public void add(Program program, int cpu, Field field, long increment) {
        long unused = (long) LONG.getAndAdd(memory, at(program, cpu, field), increment);
    }

    /** What no program does. */
    public void set(Program program, int cpu, Field field, long value) {
        LONG.setVolatile(memory, at(program, cpu, field), value);
    }

    private int at(Program program, int cpu, Field field) {
        return (program.number() * cpus + cpu) * MappedCounters.ACCOUNT_BYTES + field.ordinal() * Long.BYTES;
    }
}
