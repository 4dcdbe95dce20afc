// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.diagnose.OomFacts.Trigger;
import io.nodevitals.agent.diagnose.OomFacts.VictimMemory;
import io.nodevitals.agent.process.LifecycleEvent.Actor;
import io.nodevitals.agent.process.LifecycleEvent.Header;
import io.nodevitals.agent.process.LifecycleEvent.OomVictimMarked;
import io.nodevitals.agent.process.LifecycleEvent.SignalGenerated;
import io.nodevitals.agent.process.ProcessRegistry;
import io.nodevitals.agent.process.TrackedProcess;
import java.util.ArrayDeque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Says whose memory ran out.
 *
 * <p>With oom_control in the record the kernel says so. With mark_victim alone it is inferred: a cgroup's OOM kill is always triggered
 * from inside that cgroup, so trigger and victim in one container speak for its limit, in two containers of one pod for the pod's, else
 * for the node's. A node without memory may look like the first two by chance: never certain.
 */
final class OomJudge {
    /** A group's members are killed in one go by the thread that ran out of memory (mem_cgroup_scan_tasks in oom_kill_process). */
    private static final long GROUP_NANOS = 50_000_000L;

    private static final int MAX_RECENT = 64;

    private final ProcessRegistry registry;
    private final Subjects subjects;
    private final long pageSizeBytes;
    private final ArrayDeque<Mark> recent = new ArrayDeque<>();

    OomJudge(ProcessRegistry registry, Subjects subjects, long pageSizeBytes) {
        this.registry = registry;
        this.subjects = subjects;
        this.pageSizeBytes = pageSizeBytes;
    }

    private record Mark(OomVictimMarked event, Workload workload, OomFacts facts) {}

    /** A process that was marked as victim. */
    OomFacts marked(OomVictimMarked event, Subject victim) {
        Actor trigger = event.trigger();
        Mark chosen = event.fromOomControl() ? null : chosenBefore(event.header(), trigger, victim.workload());
        OomFacts facts;
        if (chosen != null) {
            facts = withVictim(event, OomScope.GROUP, chosen.facts.limitOwner(), Confidence.LIKELY);
        } else if (event.fromOomControl()) {
            boolean node = event.limitCgroupId() == 0;
            LimitOwner owner = node ? LimitOwner.NODE : owner(event.limitCgroupId(), victim.workload());
            facts = withVictim(event, node ? OomScope.NODE : OomScope.CGROUP, owner, Confidence.CERTAIN);
        } else {
            Inferred inferred = infer(victim, trigger, event.header());
            facts = withVictim(event, inferred.scope, inferred.owner, inferred.confidence);
        }
        recent.addLast(new Mark(event, victim.workload(), facts));
        if (recent.size() > MAX_RECENT) {
            recent.removeFirst();
        }
        return facts;
    }

    /**
     * A process that the kernel killed without a mark of its own.
     *
     * @param kill the kernel's SIGKILL
     * @param isVictim the exit record says that the OOM killer marked it, so only the mark's record is missing
     * @return null when nothing connects it with an OOM kill
     */
    @Nullable
    OomFacts unmarked(@Nullable SignalGenerated kill, Subject victim, boolean isVictim) {
        Actor trigger = kill == null ? null : kill.sender();
        Mark chosen = kill == null || trigger == null ? null : chosenBefore(kill.header(), trigger, victim.workload());
        if (chosen != null) {
            return new OomFacts(
                    OomScope.GROUP,
                    chosen.facts.limitOwner(),
                    Confidence.LIKELY,
                    chosen.facts.limitBytes(),
                    chosen.facts.usageBytes(),
                    null,
                    chosen.facts.trigger(),
                    null);
        }
        if (!isVictim) {
            return null;
        }
        if (kill == null || trigger == null) {
            boolean contained = isContained(victim.workload());
            return new OomFacts(
                    contained ? OomScope.CGROUP : OomScope.NODE,
                    contained ? LimitOwner.CONTAINER : LimitOwner.NODE,
                    Confidence.GUESS,
                    null,
                    null,
                    null,
                    null,
                    null);
        }
        Inferred inferred = infer(victim, trigger, kill.header());
        return new OomFacts(
                inferred.scope, inferred.owner, inferred.confidence, null, null, null, trigger(trigger), null);
    }

