// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.attribute.Workload;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an OOM kill. Sizes in bytes, null when unknown.
 *
 * @param scope whose memory ran out
 * @param limitOwner whose limit it was; null when it is a cgroup of neither container, pod nor node
 * @param confidence certain when scope and owner are the kernel's own, else inferred from whose cgroups met
 * @param limitBytes the limit that was hit
 * @param usageBytes of the cgroup whose limit was hit
 * @param victim its sizes, null when they could not be read
 * @param trigger who asked for memory when it ran out; null when no record told
 * @param scoreAdj the victim's oom_score_adj, null when unknown
 */
public record OomFacts(
        OomScope scope,
        @Nullable LimitOwner limitOwner,
        Confidence confidence,
        @Nullable Long limitBytes,
        @Nullable Long usageBytes,
        @Nullable VictimMemory victim,
        @Nullable Trigger trigger,
        @Nullable Integer scoreAdj) {

    /** Memory of a victim when it was chosen, in bytes. */
    public record VictimMemory(long anonBytes, long fileBytes, long shmemBytes, long swapBytes, long pageTableBytes) {}

    /** Who asked for memory when it ran out. The name is sanitised. */
    public record Trigger(int pid, String executableName, Workload workload) {}
}
