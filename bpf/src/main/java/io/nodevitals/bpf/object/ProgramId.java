// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import java.util.Locale;

/** {@code enum nv_program} of {@code include/types.h}: the programs that keep an account, in the order of the counters map. */
public enum ProgramId {
    MMAP,
    MUNMAP,
    MREMAP,
    BRK_ENTER,
    BRK,
    FORK,
    EXEC,
    EXECVE_ENTER,
    EXECVE,
    EXECVEAT_ENTER,
    EXECVEAT,
    EXIT,
    SIGNAL_GENERATE,
    SIGNAL_DELIVER,
    OOM,
    CGROUP_MKDIR,
    CGROUP_RMDIR,
    CGROUP_ATTACH_TASK;

    private static final ProgramId[] VALUES = values();

    /** NV_PROGRAM_COUNT. */
    public static final int COUNT = VALUES.length;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** First index of the counters map, and {@code nv_event_header.program}. */
    public int index() {
        return ordinal();
    }

    /** Such as {@code execve_enter}. */
    public String label() {
        return label;
    }

    /**
     * The program of an index.
     *
     * @throws IndexOutOfBoundsException when there is none
     */
    public static ProgramId ofIndex(int index) {
        return VALUES[index];
    }
}
