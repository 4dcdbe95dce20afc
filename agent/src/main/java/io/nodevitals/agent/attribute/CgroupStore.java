// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A bounded map of cgroups that knows what to give up first. One writer, any reader.
 *
 * <p>A container can make and remove cgroups by the thousand below its own; those are given up before any cgroup that a workload
 * itself is known by.
 */
final class CgroupStore {
    /** In the order of giving up. */
    private enum Rank {
        REMOVED_EXPENDABLE,
        REMOVED,
        EXPENDABLE,
        KEPT
    }

    private final int capacity;
    private final ConcurrentHashMap<Long, CgroupEntry> entries = new ConcurrentHashMap<>();
    private final ContainerClaims claims = new ContainerClaims();
    /** Ids of each rank, the oldest first. */
    private final Map<Rank, Set<Long>> ranks = new EnumMap<>(Rank.class);

    CgroupStore(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity=" + capacity + " is less than 1");
        }
        this.capacity = capacity;
        for (Rank rank : Rank.values()) {
            ranks.put(rank, new LinkedHashSet<>());
        }
    }

    @Nullable
    CgroupEntry get(long id) {
        return entries.get(id);
    }

    /** All at about this moment; any thread. */
    List<CgroupEntry> all() {
        return List.copyOf(entries.values());
    }

    ContainerClaims claims() {
        return claims;
    }

    int size() {
        return entries.size();
    }

    void put(CgroupEntry entry) {
        CgroupEntry old = entries.get(entry.id());
        if (old == null && entries.size() >= capacity) {
            evict();
        }
        // Claimed before it can be seen and released after: a reader never meets a container id that nobody claims.
        claims.add(entry);
        entries.put(entry.id(), entry);
        if (old != null) {
            claims.remove(old);
            ids(old).remove(old.id());
        }
        ids(entry).add(entry.id());
    }

    void remove(long id) {
        CgroupEntry entry = entries.remove(id);
        if (entry != null) {
            claims.remove(entry);
            ids(entry).remove(id);
        }
    }

    void markRemoved(long id, long bootNanos) {
        CgroupEntry entry = entries.get(id);
        if (entry != null && !entry.isRemoved()) {
            put(entry.removedAt(bootNanos));
        }
    }

    /** Forgets what was removed before the given time. */
    void expire(long bootNanos) {
        expire(ids(Rank.REMOVED_EXPENDABLE), bootNanos);
        expire(ids(Rank.REMOVED), bootNanos);
    }

    private void expire(Set<Long> removed, long bootNanos) {
        Iterator<Long> oldestFirst = removed.iterator();
        while (oldestFirst.hasNext()) {
            long id = oldestFirst.next();
            CgroupEntry entry = entries.get(id);
            if (entry != null && entry.removedBootNanos() >= bootNanos) {
                return;
            }
            oldestFirst.remove();
            remove(id);
        }
    }

    private void evict() {
        for (Rank rank : Rank.values()) {
            Iterator<Long> oldestFirst = ids(rank).iterator();
            if (oldestFirst.hasNext()) {
                remove(oldestFirst.next());
                return;
            }
        }
    }

    private Set<Long> ids(CgroupEntry entry) {
        if (entry.isRemoved()) {
            return ids(entry.expendable() ? Rank.REMOVED_EXPENDABLE : Rank.REMOVED);
        }
        return ids(entry.expendable() ? Rank.EXPENDABLE : Rank.KEPT);
    }

    private Set<Long> ids(Rank rank) {
        return Objects.requireNonNull(ranks.get(rank));
    }
}
