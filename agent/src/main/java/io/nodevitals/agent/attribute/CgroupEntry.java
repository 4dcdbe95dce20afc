// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

/**
 * One cgroup of the table.
 *
 * @param path from the hierarchy's root; when not whole, that of the deepest ancestor known
 * @param whole whether {@code path} is the cgroup's own
 * @param expendable not a workload's own cgroup: the first to go when the table is full
 * @param removedBootNanos when its directory was removed, 0 while it exists
 */
record CgroupEntry(long id, String path, boolean whole, Workload workload, boolean expendable, long removedBootNanos) {

    boolean isRemoved() {
        return removedBootNanos != 0;
    }

    CgroupEntry removedAt(long bootNanos) {
        return new CgroupEntry(id, path, whole, workload, expendable, Math.max(bootNanos, 1));
    }
}
