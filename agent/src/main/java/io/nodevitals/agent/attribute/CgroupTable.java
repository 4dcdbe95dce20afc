// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

import io.nodevitals.agent.attribute.CgroupPathParser.Match;
import io.nodevitals.agent.process.CgroupRef;
import io.nodevitals.agent.process.LifecycleEvent;
import io.nodevitals.agent.process.LifecycleEvent.CgroupChanged;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * From cgroup ids to workloads, in one hierarchy: what was there at the start, what records tell, and for ten minutes what is gone.
 *
 * <p>The ancestors in a record are the kernel's own nodes and so the truth; a path that disagrees with them is not used. Wrong is
 * worse than unknown: what does not connect to the hierarchy's root or to a known cgroup stays unknown. One thread writes (walk,
 * observe, remove, expire), any thread reads. Names are raw, see {@link LifecycleEvent}.
 */
public final class CgroupTable {
    /** How long a removed cgroup stays known: records of its last moments may still be on their way. */
    public static final long KEEP_REMOVED_NANOS = 600_000_000_000L;

    /** Cgroups that are enough for a large node with room to spare; about 20 MB when full. */
    public static final int DEFAULT_CAPACITY = 65_536;

    /** Longest path and name that a record holds whole; one of this length may be cut. */
    static final int LONGEST_PATH = 511;

    static final int LONGEST_NAME = 95;

    private final CgroupPathParser parser;
    private final CgroupHierarchy hierarchy;
    private final CgroupStore store;
    private final LongAdder unknown = new LongAdder();

    /**
     * An empty table.
     *
     * @param hierarchy records of another one are not looked at
     * @param capacity most cgroups to hold: removed ones go first, then those that are no workload's own, then the oldest
     */
    public CgroupTable(CgroupPathParser parser, CgroupHierarchy hierarchy, int capacity) {
        this.parser = parser;
        this.hierarchy = hierarchy;
        this.store = new CgroupStore(capacity);
    }

    /** Whose cgroup this is; {@link Workload#UNKNOWN} is counted. Any thread. */
    public Workload workload(long cgroupId) {
        if (cgroupId == CgroupHierarchy.ROOT_ID) {
            return Workload.HOST;
        }
        CgroupEntry entry = store.get(cgroupId);
        Workload workload = entry == null || store.claims().outranked(entry) ? Workload.UNKNOWN : entry.workload();
        if (workload.kind() == Workload.Kind.UNKNOWN) {
            unknown.increment();
        }
        return workload;
    }

    /** Path from the hierarchy's root, raw; null when the cgroup or the whole of its path is not known. Any thread. */
    public @Nullable String path(long cgroupId) {
        if (cgroupId == CgroupHierarchy.ROOT_ID) {
            return "/";
        }
        CgroupEntry entry = store.get(cgroupId);
        return entry == null || !entry.whole() ? null : entry.path();
    }

    /** Whether the cgroup's directory was seen to go; false for one that is not known. Any thread. */
    public boolean isRemoved(long cgroupId) {
        CgroupEntry entry = store.get(cgroupId);
        return entry != null && entry.isRemoved();
    }

    /** Lookups that were answered "unknown", ever. Any thread. */
    public long unknown() {
        return unknown.sum();
    }

    /** Cgroups known, removed ones included. Any thread. */
    public int size() {
        return store.size();
    }

    /**
     * Learns every cgroup that the mount point shows and that is not known yet. Does nothing where the mount point's own place in the
     * hierarchy is not known.
     *
     * @return directories found
     * @throws IOException when the mount point itself cannot be read; a directory that vanishes meanwhile is none
     */
    public int walk() throws IOException {
        String prefix = hierarchy.prefix();
        if (prefix == null) {
            return 0;
        }
        return new CgroupWalk(hierarchy.mountPoint(), prefix).run((id, path) -> {
            if (store.get(id) == null) {
                put(id, path);
            }
        });
    }

    /**
     * Finds out what became of the tree while no records told. Any thread: it changes nothing, {@link #learn} does.
     *
     * @throws IOException when the mount point itself cannot be read
     */
    public CgroupReview review() throws IOException {
        return CgroupReview.of(hierarchy, store.all());
    }

    /**
     * Takes in what a review found.
     *
     * @param bootNanos when those that are gone count as removed
     */
    public void learn(CgroupReview review, long bootNanos) {
        review.removed().forEach(id -> store.markRemoved(id, bootNanos));
        review.present().forEach((id, path) -> {
            CgroupEntry known = store.get(id);
            // What a record has removed since the walk stays removed.
            if (known == null || !known.isRemoved()) {
                put(id, path);
            }
        });
    }

    /** Learns what one record tells of cgroups, and forgets what has been gone for long at its time. */
    public void accept(LifecycleEvent event) {
        CgroupRef cgroup = event.header().cgroup();
        long bootNanos = event.header().bootNanos();
        if (event instanceof CgroupChanged changed) {
            switch (changed.operation()) {
                case MKDIR -> {
                    // The kernel has just given the id out: whatever had it before is no more.
                    if (cgroup.hierarchyId() == hierarchy.id()) {
                        store.remove(cgroup.id());
                    }
                    observePath(cgroup, changed.path());
                }
                case ATTACH_TASK -> observePath(cgroup, changed.path());
                case RMDIR -> {
                    observePath(cgroup, changed.path());
                    removed(cgroup, bootNanos);
                }
            }
        } else {
            observe(cgroup);
        }
        expire(bootNanos);
    }

