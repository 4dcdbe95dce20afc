// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.ring;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A ring in ordinary memory and its producer, which follows {@code kernel/bpf/ringbuf.c}: reserve, commit, discard.
 *
 * <p>The kernel maps the data twice; here the producer writes every byte twice instead. One producer thread; a consumer may
 * run on another.
 */
public final class FakeRing implements RingMemory {
    private static final VarHandle POSITION =
            MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final VarHandle WORD = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private final int capacityBytes;
    private final ByteBuffer consumerPage;
    private final ByteBuffer producerPage;
    private final ByteBuffer data;
    private long producerPosition;

    public FakeRing(int capacityBytes) {
        this(capacityBytes, 0);
    }

    /** A ring on which {@code position} bytes have been written and read before: a multiple of eight. */
    public FakeRing(int capacityBytes, long position) {
        this.capacityBytes = capacityBytes;
        consumerPage = allocate(8);
        producerPage = allocate(8);
        data = allocate(2 * capacityBytes);
        producerPosition = position;
        POSITION.setRelease(consumerPage, 0, position);
        POSITION.setRelease(producerPage, 0, position);
    }

    private static ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocateDirect(bytes + 8)
                .alignedSlice(8)
                .slice(0, bytes)
                .order(ByteOrder.nativeOrder());
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

    public long producerPosition() {
        return producerPosition;
    }

    public long consumerPosition() {
        return (long) POSITION.getAcquire(consumerPage, 0);
    }

    /**
     * Takes room for a record, marked busy.
     *
     * @return the record's position, or -1 when the ring has no room for it ({@code __bpf_ringbuf_reserve})
     */
    public long reserve(int length) {
        int span = RingDescriptor.span(length);
        if (producerPosition + span - consumerPosition() > capacityBytes - 1) {
            return -1;
        }
        long position = producerPosition;
        int offset = offset(position);
        putInt(offset + RingDescriptor.PAGE_OFFSET_OFFSET, offset >>> 12);
        setWord(offset, length | RingDescriptor.BUSY);
        producerPosition += span;
        POSITION.setRelease(producerPage, 0, producerPosition);
        return position;
    }

    /** Writes a long into a reserved record. */
    public void putLong(long position, int recordOffset, long value) {
        int at = offset(position) + RingDescriptor.HEADER_BYTES + recordOffset;
        data.putLong(at, value);
        data.putLong(mirror(at), value);
    }

    /** Writes an int into a reserved record. */
    public void putInt(long position, int recordOffset, int value) {
        putInt(offset(position) + RingDescriptor.HEADER_BYTES + recordOffset, value);
    }

    public void commit(long position) {
        int offset = offset(position);
        setWord(offset, (int) WORD.get(data, offset) & ~RingDescriptor.BUSY);
    }

    public void discard(long position) {
        int offset = offset(position);
        setWord(offset, ((int) WORD.get(data, offset) & ~RingDescriptor.BUSY) | RingDescriptor.DISCARD);
    }

    /** Reserves, writes and commits a record of longs. False when the ring is full. */
    public boolean write(long... words) {
        long position = reserve(words.length * Long.BYTES);
        if (position < 0) {
            return false;
        }
        for (int i = 0; i < words.length; i++) {
            putLong(position, i * Long.BYTES, words[i]);
        }
        commit(position);
        return true;
    }

    /** What no kernel does: a length word of one's own at a position. */
    public void damageLengthWord(long position, int word) {
        setWord(offset(position), word);
    }

    /** What no kernel does: a producer position of one's own. */
    public void damageProducerPosition(long position) {
        producerPosition = position;
        POSITION.setRelease(producerPage, 0, position);
    }

    private int offset(long position) {
        return (int) position & capacityBytes - 1;
    }

    // A record that begins near the end runs on into the second mapping, which is the ring's beginning.
    private int mirror(int at) {
        return at < capacityBytes ? at + capacityBytes : at - capacityBytes;
    }

    private void putInt(int at, int value) {
        data.putInt(at, value);
        data.putInt(mirror(at), value);
    }

    private void setWord(int offset, int word) {
        WORD.setRelease(data, mirror(offset), word);
        WORD.setRelease(data, offset, word);
    }
}
