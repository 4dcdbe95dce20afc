// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

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
     */
    public record ProgramName(String function, String section) {}

    boolean contains(String function) {
        return programs.stream().anyMatch(program -> program.function().equals(function));
    }
}
