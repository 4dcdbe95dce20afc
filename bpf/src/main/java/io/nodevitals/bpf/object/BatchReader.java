// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.libbpf.Errno;
import io.nodevitals.bpf.libbpf.Native;
import java.nio.ByteBuffer;
import jnr.ffi.Pointer;

/**
 * Reads a whole hash or array map, hundreds of entries by one system call (BPF_MAP_LOOKUP_BATCH, Linux 5.6).
 *
 * <p>An entry is visited once: entries of a hash do not move, and the kernel gives a bucket in one piece. While it copies, the kernel
 * runs no program that is attached through perf or kprobe.multi on this CPU ({@code bpf_disable_instrumentation}): see {@link
 * IteratorReader} for kernels on which others may run meanwhile.
 */
final class BatchReader implements MapReader {
    /** Must have room for a whole bucket of a hash, or the kernel answers ENOSPC. */
    private static final int BATCH = 512;

    /** The position within a map: a key of an array, a bucket's number of a hash. */
    private static final int POSITION_BYTES = 64;

    private final Native natives;
    private final int fd;
    private final String map;
    private final int keyBytes;
    private final int valueBytes;
    private final Pointer keys;
    private final Pointer values;
    private final ByteBuffer keyBuffer;
    private final ByteBuffer valueBuffer;
    private final Pointer count;
    private final Pointer position;

    /**
     * A reader of a map.
     *
     * @param map its name, for messages
     * @param valueBytes of an entry, as the kernel rounds it up: a multiple of 8
     */
    BatchReader(Native natives, int fd, String map, int keyBytes, int valueBytes) {
        this.natives = natives;
        this.fd = fd;
        this.map = map;
        this.keyBytes = keyBytes;
        this.valueBytes = valueBytes;
        keys = natives.allocate(BATCH * keyBytes);
        values = natives.allocate(BATCH * valueBytes);
        keyBuffer = natives.view(keys, BATCH * keyBytes);
        valueBuffer = natives.view(values, BATCH * valueBytes);
        count = natives.allocate(Integer.BYTES);
        position = natives.allocate(POSITION_BYTES);
    }

    @Override
    public ByteBuffer keys() {
        return keyBuffer;
    }

    @Override
    public ByteBuffer values() {
        return valueBuffer;
    }

    @Override
    public void forEach(Visitor visitor) {
        boolean more = true;
        for (boolean first = true; more; first = false) {
            more = next(first);
            int entries = count.getInt(0);
            for (int i = 0; i < entries; i++) {
                visitor.onEntry(keys, (long) i * keyBytes, values, (long) i * valueBytes);
            }
        }
    }

    /** Reads the next entries; false when they were the last. */
    private boolean next(boolean first) {
        count.putInt(0, BATCH);
        int result =
                natives.libbpf().bpf_map_lookup_batch(fd, first ? null : position, position, keys, values, count, null);
        if (result == -Errno.ENOENT) {
            return false;
        }
        natives.checkLibbpf("bpf_map_lookup_batch(" + map + ")", result);
        return true;
    }
}
