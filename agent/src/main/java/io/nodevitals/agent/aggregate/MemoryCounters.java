// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

import io.nodevitals.bpf.event.MemoryEvent;
import java.util.Arrays;
import org.agrona.collections.Long2LongHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What the memory calls of one cgroup, or of several together, add up to.
 *
 * <p>A successful call belongs to one <em>series</em>: an mmap to its kind (enum nv_memory_kind, numbers 0 to 5), the rest to
 * {@link #MUNMAP} and so on. Each series has the pages of its calls, and its calls by <em>size class</em>: class c counts
 * sizes in (2^(c-1), 2^c] pages, class 0 exactly one page (and resizes by nothing). With {@link #bucket(int, int)} that is
 * OpenTelemetry's exponential histogram at scale 0. A failed call counts by call and errno and in no series.
 *
 * <p>Not thread-safe: of the collector thread.
 */
public final class MemoryCounters {
    /** Kinds of mapping: series 0 to 5 are mmap by enum nv_memory_kind. */
    public static final int KINDS = 6;

    public static final int MUNMAP = 6;
    /** Grown, or moved without a change of size. */
    public static final int MREMAP_GROW = 7;

    public static final int MREMAP_SHRINK = 8;
    public static final int BRK_GROW = 9;
    public static final int BRK_SHRINK = 10;
    public static final int SERIES = 11;

    /** What {@link #series} gives for a call or a kind that is not known. */
    static final int NO_SERIES = -1;

    /** Calls: enum nv_memory_call. */
    public static final int CALLS = 4;

    /** Sizes up to 2^48 pages. */
    public static final int SIZE_CLASSES = 49;

    /** Errnos 1 to 133 are kept; 0 stands for any other. */
    public static final int ERRNOS = 134;

    private static final int GROUP = 16;
    private static final long[] NONE = {};

    private final long[] pages = new long[SERIES];
    // Of each series as long as its largest class asks; most cgroups use few series.
    private final long[][] classes = new long[SERIES][];
    private @Nullable Long2LongHashMap failures;

    public MemoryCounters() {
        Arrays.fill(classes, NONE);
    }

    /** Called for every call and errno that failed at least once. */
    @FunctionalInterface
    public interface FailureVisitor {
        /**
         * Takes one count.
         *
         * @param call enum nv_memory_call
         * @param errno positive, or 0 for one above 133
         */
        void onFailures(int call, int errno, long count);
    }

    /** Pages of the series' calls together. */
    public long pages(int series) {
        return pages[series];
    }

    /** Number of successful calls in the series. */
    public long calls(int series) {
        return Arrays.stream(classes[series]).sum();
    }

    /** The series' calls by size class: a new array, as long as the largest class that counts anything asks. */
    public long[] sizeClasses(int series) {
        long[] counts = classes[series];
        int length = counts.length;
        while (length > 0 && counts[length - 1] == 0) {
            length--;
        }
        return Arrays.copyOf(counts, length);
    }

    /** Failed calls of one kind with one errno. */
    public long failures(int call, int errno) {
        return failures == null ? 0 : failures.get(failureKey(call, errno));
    }

    /** All failed calls. */
    public void forEachFailure(FailureVisitor visitor) {
        if (failures != null) {
            failures.forEachLong((key, count) -> visitor.onFailures((int) (key / ERRNOS), (int) (key % ERRNOS), count));
        }
    }

    /** Whole number of calls that these counters stand for, by enum nv_memory_call: each is one record of that program. */
    public long records(int call) {
        long[] count = {0};
        for (int series = 0; series < SERIES; series++) {
            if (callOf(series) == call) {
                count[0] += calls(series);
            }
        }
        forEachFailure((failedCall, errno, failed) -> count[0] += failedCall == call ? failed : 0);
        return count[0];
    }

    /** Adds all of {@code other}: how several cgroups become one workload. */
    public void add(MemoryCounters other) {
        for (int series = 0; series < SERIES; series++) {
            pages[series] += other.pages[series];
            long[] counts = other.classes[series];
            if (counts.length > 0) {
                long[] mine = classes(series, counts.length - 1);
                for (int i = 0; i < counts.length; i++) {
                    mine[i] += counts[i];
                }
            }
        }
        other.forEachFailure(this::addFailures);
    }

    void addPages(int series, long count) {
        pages[series] += count;
    }

    void addCalls(int series, int sizeClass, long count) {
        classes(series, sizeClass)[sizeClass] += count;
    }

    void addFailures(int call, int errno, long count) {
        if (failures == null) {
            failures = new Long2LongHashMap(0);
        }
        long key = failureKey(call, errno);
        failures.put(key, failures.get(key) + count);
    }

    private long[] classes(int series, int sizeClass) {
        long[] counts = classes[series];
        if (counts.length <= sizeClass) {
            // In steps, because nearly every mapping is smaller than 2^15 pages and there are thousands of these.
            counts = Arrays.copyOf(counts, (sizeClass / GROUP + 1) * GROUP);
            classes[series] = counts;
        }
        return counts;
    }

    /** Which call (enum nv_memory_call) a series is of. */
    public static int callOf(int series) {
        return switch (series) {
            case MUNMAP -> MemoryEvent.CALL_MUNMAP;
            case MREMAP_GROW, MREMAP_SHRINK -> MemoryEvent.CALL_MREMAP;
            case BRK_GROW, BRK_SHRINK -> MemoryEvent.CALL_BRK;
            default -> MemoryEvent.CALL_MMAP;
        };
    }

    /** Which series a successful call belongs to. */
    static int series(int call, int kind, boolean shrink) {
        return switch (call) {
            case MemoryEvent.CALL_MMAP -> kind < KINDS ? kind : NO_SERIES;
            case MemoryEvent.CALL_MUNMAP -> MUNMAP;
            case MemoryEvent.CALL_MREMAP -> shrink ? MREMAP_SHRINK : MREMAP_GROW;
            case MemoryEvent.CALL_BRK -> shrink ? BRK_SHRINK : BRK_GROW;
            default -> NO_SERIES;
        };
    }

    /** Size class of a number of pages, 0 to 2^48. */
    public static int sizeClass(long pages) {
        // 64 - clz(pages - 1) but for 0 pages, where that is 64: the mask makes it class 0 without a branch.
        return 64 - Long.numberOfLeadingZeros(pages - 1) & 63;
    }

    /** Index at OpenTelemetry's scale 0 of a size class: with pages of 4096 bytes, class 0 is (2^11, 2^12] and its index 11. */
    public static int bucket(int sizeClass, int pageSizeBytes) {
        return Integer.numberOfTrailingZeros(pageSizeBytes) - 1 + sizeClass;
    }

    /** The errno as it is counted. */
    static int boundedErrno(long errno) {
        return errno > 0 && errno < ERRNOS ? (int) errno : 0;
    }

    private static long failureKey(int call, int errno) {
        return (long) call * ERRNOS + errno;
    }
}
