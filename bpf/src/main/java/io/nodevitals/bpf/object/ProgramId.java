// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import java.util.Locale;

/** {@code enum nv_program} of {@code include/types.h}: the programs that keep an account, in the order of the counters map. */
public enum ProgramId {
    MMAP(0),
    MUNMAP(1),
    MREMAP(2),
    BRK_ENTER(3),
    BRK(4),
    FORK(5),
    EXEC(6),
    EXECVE_ENTER(7),
    EXECVE(8),
    EXECVEAT_ENTER(9),
    EXECVEAT(10),
    EXIT(11),
    SIGNAL_GENERATE(12),
    SIGNAL_DELIVER(13),
    OOM(14),
    CGROUP_MKDIR(15),
    CGROUP_RMDIR(16),
    CGROUP_ATTACH_TASK(17);

    private static final ProgramId[] VALUES = values();

    /** NV_PROGRAM_COUNT. */
    public static final int COUNT = VALUES.length;

    private final int index;
    private final String label = name().toLowerCase(Locale.ROOT);

    ProgramId(int index) {
        this.index = index;
    }

    /** First index of the counters map, and {@code nv_event_header.program}. */
    public int index() {
        return index;
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
