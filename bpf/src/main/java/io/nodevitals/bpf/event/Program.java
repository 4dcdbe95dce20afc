// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.event;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Every program that keeps an account, {@code enum nv_program}: its number is in each record's header and is the first index
 * of the counters map. The attach methods of one probe share one constant, because only one of them is attached.
 */
public enum Program {
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

    /** All programs; the index is the number. */
    public static final List<Program> ALL = List.of(values());

    private final int number;
    private final String label = name().toLowerCase(Locale.ROOT);

    Program(int number) {
        this.number = number;
    }

    /** The program whose label is given. */
    public static Optional<Program> ofLabel(String label) {
        return ALL.stream().filter(program -> program.label.equals(label)).findFirst();
    }

    /** As the kernel side counts them, from 0 without a hole. */
    public int number() {
        return number;
    }

    /** Such as {@code execve_enter}. */
    public String label() {
        return label;
    }
}
