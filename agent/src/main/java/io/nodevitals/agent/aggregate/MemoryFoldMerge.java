// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

import io.nodevitals.bpf.event.MemoryFold;
import io.nodevitals.bpf.event.MemoryFoldKey;
import io.nodevitals.bpf.event.MemoryFoldLevel;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Brings what the kernel folded, because the memory ring had no room, into the totals: the same series, size classes and failures as
 * records would have added.
 *
 * <p>The kernel's sums only grow, so each look adds what came since the last one; what is remembered is no more than the kernel's maps
 * hold. The collector's thread: once per snapshot, {@link #begin} before the tables are handed over, {@link #merge} afterwards.
 *
 * <p>Records and folds have no order. So a process's address space is not taken from a fold but, for every process whose folds
 * changed, from /proc at that moment; and again until the ring has been read beyond everything that was in it at that moment: no
 * record that is merged later is older than the fold then. A process that changes its cgroup meanwhile counts where it was folded
 * until its next call.
 *
 * <p>Entries are removed from the kernel's maps once nobody can add to them: their process, or their whole cgroup, is gone.
 */
public final class MemoryFoldMerge {
    /** How many processes are looked for in /proc per snapshot, to find the gone. */
    static final int MOST_CHECKS = 128;

    private final MemoryFoldSource source;
    private final AddressSpaces spaces;
    private final LongPredicate isCgroupGone;
    private final MemoryTotals totals;

    private final Map<MemoryFoldSource.EntryKey, FoldEntry> entries = new HashMap<>();
    // Those that were not looked for in /proc for the longest time come first.
    private final Map<FoldGroup.Owner, FoldGroup> processes = new LinkedHashMap<>();
    private final Map<FoldGroup.Owner, FoldGroup> cgroups = new HashMap<>();
    private final Set<FoldGroup> moved = new LinkedHashSet<>();
    private final Set<FoldGroup> unsettled = new LinkedHashSet<>();

    private long look;
    private long takenCalls;
    private long consumedPosition;

    /**
     * A merge that has seen nothing yet.
     *
     * @param spaces asked about processes whose folds changed
     * @param isCgroupGone of a cgroup id: its directory was removed
     * @param totals that the same thread merges the tables into
     */
    public MemoryFoldMerge(
            MemoryFoldSource source, AddressSpaces spaces, LongPredicate isCgroupGone, MemoryTotals totals) {
        this.source = source;
        this.spaces = spaces;
        this.isCgroupGone = isCgroupGone;
        this.totals = totals;
    }

    /** Before the tables are asked for: what has been taken from the ring by now will be in them. */
    public void begin() {
        consumedPosition = source.consumedPosition();
    }

    /** After the tables, and the ends of processes, have been merged. */
    public void merge() {
        look++;
        // Read first: whatever it counts was added to an entry before.
        long folded = source.foldedCalls();
        if (folded != takenCalls) {
            source.forEach(this::take);
            takenCalls = folded;
            long produced = source.producedPosition();
            moved.forEach(process -> process.settledFrom = produced);
            unsettled.addAll(moved);
            moved.clear();
        }
        settle();
        removeProcesses();
        removeCgroups();
    }

    /** Entries remembered: no more than the kernel's maps hold. */
    public int entries() {
        return entries.size();
    }

    private void take(MemoryFoldLevel level, MemoryFoldKey fields, MemoryFold fold) {
        MemoryFoldSource.EntryKey key = new MemoryFoldSource.EntryKey(
                level, fields.startBootNanos(), fields.cgroupId(), fields.tgid(), fields.what());
        FoldEntry entry = entries.get(key);
        if (entry == null) {
            if (level == MemoryFoldLevel.NODE && FoldEntry.isNothing(fold)) {
                return;
            }
            FoldGroup group = group(key);
            entry = new FoldEntry(key, fields, group);
            entries.put(key, entry);
            if (group != null) {
                group.entries.add(entry);
            }
        }
        FoldGroup group = entry.group;
        if (entry.take(fold, totals) && group != null) {
            group.changedLook = look;
            if (level == MemoryFoldLevel.PROCESS && group.follow(entry)) {
                moved.add(group);
            }
        }
    }

    private @Nullable FoldGroup group(MemoryFoldSource.EntryKey key) {
        return switch (key.level()) {
            case PROCESS ->
                processes.computeIfAbsent(FoldGroup.Owner.process(key.tgid(), key.startBootNanos()), FoldGroup::new);
            case CGROUP -> cgroups.computeIfAbsent(FoldGroup.Owner.cgroup(key.cgroupId()), FoldGroup::new);
            case NODE -> null;
        };
    }

    private void settle() {
        for (Iterator<FoldGroup> waiting = unsettled.iterator(); waiting.hasNext(); ) {
            FoldGroup process = waiting.next();
            int tgid = process.owner.tgid();
            long start = process.owner.startBootNanos();
            long pages = spaces.totalVmPages(tgid, start);
            if (pages == AddressSpaces.GONE) {
                totals.processEnded(tgid, start);
            } else {
                totals.addressSpace(
                        tgid,
                        start,
                        process.cgroupId,
                        process.generation,
                        pages == AddressSpaces.UNKNOWN ? process.totalVmPages : pages);
            }
            if (consumedPosition - process.settledFrom >= 0) {
                waiting.remove();
            }
        }
    }

    private void removeProcesses() {
        int checks = Math.min(MOST_CHECKS, processes.size());
        for (int i = 0; i < checks; i++) {
            Iterator<FoldGroup> oldest = processes.values().iterator();
            FoldGroup process = oldest.next();
            oldest.remove();
            if (!isGone(process) || !removeEntries(process)) {
                processes.put(process.owner, process);
            }
        }
    }

    private boolean isGone(FoldGroup process) {
        int tgid = process.owner.tgid();
        long start = process.owner.startBootNanos();
        if (process.changedLook == look || spaces.totalVmPages(tgid, start) != AddressSpaces.GONE) {
            return false;
        }
        // Should its exit have been lost, this ends it.
        totals.processEnded(tgid, start);
        return true;
    }

    private void removeCgroups() {
        cgroups.values()
                .removeIf(cgroup -> cgroup.changedLook != look
                        && isCgroupGone.test(cgroup.owner.cgroupId())
                        && removeEntries(cgroup));
    }

    /** Removes the entries that really are at rest; true when they all were. */
    private boolean removeEntries(FoldGroup group) {
        group.entries.removeIf(entry -> {
            MemoryFold last = source.find(entry.key);
            if (last != null) {
                if (entry.take(last, totals)) {
                    group.changedLook = look;
                    return false;
                }
                source.remove(entry.key);
            }
            entries.remove(entry.key);
            return true;
        });
        return group.entries.isEmpty();
    }
}
