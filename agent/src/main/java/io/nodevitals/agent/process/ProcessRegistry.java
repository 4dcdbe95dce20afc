// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.process;

import io.nodevitals.agent.process.LifecycleEvent.CgroupChanged;
import io.nodevitals.agent.process.LifecycleEvent.ExecFailed;
import io.nodevitals.agent.process.LifecycleEvent.Header;
import io.nodevitals.agent.process.LifecycleEvent.OomVictimMarked;
import io.nodevitals.agent.process.LifecycleEvent.ProcessExecuted;
import io.nodevitals.agent.process.LifecycleEvent.ProcessExited;
import io.nodevitals.agent.process.LifecycleEvent.ProcessForked;
import io.nodevitals.agent.process.LifecycleEvent.SignalDelivered;
import io.nodevitals.agent.process.LifecycleEvent.SignalGenerated;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who is who on the node: fed by a scan of /proc and by lifecycle records, in the order of the ring. One thread owns it.
 *
 * <p>A process is its tgid and start time, so a reused pid is another process. Records may be missing: a generation
 * ({@code task->self_exec_id}) that moved without an exec record makes the known program stale, and the process is then called by its
 * comm. Dead processes stay for {@link #TOMBSTONE_NANOS}, so that a late record still finds its process. When full, the dead go first,
 * oldest first, then the live that no record has named for the longest time.
 */
public final class ProcessRegistry {
    /** How long the dead are kept. */
    public static final long TOMBSTONE_NANOS = 60_000_000_000L;

    private static final int MAX_SHARED_CGROUPS = 4096;

    private final int capacity;
    private final long clockTickNanos;
    private final LinkedHashMap<Integer, TrackedProcess> live = new LinkedHashMap<>(1024, 0.75f, true);
    private final LinkedHashMap<ProcessId, TrackedProcess> dead = new LinkedHashMap<>();
    private final LinkedHashMap<Long, CgroupRef> cgroups = new LinkedHashMap<>(64, 0.75f, true);
    private final Map<Long, Set<TrackedProcess>> byMountNamespace = new HashMap<>();

    /**
     * An empty registry.
     *
     * @param capacity most processes held, dead ones included
     * @param clockTickNanos see {@link ProcScan#clockTickNanos()}
     */
    public ProcessRegistry(int capacity, long clockTickNanos) {
        this.capacity = capacity;
        this.clockTickNanos = clockTickNanos;
    }

    /** Adds what a scan found; what records already told of the same process stays. */
    public void addScanned(List<ScannedProcess> scanned) {
        Map<Integer, Long> starts = new HashMap<>();
        scanned.forEach(
                process -> starts.put(process.stat().tgid(), process.stat().startTicks()));
        for (ScannedProcess process : scanned) {
            ProcStat stat = process.stat();
            TrackedProcess known = live.get(stat.tgid());
            if (known != null && known.id.startBootNanos() / clockTickNanos >= stat.startTicks()) {
                continue;
            }
            if (known != null) {
                bury(known, known.id.startBootNanos());
            }
            ProcessId parent =
                    new ProcessId(stat.parentTgid(), starts.getOrDefault(stat.parentTgid(), 0L) * clockTickNanos);
            TrackedProcess added =
                    new TrackedProcess(new ProcessId(stat.tgid(), stat.startTicks() * clockTickNanos), parent);
            added.startTicks = stat.startTicks();
            added.comm = stat.comm();
            added.executablePath = process.executablePath();
            added.commandLine = process.commandLine();
            add(added);
            moveTo(added, process.mountNamespace());
        }
    }

    /** After records were missed: buries who must be gone, then adds who is new. */
    public void reconcile(Census census) {
        live.values().stream()
                .filter(process -> !census.mayLive(process.id.tgid(), process.id.startBootNanos()))
                .toList()
                .forEach(process -> bury(process, census.begunBootNanos()));
        // Whoever has ended since the walk is not to rise again.
        Set<ProcessId> ended = new HashSet<>();
        dead.keySet().forEach(id -> ended.add(roundedToTick(id)));
        addScanned(census.processes().stream()
                .filter(process -> !ended.contains(
                        new ProcessId(process.stat().tgid(), process.stat().startTicks() * clockTickNanos)))
                .toList());
    }

    /**
     * Takes in a record.
     *
     * @return the process that the record is about; for a made or removed cgroup whoever did that
     */
    public TrackedProcess apply(LifecycleEvent event) {
        Header header = event.header();
        TrackedProcess process = resolve(header);
        if (event instanceof ProcessForked forked) {
            takeHeader(process, header, forked.comm(), true);
            inherit(process);
        } else if (event instanceof ProcessExecuted executed) {
            takeHeader(process, header, executed.comm(), true);
            process.comm = executed.comm();
            process.executablePath = executed.filename().isEmpty() ? null : executed.filename();
            process.commandLine = executed.commandLine();
            process.execBootNanos = header.bootNanos();
            process.execCount++;
            moveTo(process, executed.mountNamespace());
        } else if (event instanceof ProcessExited exited) {
            takeHeader(process, header, exited.comm(), true);
            process.exitSeen = true;
            bury(process, header.bootNanos());
        } else if (event instanceof ExecFailed failed) {
            takeHeader(process, header, failed.comm(), true);
            moveTo(process, failed.mountNamespace());
        } else if (event instanceof SignalGenerated signal) {
            takeHeader(process, header, signal.comm(), true);
        } else if (event instanceof SignalDelivered signal) {
            takeHeader(process, header, signal.comm(), true);
        } else if (event instanceof OomVictimMarked oom) {
            takeHeader(process, header, oom.comm(), true);
        } else if (event instanceof CgroupChanged change) {
            boolean moved = change.operation() == CgroupChanged.Operation.ATTACH_TASK
                    && header.tid() == header.process().tgid();
            takeHeader(process, header, "", moved);
        }
        return process;
    }

    /** The process, live or dead within the last minute; null when it is not known. A start time of 0 finds only the living. */
    public @Nullable TrackedProcess find(ProcessId id) {
        TrackedProcess process = live.get(id.tgid());
        if (process != null && isSame(process, id)) {
            return process;
        }
        TrackedProcess buried = dead.get(id);
        return buried != null ? buried : dead.get(roundedToTick(id));
    }

    /**
     * Living processes that were last seen in a mount namespace, at most {@code limit}.
     *
     * <p>They may have left it or died since: whoever looks through one must check that.
     */
    public List<TrackedProcess> liveInMountNamespace(long mountNamespace, int limit) {
        List<TrackedProcess> found = new ArrayList<>();
        Iterator<TrackedProcess> candidates =
                byMountNamespace.getOrDefault(mountNamespace, Set.of()).iterator();
        while (candidates.hasNext() && found.size() < limit) {
            found.add(candidates.next());
        }
        return found;
    }

    /** Forgets who has been dead for longer than {@link #TOMBSTONE_NANOS}. */
    public void expire(long bootNanos) {
        Iterator<TrackedProcess> oldest = dead.values().iterator();
        while (oldest.hasNext() && oldest.next().endBootNanos + TOMBSTONE_NANOS < bootNanos) {
            oldest.remove();
        }
    }

    /** Processes held, dead ones included. */
    public int size() {
        return live.size() + dead.size();
    }

    private TrackedProcess resolve(Header header) {
        ProcessId id = header.process();
        TrackedProcess known = find(id);
        if (known != null) {
            if (known.startTicks >= 0 && id.startBootNanos() != 0) {
                known.id = id;
                known.startTicks = -1;
            }
            return known;
        }
        TrackedProcess added = new TrackedProcess(id, header.parent());
        TrackedProcess holder = live.get(id.tgid());
        if (holder != null && id.startBootNanos() != 0 && id.startBootNanos() < holder.id.startBootNanos()) {
            // A late word of an earlier holder of the pid: never let it replace the living.
            added.endBootNanos = header.bootNanos();
            dead.put(id, added);
            trim();
            return added;
        }
        if (holder != null) {
            bury(holder, header.bootNanos());
        }
        add(added);
        return added;
    }

    private boolean isSame(TrackedProcess process, ProcessId id) {
        long known = process.id.startBootNanos();
        if (id.startBootNanos() == 0 || known == 0) {
            return true;
        }
        return process.startTicks >= 0
                ? id.startBootNanos() / clockTickNanos == process.startTicks
                : id.startBootNanos() == known;
    }

    private ProcessId roundedToTick(ProcessId id) {
        return new ProcessId(id.tgid(), id.startBootNanos() / clockTickNanos * clockTickNanos);
    }

    private void takeHeader(TrackedProcess process, Header header, String comm, boolean cgroupIsItsOwn) {
        if (header.parent().tgid() != 0) {
            process.parent = header.parent();
        }
        if (cgroupIsItsOwn) {
            takeCgroup(process, header.cgroup());
        }
        long generation = Integer.toUnsignedLong(header.generation());
        if (process.generation != TrackedProcess.UNKNOWN_GENERATION && process.generation != generation) {
            // Somebody exec'd in between; if this is that exec's own record, it fills these in again.
            process.executablePath = null;
            process.commandLine = null;
            process.execBootNanos = 0;
            process.comm = "";
        }
        process.generation = generation;
        if (!comm.isEmpty()
                && (process.comm.isEmpty() || header.tid() == header.process().tgid())) {
            process.comm = comm;
        }
    }

    private void takeCgroup(TrackedProcess process, CgroupRef cgroup) {
        CgroupRef known = process.cgroup;
        boolean knownIsRicher = known != null
                && known.id() == cgroup.id()
                && known.hierarchyId() == cgroup.hierarchyId()
                && cgroup.levels().isEmpty();
        if (cgroup.id() != 0 && !knownIsRicher) {
            process.cgroup = shared(cgroup);
        }
    }

    // Every record brings its own copy of the same names.
    private CgroupRef shared(CgroupRef cgroup) {
        CgroupRef known = cgroups.get(cgroup.id());
        if (known != null && known.equals(cgroup)) {
            return known;
        }
        cgroups.put(cgroup.id(), cgroup);
        if (cgroups.size() > MAX_SHARED_CGROUPS) {
            Iterator<Long> oldest = cgroups.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
        return cgroup;
    }

    // A fork runs its parent's program in its parent's namespace, provided that the parent has not exec'd unseen.
    private void inherit(TrackedProcess child) {
        TrackedProcess parent = find(child.parent);
        if (parent == null) {
            return;
        }
        if (parent.generation == TrackedProcess.UNKNOWN_GENERATION || parent.generation == child.generation) {
            child.executablePath = parent.executablePath;
            child.commandLine = parent.commandLine;
        }
        moveTo(child, parent.mountNamespace);
    }

    private void add(TrackedProcess process) {
        live.put(process.id.tgid(), process);
        trim();
    }

    private void trim() {
        while (size() > capacity) {
            Iterator<TrackedProcess> oldest =
                    (dead.isEmpty() ? live : dead).values().iterator();
            TrackedProcess evicted = oldest.next();
            oldest.remove();
            leaveNamespace(evicted);
        }
    }

    private void bury(TrackedProcess process, long bootNanos) {
        if (process.ended()) {
            return;
        }
        process.endBootNanos = Math.max(1, bootNanos);
        live.remove(process.id.tgid(), process);
        leaveNamespace(process);
        dead.put(process.id, process);
    }

    private void moveTo(TrackedProcess process, long mountNamespace) {
        if (mountNamespace == 0 || process.ended()) {
            return;
        }
        leaveNamespace(process);
        process.mountNamespace = mountNamespace;
        byMountNamespace
                .computeIfAbsent(mountNamespace, unused -> new LinkedHashSet<>())
                .add(process);
    }

    private void leaveNamespace(TrackedProcess process) {
        Set<TrackedProcess> members = byMountNamespace.get(process.mountNamespace);
        if (members != null && members.remove(process) && members.isEmpty()) {
            byMountNamespace.remove(process.mountNamespace);
        }
    }
}
