// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.libbpf.Libc;
import io.nodevitals.bpf.libbpf.MappedMemory;
import io.nodevitals.bpf.libbpf.Native;
import io.nodevitals.bpf.libbpf.NativeCallException;
import io.nodevitals.bpf.ring.RingMemory;
import java.nio.ByteBuffer;

/**
 * A BPF ring buffer map, mapped once: {@code kernel/bpf/ringbuf.c}, {@code ringbuf_map_mmap_kern}.
 *
 * <pre>
 *   file offset 0            consumer page, read-write
 *   file offset page         producer page, read-only
 *   file offset 2 * page     data, then the same data again, read-only
 * </pre>
 *
 * <p>Touching a buffer after {@link #close()} takes the JVM down: the ring's reader stops first.
 */
public final class MappedRing implements RingMemory, AutoCloseable {
    private final int fd;
    private final int capacityBytes;
    private final MappedMemory consumer;
    private final MappedMemory producer;
    private final ByteBuffer consumerPage;
    private final ByteBuffer producerPage;
    private final ByteBuffer data;

    /**
     * Maps the ring; the descriptor stays its owner's.
     *
     * @throws NativeCallException when mmap fails
     */
    MappedRing(Native natives, int fd, int capacityBytes) {
        int page = natives.pageSize();
        this.fd = fd;
        this.capacityBytes = capacityBytes;
        consumer = natives.map(fd, 0, page, Libc.PROT_READ | Libc.PROT_WRITE);
        try {
            producer = natives.map(fd, page, page + 2L * capacityBytes, Libc.PROT_READ);
        } catch (NativeCallException failure) {
            consumer.close();
            throw failure;
        }
        consumerPage = consumer.buffer(0, page);
        producerPage = producer.buffer(0, page);
        data = producer.buffer(page, 2 * capacityBytes);
    }

    /** The map's descriptor, for epoll; it lives as long as the session. */
    public int fd() {
        return fd;
    }

    @Override
    public ByteBuffer consumerPage() {
        return consumerPage;
    }

    @Override
    public ByteBuffer producerPage() {
        return producerPage;
    }

    @Override
    public ByteBuffer data() {
        return data;
    }

    @Override
    public int capacityBytes() {
        return capacityBytes;
    }

    /** Unmaps; idempotent. */
    @Override
    public void close() {
        producer.close();
        consumer.close();
    }
}
