// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.ring;

/**
 * How a record lies in a BPF ring ({@code struct bpf_ringbuf_hdr} in the kernel's {@code kernel/bpf/ringbuf.c}).
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1   bit
 *  +---------------------------------------------------------------+
 *  |                        length                             |D|B|  B 31: busy, D 30: discarded
 *  +---------------------------------------------------------------+
 *  |                        pg_off                                 |  the kernel's own: distance to the ring's head
 *  +---------------------------------------------------------------+
 *  |                        record                                ...
 *  |                                         padded to eight bytes ...
 *  +---------------------------------------------------------------+
 * </pre>
 *
 * <p>Positions are u64 byte counts that only ever grow; a record lies at {@code position & (capacity - 1)}. Producer and
 * consumer position are each at offset 0 of a page of their own. Words are in native byte order.
 */
public final class RingDescriptor {
    /** Of the length word from a header's start. */
    public static final int LENGTH_OFFSET = 0;

    /** Of {@code pg_off} from a header's start. */
    public static final int PAGE_OFFSET_OFFSET = 4;

    /** Size of a header. */
    public static final int HEADER_BYTES = 8;

    /** Headers begin at multiples of this. */
    public static final int ALIGNMENT_BYTES = 8;

    /** Set while the record is reserved and not yet committed. The length word's sign bit. */
    public static final int BUSY = 1 << 31;

    /** Set when the record was discarded: skipped, never shown. */
    public static final int DISCARD = 1 << 30;

    /** What is left of the length word: at most 2^30 - 1 bytes. */
    public static final int LENGTH_MASK = ~(BUSY | DISCARD);

    /** Of the position in its page. */
    public static final int POSITION_OFFSET = 0;

    private RingDescriptor() {}

    /** Whether the record is still being written. */
    public static boolean isBusy(int lengthWord) {
        return lengthWord < 0;
    }

    /** Whether the record is to be skipped. */
    public static boolean isDiscarded(int lengthWord) {
        return (lengthWord & DISCARD) != 0;
    }

    /** Bytes of the record itself, without header and padding. */
    public static int length(int lengthWord) {
        return lengthWord & LENGTH_MASK;
    }

    /** Bytes from this header to the next for a record of {@code length} bytes. */
    public static int span(int length) {
        return length + HEADER_BYTES + ALIGNMENT_BYTES - 1 & -ALIGNMENT_BYTES;
    }
}
