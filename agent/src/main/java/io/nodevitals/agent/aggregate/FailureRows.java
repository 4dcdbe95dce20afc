// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

import java.util.Arrays;

/** Failed calls by row of the cgroup, call and errno: open addressing in one array, key and count side by side. */
final class FailureRows {
    /** The row whose keys always fit. */
    static final int OVERFLOW = 0;

    /** More keys than this go to the overflow row. */
    static final int CAPACITY = 2048;

    private static final int SLOTS = 2 * CAPACITY;
    private static final int SHIFT = 64 - Integer.numberOfTrailingZeros(SLOTS);

    private final long[] slots = new long[2 * SLOTS];
    private final long[] overflow = new long[MemoryCounters.CALLS * MemoryCounters.ERRNOS];
    private int size;

    @FunctionalInterface
    interface Visitor {
        void onFailures(int row, int call, int errno, long count);
    }

    void add(int row, int call, long errno) {
        int kind = call * MemoryCounters.ERRNOS + MemoryCounters.boundedErrno(errno);
        if (row == OVERFLOW) {
            overflow[kind]++;
            return;
        }
        long key = (long) row << 32 | kind;
        int at = (int) ((key * MemoryTables.GOLDEN) >>> SHIFT) << 1;
        while (slots[at] != key) {
            if (slots[at] == 0) {
                if (size == CAPACITY) {
                    overflow[kind]++;
                    return;
                }
                size++;
                slots[at] = key;
                break;
            }
            at = at + 2 & slots.length - 1;
        }
        slots[at + 1]++;
    }

    boolean isPressed() {
        return size > CAPACITY / 8 * 7;
    }

    void forEach(Visitor visitor) {
        for (int kind = 0; kind < overflow.length; kind++) {
            if (overflow[kind] != 0) {
                visitor.onFailures(
                        OVERFLOW, kind / MemoryCounters.ERRNOS, kind % MemoryCounters.ERRNOS, overflow[kind]);
            }
        }
        for (int at = 0; at < slots.length; at += 2) {
            if (slots[at] != 0) {
                int kind = (int) slots[at];
                visitor.onFailures(
                        (int) (slots[at] >>> 32),
                        kind / MemoryCounters.ERRNOS,
                        kind % MemoryCounters.ERRNOS,
                        slots[at + 1]);
            }
        }
    }

    void clear() {
        Arrays.fill(overflow, 0);
        if (size > 0) {
            Arrays.fill(slots, 0);
            size = 0;
        }
    }
}
