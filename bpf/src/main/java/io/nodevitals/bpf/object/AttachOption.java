// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.event.Program;
import java.util.List;

/**
 * One way to attach a probe: all of these programs, or it does not count.
 *
 * @param method how they attach
 * @param programs function names and the sections that say where they attach
 */
public record AttachOption(AttachMethod method, List<ProgramName> programs) {
    /**
     * A program of an object.
     *
     * @param function such as {@code exit__tp_btf}
     * @param section such as {@code tp_btf/sched_process_exit}
     * @param account where it counts
     */
    public record ProgramName(String function, String section, Program account) {
        /** Whether it is attached through a perf event: the kernel then runs no two such programs at a time on one CPU. */
        boolean isPerfEvent() {
            return section.startsWith("tracepoint/")
                    || section.startsWith("kprobe/")
                    || section.startsWith("kretprobe/");
        }
    }

    /** Where they attach, such as {@code tp_btf/sched_process_exit}. */
    List<String> attachPoints() {
        return programs.stream().map(ProgramName::section).toList();
    }

    boolean contains(String function) {
        return programs.stream().anyMatch(program -> program.function().equals(function));
    }
}
