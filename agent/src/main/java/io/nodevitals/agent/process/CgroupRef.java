// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.process;

import java.util.List;

/**
 * The cgroup of a lifecycle record, with those of its ancestors that the kernel named in the same record.
 *
 * @param id of the cgroup itself: its kernfs id, the inode number of its directory; 0 when unknown
 * @param hierarchyId 0 for cgroup v2, else the id of the cgroup v1 hierarchy
 * @param leafLevel depth of the cgroup itself; the hierarchy's root is 0
 * @param firstLevel depth of the first entry of {@code levels}
 * @param levels from {@code firstLevel} downward, at most six; the cgroup itself is the last one unless it is deeper
 */
public record CgroupRef(long id, int hierarchyId, int leafLevel, int firstLevel, List<Level> levels) {

    /** A record that carries no ancestors. */
    public static CgroupRef ofId(long id, int hierarchyId) {
        return new CgroupRef(id, hierarchyId, 0, 0, List.of());
    }

    public CgroupRef {
        levels = List.copyOf(levels);
    }

    /**
     * One directory of the hierarchy.
     *
     * @param id kernfs id
     * @param name as the kernel has it, not sanitised, cut at 95 bytes
     */
    public record Level(long id, String name) {}
}
