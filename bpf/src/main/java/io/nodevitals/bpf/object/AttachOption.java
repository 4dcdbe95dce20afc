// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.event.Program;
import java.util.List;
import java.util.Optional;

/**
 * One way to attach a probe: all of these programs, or it does not count.
 *
 * @param method how they attach
 * @param programs function names and the sections that say where they attach
 * @param compat the same for the system calls of 32-bit programs: attached beside the others where the kernel has their functions
 */
public record AttachOption(AttachMethod method, List<ProgramName> programs, List<ProgramName> compat) {
    private static final String COMPAT = "_compat";
    private static final String MULTI = "probe.multi/";

    /**
     * A program of an object.
     *
     * @param function such as {@code exit__tp_btf}
     * @param section such as {@code tp_btf/sched_process_exit}
     * @param account where it counts
     */
    public record ProgramName(String function, String section, Program account) {
        boolean isCompat() {
            return function.contains(COMPAT);
        }

        /** The function of a kprobe.multi section; empty when it is none. */
        Optional<String> multiFunction() {
            int name = section.indexOf(MULTI);
            return name < 0 ? Optional.empty() : Optional.of(section.substring(name + MULTI.length()));
        }

        /** Whether it runs at the function's return. */
        boolean isReturn() {
            return section.startsWith("kretprobe");
        }

        /** Whether it is attached through a perf event: the kernel then runs no two such programs at a time on one CPU. */
        boolean isPerfEvent() {
            return section.startsWith("tracepoint/")
                    || section.startsWith("kprobe/")
                    || section.startsWith("kretprobe/");
        }
    }

    static AttachOption of(AttachMethod method, List<ProgramName> all) {
        return new AttachOption(
                method,
                all.stream().filter(program -> !program.isCompat()).toList(),
                all.stream().filter(ProgramName::isCompat).toList());
    }

    /** The label of the account that a function counts in: what stands before {@code _compat} and the method. */
    static String accountLabel(String function, String methodSeparator) {
        String name = function.substring(0, function.lastIndexOf(methodSeparator));
        int compat = name.indexOf(COMPAT);
        return compat < 0 ? name : name.substring(0, compat);
    }

    /** The programs for 32-bit programs' calls as an option of their own; empty when there are none. */
    Optional<AttachOption> compatOption() {
        return compat.isEmpty() ? Optional.empty() : Optional.of(new AttachOption(method, compat, List.of()));
    }

    /** Where they attach, such as {@code tp_btf/sched_process_exit}. */
    List<String> attachPoints() {
        return programs.stream().map(ProgramName::section).toList();
    }

    boolean contains(String function) {
        return programs.stream().anyMatch(program -> program.function().equals(function));
    }
}
