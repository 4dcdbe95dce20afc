// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import java.util.Iterator;
import java.util.LinkedHashMap;

/**
 * Counts each OOM kill once, though one without a record is heard of twice: in the kernel's count, and by the exit of a process that
 * the kernel calls a victim. Either may come first.
 */
final class OomLedger {
    /** A victim may take long to die, and a count is read every few seconds; what is older belongs to other kills. */
    static final long MEMORY_NANOS = 60_000_000_000L;

    private static final int MAX_CGROUPS = 4096;

    private final LinkedHashMap<Long, Balance> cgroups = new LinkedHashMap<>();

    /** How many more of a cgroup's kills were counted one way than the other; positive: by the kernel. */
    private record Balance(long kills, long bootNanos) {}

    /** Whether a victim that only its exit tells of is still to be counted. */
    boolean countsExit(long cgroupId, long bootNanos) {
        long before = balance(cgroupId, bootNanos);
        put(cgroupId, before - 1, bootNanos);
        return before <= 0;
    }

    /** How many of the kernel's kills without a record are still to be counted. */
    long countsFolded(long cgroupId, long kills, long bootNanos) {
        long before = balance(cgroupId, bootNanos);
        put(cgroupId, before + kills, bootNanos);
        return Math.max(0, kills - Math.max(0, -before));
    }

    private long balance(long cgroupId, long bootNanos) {
        Balance balance = cgroups.get(cgroupId);
        return balance == null || bootNanos - balance.bootNanos > MEMORY_NANOS ? 0 : balance.kills;
    }

    private void put(long cgroupId, long kills, long bootNanos) {
        cgroups.remove(cgroupId);
        if (kills != 0) {
            cgroups.put(cgroupId, new Balance(kills, bootNanos));
        }
        if (cgroups.size() > MAX_CGROUPS) {
            Iterator<Long> oldest = cgroups.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }
}
