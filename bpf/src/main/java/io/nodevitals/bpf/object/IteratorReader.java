// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.libbpf.Errno;
import io.nodevitals.bpf.libbpf.Native;
import io.nodevitals.bpf.libbpf.NativeCallException;
import java.nio.ByteBuffer;
import jnr.ffi.Pointer;

/**
 * Reads a whole hash map through a BPF iterator (iterators/map_entries.bpf.c, Linux 5.9): while it does, the kernel runs programs as
 * always, even if it takes the CPU away from the reader.
 *
 * <p>An entry may be visited twice, the second time as it is then, when others come into its bucket between two reads. All is read
 * before anything is visited, so that a visitor may remove entries.
 */
final class IteratorReader implements MapReader {
    /** As much as the kernel gives at once where pages are of 4 KiB (kernel/bpf/bpf_iter.c, {@code bpf_seq_read}). */
    private static final int READ_BYTES = 32 * 1024;

    private final Native natives;
    private final int linkFd;
    private final String map;
    private final int keyBytes;
    private final int entryBytes;
    private Pointer memory;
    private ByteBuffer buffer;
    private int capacity = 2 * READ_BYTES;

    /**
     * A reader of a map.
     *
     * @param linkFd of the link between program and map
     * @param map its name, for messages
     */
    IteratorReader(Native natives, int linkFd, String map, int keyBytes, int valueBytes) {
        this.natives = natives;
        this.linkFd = linkFd;
        this.map = map;
        this.keyBytes = keyBytes;
        entryBytes = keyBytes + valueBytes;
        memory = natives.allocateUntouched(capacity);
        buffer = natives.view(memory, capacity);
    }

    @Override
    public ByteBuffer keys() {
        return buffer;
    }

    @Override
    public ByteBuffer values() {
        return buffer;
    }

    @Override
    public void forEach(Visitor visitor) {
        int fd = natives.checkLibbpf(
                "bpf_iter_create(" + map + ")", natives.libbpf().bpf_iter_create(linkFd));
        try {
            visit(read(fd), visitor);
        } finally {
            natives.libc().close(fd);
        }
    }

    /** Hands on what {@link #read} has read. */
    void visit(int filled, Visitor visitor) {
        for (int at = 0; at + entryBytes <= filled; at += entryBytes) {
            visitor.onEntry(memory, at, memory, at + keyBytes);
        }
    }

    /** Everything, into {@link #memory}; how many bytes that is. */
    int read(int fd) {
        int filled = 0;
        while (true) {
            if (capacity - filled < READ_BYTES) {
                grow(filled);
            }
            long got = natives.libc().read(fd, memory.slice(filled), READ_BYTES);
            if (got == 0) {
                return filled;
            }
            if (got > 0) {
                filled += (int) got;
            } else if (natives.lastErrno() != Errno.EINTR && natives.lastErrno() != Errno.EAGAIN) {
                throw new NativeCallException("read(iterator of " + map + ")", natives.lastErrno());
            }
        }
    }

    private void grow(int filled) {
        int larger = Math.multiplyExact(capacity, 2);
        Pointer copy = natives.allocateUntouched(larger);
        byte[] content = new byte[filled];
        memory.get(0, content, 0, filled);
        copy.put(0, content, 0, filled);
        memory = copy;
        buffer = natives.view(memory, larger);
        capacity = larger;
    }
}
