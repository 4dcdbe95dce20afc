// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

import java.util.Arrays;

/** From cgroup id to a number that is not 0: open addressing in one array. */
final class CgroupIndex {
    private final long[] slots;
    private final int shift;

    /** For as many cgroups, and twice the slots. */
    CgroupIndex(int cgroups) {
        int count = TableCapacity.slots(cgroups);
        slots = new long[2 * count];
        shift = 64 - Integer.numberOfTrailingZeros(count);
    }

    /** The cgroup's number, 0 if it has none. */
    int get(long cgroupId) {
        return (int) slots[slot(cgroupId) + 1];
    }

    /** Gives a number to a cgroup that has none. */
    void put(long cgroupId, int number) {
        int at = slot(cgroupId);
        slots[at] = cgroupId;
        slots[at + 1] = number;
    }

    void clear() {
        Arrays.fill(slots, 0);
    }

    private int slot(long cgroupId) {
        int at = (int) ((cgroupId * MemoryTables.GOLDEN) >>> shift) << 1;
        while (slots[at + 1] != 0 && slots[at] != cgroupId) {
            at = at + 2 & slots.length - 1;
        }
        return at;
    }
}
