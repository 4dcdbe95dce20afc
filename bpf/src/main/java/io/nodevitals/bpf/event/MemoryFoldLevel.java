// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.event;

/** Of what a fold is the sum: the kernel takes the first that has room. */
public enum MemoryFoldLevel {
    /** One process's calls: the map {@code memory_folds}. */
    PROCESS,
    /** Those of a cgroup's processes: {@code memory_cgroup_folds}; the key has no process. */
    CGROUP,
    /** Anybody's: {@code memory_overflow}; the key has neither process nor cgroup. */
    NODE
}
