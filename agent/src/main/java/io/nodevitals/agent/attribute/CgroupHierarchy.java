// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The cgroup hierarchy that the agent follows, and where it can be read.
 *
 * @param id 0 for cgroup v2, else the number of the cgroup v1 hierarchy, as in /proc/cgroups and in records
 * @param mountPoint a directory that shows the hierarchy or a part of it
 * @param prefix path from the hierarchy's root to what the mount point shows, "" for the root itself; null when that cannot be told
 *     because only a private cgroup namespace's part is mounted: then names below the mount point are no paths
 */
public record CgroupHierarchy(
        int id, Path mountPoint, @Nullable String prefix) {
    /** The id of cgroup v2. */
    public static final int UNIFIED = 0;

    /** The root cgroup's id in every hierarchy: kernfs numbers its nodes from 1, whatever a namespace makes of the path. */
    public static final long ROOT_ID = 1;
}
