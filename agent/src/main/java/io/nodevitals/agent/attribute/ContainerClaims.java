// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

import io.nodevitals.agent.attribute.Workload.Kind;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which container ids are named by whom, so that a user who gives a cgroup of his own another container's id gains nothing.
 *
 * <p>A name below a kubepods root outranks one elsewhere, and that outranks one below {@code user.slice}. One writer, any reader.
 */
final class ContainerClaims {
    private static final int USER = 0;
    private static final int POD = 2;

    private record Claim(String containerId, int rank) {}

    private final ConcurrentHashMap<Claim, Integer> claims = new ConcurrentHashMap<>();

    void add(CgroupEntry entry) {
        String id = entry.workload().containerId();
        if (id != null) {
            claims.merge(new Claim(id, rank(entry)), 1, Integer::sum);
        }
    }

    void remove(CgroupEntry entry) {
        String id = entry.workload().containerId();
        if (id != null) {
            claims.computeIfPresent(new Claim(id, rank(entry)), (claim, count) -> count == 1 ? null : count - 1);
        }
    }

    /** Whether a name of higher rank has the same container id. */
    boolean outranked(CgroupEntry entry) {
        String id = entry.workload().containerId();
        if (id == null || entry.workload().kind() != Kind.CONTAINER) {
            return false;
        }
        for (int rank = rank(entry) + 1; rank <= POD; rank++) {
            if (claims.containsKey(new Claim(id, rank))) {
                return true;
            }
        }
        return false;
    }

    private static int rank(CgroupEntry entry) {
        if (entry.workload().podUid() != null) {
            return POD;
        }
        return entry.path().startsWith("/user.slice/") ? USER : USER + 1;
    }
}
