// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether one program would start, and all that was looked at to say so. Names are raw Latin-1 chars: whoever shows them makes them
 * fit to be seen.
 *
 * @param path as it was asked for
 * @param cause null when it starts, or is no program
 * @param certain nothing that was not read could change the verdict
 * @param summary completes "PATH " with what happens and what to do
 * @param exitCode of the loader or of env when it is they that give up; null otherwise
 * @param subject the file, library, version or symbol that is wrong; null when nothing is
 * @param evidence one line per file looked at
 * @param hardening of an ELF program; null for others
 */
public record Inspection(
        String path,
        Outcome outcome,
        @Nullable StartCause cause,
        boolean certain,
        String summary,
        @Nullable Integer exitCode,
        @Nullable String subject,
        List<String> evidence,
        @Nullable Hardening hardening) {

    private static final String ENDS = "would end with exit code ";

    /** Why it ends and what to do, as a sentence without its subject: of a program that ended with {@link #exitCode}. */
    public String reason() {
        String foretold = ENDS + exitCode + ": ";
        return summary.startsWith(foretold) ? summary.substring(foretold.length()) : "it " + summary;
    }

    /** What happens when it is started. */
    public enum Outcome {
        /** It reaches its own code. */
        STARTS("starts"),
        /** execve(2) fails. */
        EXEC_FAILS("exec_fails"),
        /** execve(2) succeeds; its loader, or env, gives up with an exit code. */
        LOADER_FAILS("loader_fails"),
        /** A shared library, an object file: nothing that is meant to be started. */
        NOT_A_PROGRAM("not_a_program"),
        /** Something kept us from looking. */
        UNCHECKED("unchecked");

        private final String wireName;

        Outcome(String wireName) {
            this.wireName = wireName;
        }

        /** As it is shown. */
        public String wireName() {
            return wireName;
        }
    }
}
