// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.ring;

import java.nio.ByteBuffer;

/**
 * The three parts of a ring as they lie in memory: direct buffers in native byte order, each beginning on an address that is
 * a multiple of eight.
 *
 * <p>A BPF ring is mapped at two offsets of its map's file descriptor: the consumer's page at 0, read-write; the producer's
 * page and the data behind it at one page, read-only ({@code ringbuf_map_mmap_kern}).
 */
public interface RingMemory {

    /** Holds the consumer position, u64 at offset 0; the only part that is written from here. */
    ByteBuffer consumerPage();

    /** Holds the producer position, u64 at offset 0. */
    ByteBuffer producerPage();

    /**
     * The records. Spans twice {@link #capacityBytes()}, because the kernel maps the data pages twice, back to back, so
     * that a record which crosses the end of the ring is contiguous.
     */
    ByteBuffer data();

    /** Size of the ring, a power of two. */
    int capacityBytes();
}