    /** Learns a record's cgroup and its ancestors from the chain that the kernel read. */
    public void observe(CgroupRef cgroup) {
        observe(cgroup, null);
    }

    /**
     * The same with the path that a cgroup record names: for what the chain cannot tell because it is too deep, or does not begin at
     * a cgroup that is known.
     */
    public void observePath(CgroupRef cgroup, String path) {
        boolean whole = path.length() < LONGEST_PATH && CgroupPathParser.split(path) != null;
        observe(cgroup, whole ? path : null);
    }

    /** Notes that a cgroup's directory is gone; it stays known for {@link #KEEP_REMOVED_NANOS}. */
    public void removed(CgroupRef cgroup, long bootNanos) {
        if (cgroup.hierarchyId() == hierarchy.id()) {
            store.markRemoved(cgroup.id(), bootNanos);
        }
    }

    /** Forgets what was removed long before the given time. */
    public void expire(long bootNanos) {
        store.expire(bootNanos - KEEP_REMOVED_NANOS);
    }

    private void observe(CgroupRef cgroup, @Nullable String path) {
        if (cgroup.hierarchyId() != hierarchy.id() || cgroup.id() == 0) {
            return;
        }
        Chain chain = chain(cgroup);
        if (chain != null) {
            for (int i = 0; i < chain.paths.size(); i++) {
                put(cgroup.levels().get(chain.first + i).id(), chain.paths.get(i));
            }
            if (!chain.complete) {
                putDeeper(cgroup.id(), chain.paths.get(chain.paths.size() - 1), path);
            }
        } else if (path != null) {
            put(cgroup.id(), path);
        }
    }

    /**
     * What a record's levels amount to.
     *
     * @param first index of the level that {@code paths} begins with
     * @param complete whether the last path is that of the cgroup itself
     */
    private record Chain(int first, List<String> paths, boolean complete) {}

    private @Nullable Chain chain(CgroupRef cgroup) {
        List<CgroupRef.Level> levels = cgroup.levels();
        int named = cgroup.leafLevel() - cgroup.firstLevel() + 1;
        boolean whole = named == levels.size();
        boolean sound = !levels.isEmpty()
                && named >= levels.size()
                && (!whole || levels.get(levels.size() - 1).id() == cgroup.id());
        String path = sound ? pathAbove(cgroup) : null;
        if (path == null) {
            return null;
        }
        List<String> paths = new ArrayList<>(levels.size());
        int first = cgroup.firstLevel() == 0 ? 1 : 0;
        for (CgroupRef.Level level : levels.subList(Math.min(first, levels.size()), levels.size())) {
            if (level.id() == 0 || level.name().isEmpty() || level.name().length() >= LONGEST_NAME) {
                whole = false;
                break;
            }
            path = path + "/" + level.name();
            paths.add(path);
        }
        return paths.isEmpty() ? null : new Chain(first, paths, whole);
    }

    /** Path of the parent of the first level: the root's for level 1, else that of a cgroup known by the first level's id. */
    private @Nullable String pathAbove(CgroupRef cgroup) {
        if (cgroup.firstLevel() <= 1) {
            return "";
        }
        CgroupRef.Level first = cgroup.levels().get(0);
        CgroupEntry known = store.get(first.id());
        String path = known == null || known.isRemoved() || !known.whole() ? null : known.path();
        List<String> parts = path == null ? null : CgroupPathParser.split(path);
        if (path == null
                || parts == null
                || parts.size() != cgroup.firstLevel()
                || !parts.get(parts.size() - 1).equals(first.name())) {
            return null;
        }
        return path.substring(0, path.lastIndexOf('/'));
    }

    private void put(long id, String path) {
        CgroupEntry known = store.get(id);
        if (known != null && known.whole() && path.equals(known.path())) {
            return;
        }
        Match match = parser.match(path);
        boolean own = match.workload().kind() == Workload.Kind.CONTAINER
                || match.workload().kind() == Workload.Kind.POD;
        List<String> parts = CgroupPathParser.split(path);
        boolean deeper = parts == null || parts.size() > match.depth();
        store.put(new CgroupEntry(id, path, true, match.workload(), !own || deeper, 0));
    }

    /** A cgroup of which the chain names only some ancestors. */
    private void putDeeper(long id, String above, @Nullable String path) {
        if (path != null && path.startsWith(above + "/")) {
            put(id, path);
            return;
        }
        CgroupEntry known = store.get(id);
        boolean fits = known != null
                && (known.whole()
                        ? known.path().startsWith(above + "/")
                        : known.path().equals(above));
        if (!fits) {
            store.put(new CgroupEntry(id, above, false, deeper(above), true, 0));
        }
    }

    /** Whose a cgroup is of which only an ancestor is known: that ancestor's, unless something further down could decide. */
    private Workload deeper(String above) {
        Match match = parser.match(above);
        List<String> parts = CgroupPathParser.split(above);
        boolean settled = parts != null
                && switch (match.workload().kind()) {
                    case CONTAINER -> true;
                    case POD -> parts.size() > match.depth();
                    case HOST -> StandaloneNames.isClosed(parts);
                    case UNKNOWN -> false;
                };
        return settled ? match.workload() : Workload.UNKNOWN;
    }
}
