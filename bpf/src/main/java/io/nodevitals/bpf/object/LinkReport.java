// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

/**
 * What a look at one link found.
 *
 * @param probe such as {@code exit}
 * @param program function name, such as {@code exit__tp_btf}
 * @param state what was found
 * @param reason the evidence, one clause for a person
 */
public record LinkReport(String probe, String program, State state, String reason) {
    /** "Could not tell" is not "lost". */
    public enum State {
        ATTACHED,
        LOST,
        /** Before Linux 5.15 the kernel does not say of a perf event which program it runs. */
        UNKNOWN
    }
}
