// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.libbpf;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A shared mmap of a file descriptor, seen through direct buffers in the machine's byte order.
 *
 * <p>A buffer does not keep the mapping alive: whoever touches one after {@link #close()} takes the JVM down with SIGSEGV, so the
 * readers stop first. Any thread may create buffers; {@code close} is idempotent.
 */
public final class MappedMemory implements AutoCloseable {
    private final Native natives;
    private final long address;
    private final long lengthBytes;
    private boolean closed;

    MappedMemory(Native natives, long address, long lengthBytes) {
        this.natives = natives;
        this.address = address;
        this.lengthBytes = lengthBytes;
    }

    /** A view in native byte order; it is read-only for Java only if the caller makes it so. */
    public ByteBuffer buffer(long offset, int length) {
        if (offset < 0 || length < 0 || offset + length > lengthBytes) {
            throw new IndexOutOfBoundsException(
                    "offset=" + offset + " length=" + length + " mappedBytes=" + lengthBytes);
        }
        return MemoryIO.getInstance()
                .newDirectByteBuffer(address + offset, length)
                .order(ByteOrder.nativeOrder());
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            natives.checkLibc("munmap", natives.libc().munmap(address, lengthBytes));
        }
    }
}
