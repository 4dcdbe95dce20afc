// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

import java.util.ArrayList;
import java.util.List;

/** The entries of one process, or those of one cgroup for processes that found no room. */
final class FoldGroup {
    /** Who: with level, the same for every entry of the group. */
    record Owner(int tgid, long startBootNanos, long cgroupId) {
        static Owner process(int tgid, long startBootNanos) {
            return new Owner(tgid, startBootNanos, 0);
        }

        static Owner cgroup(long cgroupId) {
            return new Owner(0, 0, cgroupId);
        }
    }

    final Owner owner;
    final List<FoldEntry> entries = new ArrayList<>();

    /** Number of the look in which an entry last changed. */
    long changedLook;

    // Of a process: its newest address space, where that last was seen to be, and how large.
    int generation = -1;
    private long lastBootNanos;
    long cgroupId;
    long totalVmPages;
    /** Records below this position of the ring may be older than what was read of the folds. */
    long settledFrom;

    FoldGroup(Owner owner) {
        this.owner = owner;
    }

    /** An entry of the process has changed; whether its address space may have, too. */
    boolean follow(FoldEntry entry) {
        // By time, for one that has moved to another cgroup has entries of one generation in both.
        if (entry.isFailure() || entry.lastBootNanos() < lastBootNanos) {
            return false;
        }
        lastBootNanos = entry.lastBootNanos();
        generation = entry.generation;
        cgroupId = entry.key.cgroupId();
        totalVmPages = entry.totalVmPages();
        return true;
    }
}