    // Killed by the same thread, in the same workload, before the chosen one was gone: a second choice would have
    // waited for that.
    private @Nullable Mark chosenBefore(Header header, Actor trigger, Workload workload) {
        Iterator<Mark> newest = recent.descendingIterator();
        while (newest.hasNext()) {
            Mark mark = newest.next();
            Header marked = mark.event.header();
            if (header.bootNanos() - marked.bootNanos() > GROUP_NANOS) {
                return null;
            }
            boolean sameThread = mark.event.trigger().process().equals(trigger.process())
                    && mark.event.trigger().tid() == trigger.tid();
            if (sameThread
                    && mark.workload.equals(workload)
                    && !marked.process().equals(header.process())
                    && !goneBefore(marked, header)) {
                return mark;
            }
        }
        return null;
    }

    private boolean goneBefore(Header marked, Header later) {
        TrackedProcess chosen = registry.find(marked.process());
        return chosen != null && chosen.exitSeen() && chosen.endBootNanos() < later.bootNanos();
    }

    private record Inferred(OomScope scope, @Nullable LimitOwner owner, Confidence confidence) {}

    private Inferred infer(Subject victim, Actor trigger, Header header) {
        Workload own = victim.workload();
        Workload other = subjects.workload(trigger.cgroupId());
        boolean sameCgroup = trigger.cgroupId() != 0 && trigger.cgroupId() == victim.cgroupId();
        if (isContained(own)) {
            if (sameCgroup || own.equals(other)) {
                return new Inferred(OomScope.CGROUP, LimitOwner.CONTAINER, Confidence.LIKELY);
            }
            String pod = own.podUid();
            if (pod != null && pod.equals(other.podUid())) {
                return new Inferred(OomScope.CGROUP, LimitOwner.POD, Confidence.LIKELY);
            }
        } else if (sameCgroup && header.cgroup().leafLevel() > 0) {
            return new Inferred(OomScope.CGROUP, null, Confidence.GUESS);
        }
        return new Inferred(OomScope.NODE, LimitOwner.NODE, Confidence.LIKELY);
    }

    // The limit of an ancestor above the pod is what the node gives to all pods, or to a class of them.
    private @Nullable LimitOwner owner(long limitCgroupId, Workload victim) {
        return switch (subjects.workload(limitCgroupId).kind()) {
            case CONTAINER -> LimitOwner.CONTAINER;
            case POD -> LimitOwner.POD;
            case HOST -> isContained(victim) ? LimitOwner.NODE : null;
            case UNKNOWN -> null;
        };
    }

    private static boolean isContained(Workload workload) {
        return workload.kind() == Workload.Kind.CONTAINER || workload.kind() == Workload.Kind.POD;
    }

    private OomFacts withVictim(
            OomVictimMarked event, OomScope scope, @Nullable LimitOwner owner, Confidence confidence) {
        VictimMemory memory = event.memoryKnown()
                ? new VictimMemory(
                        event.anonPages() * pageSizeBytes,
                        event.filePages() * pageSizeBytes,
                        event.shmemPages() * pageSizeBytes,
                        event.swapPages() * pageSizeBytes,
                        event.pageTableBytes())
                : null;
        boolean limitKnown = event.fromOomControl() && event.limitPages() > 0;
        boolean usageKnown = event.fromOomControl() && event.usagePages() > 0;
        return new OomFacts(
                scope,
                owner,
                confidence,
                limitKnown ? event.limitPages() * pageSizeBytes : null,
                usageKnown ? event.usagePages() * pageSizeBytes : null,
                memory,
                trigger(event.trigger()),
                event.scoreAdj());
    }

    private @Nullable Trigger trigger(Actor actor) {
        return actor.process().tgid() == 0
                ? null
                : new Trigger(actor.process().tgid(), subjects.name(actor), subjects.workload(actor.cgroupId()));
    }
}
