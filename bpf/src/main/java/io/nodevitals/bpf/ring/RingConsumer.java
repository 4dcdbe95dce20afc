// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.ring;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Reads one BPF ring in place, as libbpf's {@code ringbuf_process_ring} does, without a native call or an allocation per record.
 *
 * <p>One thread drains; the counts may be read by any. A ring has one consumer: its position is kept here and read from the
 * consumer's page once, when this object is made. Nothing in the ring's memory, however damaged, makes {@link #drain} throw,
 * spin, or look outside the ring.
 */
public final class RingConsumer {
    private static final VarHandle POSITION =
            MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final VarHandle LENGTH_WORD =
            MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    /** A run is looked through before it is handed over: what was read of it is still in the nearest cache then. */
    private static final int RUN_BYTES = 12 * 1024;

    private final ByteBuffer consumerPage;
    private final ByteBuffer producerPage;
    private final ByteBuffer data;
    private final LongBuffer words;
    private final int capacityBytes;
    private final Consumer<? super RuntimeException> errorHandler;

    private long consumerPosition;

    private final AtomicLong records = new AtomicLong();
    private final AtomicLong discarded = new AtomicLong();
    private final AtomicLong corruptions = new AtomicLong();
    private final AtomicLong handlerFailures = new AtomicLong();

    /**
     * Begins where the ring's last consumer stopped.
     *
     * @param memory stays mapped for as long as this object is used
     * @param errorHandler told of each exception that a record's handler threw, on the draining thread
     * @throws IllegalArgumentException if the parts do not fit each other: name=value of the one that does not
     */
    public RingConsumer(RingMemory memory, Consumer<? super RuntimeException> errorHandler) {
        capacityBytes = memory.capacityBytes();
        consumerPage = memory.consumerPage();
        producerPage = memory.producerPage();
        data = memory.data();
        this.errorHandler = errorHandler;
        if (Integer.bitCount(capacityBytes) != 1
                || capacityBytes < RingDescriptor.HEADER_BYTES
                || capacityBytes > 1 << 29) {
            throw new IllegalArgumentException("capacityBytes=" + capacityBytes + " is no power of two up to 2^29");
        }
        if (data.capacity() < 2 * capacityBytes) {
            throw new IllegalArgumentException(
                    "data.capacity=" + data.capacity() + " is less than twice capacityBytes=" + capacityBytes);
        }
        for (ByteBuffer part : new ByteBuffer[] {consumerPage, producerPage, data}) {
            if (!part.isDirect()
                    || part.order() != ByteOrder.nativeOrder()
                    || part.alignmentOffset(0, Long.BYTES) != 0) {
                throw new IllegalArgumentException("not direct, native-order and eight-byte aligned: " + part);
            }
        }
        words = data.duplicate().clear().order(ByteOrder.nativeOrder()).asLongBuffer();
        consumerPosition = (long) POSITION.getAcquire(consumerPage, RingDescriptor.POSITION_OFFSET)
                & -RingDescriptor.ALIGNMENT_BYTES;
    }

    /**
     * Hands the records that are complete to {@code handler}, oldest first, up to the first that is still busy; then gives
     * their space back to the kernel in one store.
     *
     * <p>An exception of the handler is counted, told to the error handler, and costs no other record: the position is past
     * the record before the handler sees it. An error ({@link Error}) ends the batch and is thrown, the position kept.
     *
     * @param handler reads the records
     * @param limit most records to take, discarded ones included: the bound of a batch
     * @return records taken, discarded ones included; 0 when there was nothing to take
     */
    public int drain(RecordHandler handler, int limit) {
        ByteBuffer records = data;
        int mask = capacityBytes - 1;
        // Unaligned positions are impossible; masking spares the loop a check that would have to be made for corrupt
        // memory.
        long end = (long) POSITION.getAcquire(producerPage, RingDescriptor.POSITION_OFFSET)
                & -RingDescriptor.ALIGNMENT_BYTES;
        long position = consumerPosition;
        int taken = 0;
        int skipped = 0;
        if (end == position) {
            return 0;
        }
        if (Long.compareUnsigned(end - position, capacityBytes) > 0) {
            skipDamage(end);
            return 0;
        }
        try {
            while (taken < limit && position != end) {
                int offset = (int) position & mask;
                int word = (int) LENGTH_WORD.getAcquire(records, offset);
                if (RingDescriptor.isBusy(word)) {
                    break;
                }
                int length = RingDescriptor.length(word);
                int span = RingDescriptor.span(length);
                if (span > end - position) {
                    position = end;
                    corruptions.incrementAndGet();
                    break;
                }
                position += span;
                taken++;
                if (RingDescriptor.isDiscarded(word)) {
                    skipped++;
                    continue;
                }
                try {
                    handler.onRecord(records, offset + RingDescriptor.HEADER_BYTES, length);
                } catch (RuntimeException e) {
                    handlerFailures.incrementAndGet();
                    errorHandler.accept(e);
                }
            }
        } finally {
            release(position);
            add(this.records, taken - skipped);
            add(discarded, skipped);
        }
        return taken;
    }

    /**
     * As {@link #drain}, but hands over runs of records of one length instead of single ones. An exception of the handler costs
     * what it has not read of the run.
     *
     * @param handler reads the records
     * @param limit most records to take, discarded ones included: the bound of a batch
     * @return records taken, discarded ones included; 0 when there was nothing to take
     */
    public int drainRuns(RunHandler handler, int limit) {
        long end = producerPosition();
        long begin = consumerPosition;
        if (Long.compareUnsigned(end - begin, capacityBytes) > 0) {
            skipDamage(end);
            return 0;
        }
        int first = (int) begin & capacityBytes - 1;
        int stop = first + (int) (end - begin);
        int at = first;
        int taken = 0;
        int skipped = 0;
        try {
            while (taken < limit && at < stop) {
                int word = (int) LENGTH_WORD.getAcquire(data, at);
                if (RingDescriptor.isBusy(word)) {
                    break;
                }
                int length = RingDescriptor.length(word);
                int span = RingDescriptor.span(length);
                if (span > stop - at) {
                    corruptions.incrementAndGet();
                    at = stop;
                    break;
                }
                int run = at;
                long most = Math.max(span, Math.min((long) (limit - taken) * span, RUN_BYTES));
                at = endOfRun(at + span, (int) Math.min(stop, at + most), span, word);
                int count = (at - run) / span;
                taken += count;
                if (RingDescriptor.isDiscarded(word)) {
                    skipped += count;
                } else {
                    handRun(handler, run, at, length);
                }
            }
        } finally {
            release(begin + (at - first));
            add(records, taken - skipped);
            add(discarded, skipped);
        }
        return taken;
    }

    // The next address does not depend on what was read, as it does when each length is added: the memory's latency is
    // hidden.
    // One fence behind the loop orders all of its loads before those of the records, as an acquiring load each would.
    private int endOfRun(int begin, int stop, int span, int word) {
        ByteBuffer data = this.data;
        int at = begin;
        while (at <= stop - span && (int) LENGTH_WORD.getOpaque(data, at) == word) {
            at += span;
        }
        VarHandle.acquireFence();
        return at;
    }

    private void handRun(RunHandler handler, int begin, int end, int length) {
        try {
            handler.onRun(words, begin / Long.BYTES, end / Long.BYTES, length);
        } catch (RuntimeException e) {
            handlerFailures.incrementAndGet();
            errorHandler.accept(e);
        }
    }

    /** Bytes that the kernel has reserved and that have not been drained. Any thread; from 0 to the ring's capacity. */
    public long unreadBytes() {
        long consumer = drainedPosition();
        return Math.max(0, Math.min(capacityBytes, producedPosition() - consumer));
    }

    /** Bytes that were reserved since the ring was made: below this position every record has its room. Any thread. */
    public long producedPosition() {
        return (long) POSITION.getAcquire(producerPage, RingDescriptor.POSITION_OFFSET);
    }

    /** Bytes that were drained since the ring was made: every record below this position has been handled. Any thread. */
    public long drainedPosition() {
        return (long) POSITION.getAcquire(consumerPage, RingDescriptor.POSITION_OFFSET);
    }

    /** Size of the ring. */
    public int capacityBytes() {
        return capacityBytes;
    }

    /** Records given to a handler since the beginning. */
    public long records() {
        return records.getOpaque();
    }

    /** Records that their program discarded. */
    public long discarded() {
        return discarded.getOpaque();
    }

    /** Times that the ring's memory made no sense and everything up to the producer position was skipped. 0 with a sane kernel. */
    public long corruptions() {
        return corruptions.get();
    }

    /** Records whose handler threw. */
    public long handlerFailures() {
        return handlerFailures.get();
    }

    // Unaligned positions are impossible; masking spares the loops a check that would have to be made for corrupt
    // memory.
    private long producerPosition() {
        return (long) POSITION.getAcquire(producerPage, RingDescriptor.POSITION_OFFSET)
                & -RingDescriptor.ALIGNMENT_BYTES;
    }

    private void skipDamage(long end) {
        corruptions.incrementAndGet();
        release(end);
    }

    private void release(long position) {
        consumerPosition = position;
        POSITION.setRelease(consumerPage, RingDescriptor.POSITION_OFFSET, position);
    }

    // The draining thread is the only one that writes.
    private static void add(AtomicLong counter, int count) {
        if (count != 0) {
            counter.setOpaque(counter.getPlain() + count);
        }
    }
}
