// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.diagnose.OomFacts.Trigger;
import io.nodevitals.agent.diagnose.OomFacts.VictimMemory;
import org.jspecify.annotations.Nullable;

/** The sentence of an OOM kill. */
final class OomSentence {
    private OomSentence() {}

    static String of(Subject subject, OomFacts facts) {
        StringBuilder text = new StringBuilder(Sentences.who(subject)).append(" was killed by the kernel's OOM killer");
        if (facts.scope() == OomScope.GROUP) {
            text.append(" together with another process");
        }
        text.append(": ").append(reason(facts));
        VictimMemory victim = facts.victim();
        if (victim != null) {
            text.append("; it held ")
                    .append(Sentences.bytes(victim.anonBytes()))
                    .append(" anonymous memory");
            if (victim.shmemBytes() > victim.anonBytes()) {
                text.append(" and ")
                        .append(Sentences.bytes(victim.shmemBytes()))
                        .append(" shared memory");
            }
        }
        text.append('.');
        Trigger trigger = facts.trigger();
        if (trigger != null && trigger.pid() != subject.pid()) {
            text.append(" The memory was asked for by ")
                    .append(Sentences.named(trigger.executableName(), trigger.pid()))
                    .append('.');
        }
        return text.append(' ')
                .append(remedy(facts.limitOwner(), facts.scope()))
                .toString();
    }

    private static String reason(OomFacts facts) {
        LimitOwner owner = facts.limitOwner();
        Long limit = facts.limitBytes();
        String whose;
        if (owner == null) {
            whose = facts.scope() == OomScope.NODE ? "the node" : "its cgroup's memory limit";
        } else {
            whose = switch (owner) {
                case CONTAINER -> "the container's memory limit";
                case POD -> "the pod's memory limit";
                case NODE -> facts.scope() == OomScope.NODE ? "the node" : "the node's memory limit for pods";
            };
        }
        String happened = whose.equals("the node")
                ? "the node ran out of memory"
                : whose + (limit == null ? "" : " of " + Sentences.bytes(limit)) + " was reached";
        return facts.confidence() == Confidence.CERTAIN
                ? happened
                : happened + (facts.confidence() == Confidence.LIKELY ? " (likely)" : " (a guess)");
    }

    private static String remedy(@Nullable LimitOwner owner, OomScope scope) {
        if (owner == LimitOwner.NODE) {
            return scope == OomScope.CGROUP
                    ? "Look for the pods that grew, or give pods more of the node."
                    : "Look for the workload that grew; memory requests and limits keep workloads apart.";
        }
        return "Raise the limit or look for the growth before it.";
    }
}
