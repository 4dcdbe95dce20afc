// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

/**
 * Shape of the counters that every cgroup row of the memory tables holds, as consecutive longs.
 *
 * <pre>
 *   0                      mmap histograms: KINDS x (BUCKETS counts)
 *   MMAP_BYTES + kind      bytes mapped, page-rounded, by kind
 *   MUNMAP_CALLS, MUNMAP_BYTES, MREMAP_CALLS, MREMAP_GROW_BYTES, MREMAP_SHRINK_BYTES, BRK_CALLS, BRK_GROW_BYTES,
 *   BRK_SHRINK_BYTES
 *   FAILURES + call * ERRNOS + errno   failed calls by call (enum nv_memory_call) and errno (see ERRNOS)
 * </pre>
 *
 * <p>Histogram bucket b counts sizes v in (2^b, 2^(b+1)] bytes: b = 63 - clz(v - 1), OpenTelemetry's scale 0. A mmap's size is
 * at least one page, so buckets begin at FIRST_BUCKET.
 */
public final class MemoryCounters {
    /** Kinds of mapping: enum nv_memory_kind. */
    public static final int KINDS = 6;
    /** Calls: enum nv_memory_call. */
    public static final int CALLS = 4;
    /** Smallest size is 4096, in (2^11, 2^12]. */
    public static final int FIRST_BUCKET = 11;
    /** Up to (2^62, 2^63]. */
    public static final int BUCKETS = 52;
    /** Errnos 1..133 have their own slot; 0 is for any other. */
    public static final int ERRNOS = 134;

    /** Offset of the histograms: kind * BUCKETS + bucket - FIRST_BUCKET. */
    public static final int MMAP_COUNTS = 0;

    public static final int MMAP_BYTES = MMAP_COUNTS + KINDS * BUCKETS;
    public static final int MUNMAP_CALLS = MMAP_BYTES + KINDS;
    public static final int MUNMAP_BYTES = MUNMAP_CALLS + 1;
    public static final int MREMAP_CALLS = MUNMAP_BYTES + 1;
    public static final int MREMAP_GROW_BYTES = MREMAP_CALLS + 1;
    public static final int MREMAP_SHRINK_BYTES = MREMAP_GROW_BYTES + 1;
    public static final int BRK_CALLS = MREMAP_SHRINK_BYTES + 1;
    public static final int BRK_GROW_BYTES = BRK_CALLS + 1;
    public static final int BRK_SHRINK_BYTES = BRK_GROW_BYTES + 1;
    public static final int FAILURES = BRK_SHRINK_BYTES + 1;
    /** Longs in a row. */
    public static final int LENGTH = FAILURES + CALLS * ERRNOS;

    private MemoryCounters() {}

    /** Upper-inclusive power-of-two bucket of a size, its index at OpenTelemetry's scale 0. {@code sizeBytes >= 2}. */
    public static int bucket(long sizeBytes) {
        return 63 - Long.numberOfLeadingZeros(sizeBytes - 1);
    }
}
