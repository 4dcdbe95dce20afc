// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

import com.kenai.jffi.MemoryIO;
import io.nodevitals.bpf.ring.RingMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;

/** A ring that somebody pinned in bpffs, mapped for the life of this process; for the benchmark only. */
record PinnedRing(ByteBuffer consumerPage, ByteBuffer producerPage, ByteBuffer data, int capacityBytes)
        implements RingMemory {
    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int MAP_SHARED = 1;
    private static final int SC_PAGESIZE = 30;

    /** As fill.bpf.c makes it. */
    private static final int CAPACITY_BYTES = 1 << 25;

    /** The calls that it takes. */
    public interface Calls {
        int bpf_obj_get(String path);

        long sysconf(int name);

        long mmap(Pointer address, long length, int protection, int flags, int descriptor, long offset);
    }

    static PinnedRing open(String pin) {
        Calls calls =
                LibraryLoader.create(Calls.class).library("bpf").library("c").load();
        int descriptor = calls.bpf_obj_get(pin);
        if (descriptor < 0) {
            throw new IllegalStateException("bpf_obj_get of " + pin + " failed with " + descriptor);
        }
        int page = Math.toIntExact(calls.sysconf(SC_PAGESIZE));
        return new PinnedRing(
                map(calls, descriptor, page, PROT_READ | PROT_WRITE, 0),
                map(calls, descriptor, page, PROT_READ, page),
                map(calls, descriptor, 2 * CAPACITY_BYTES, PROT_READ, 2L * page),
                CAPACITY_BYTES);
    }

    private static ByteBuffer map(Calls calls, int descriptor, int length, int protection, long offset) {
        long address = calls.mmap(null, length, protection, MAP_SHARED, descriptor, offset);
        if (address == -1) {
            throw new IllegalStateException("mmap of the ring failed: length=" + length + " offset=" + offset);
        }
        return MemoryIO.getInstance().newDirectByteBuffer(address, length).order(ByteOrder.nativeOrder());
    }
}
