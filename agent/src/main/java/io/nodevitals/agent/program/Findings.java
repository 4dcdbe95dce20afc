// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import io.nodevitals.agent.program.Inspection.Outcome;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What was seen while one program was looked at, and the verdict made of it. One thread. */
final class Findings {
    private final String program;
    private final List<String> evidence = new ArrayList<>();
    private @Nullable Hardening hardening;

    Findings(String program) {
        this.program = program;
    }

    void saw(String line) {
        evidence.add(line);
    }

    void hardened(Hardening found) {
        hardening = found;
    }

    /** How a sentence calls a file of the chain. */
    String itself(String path) {
        return path.equals(program) ? "it" : "its interpreter " + path;
    }

    Inspection starts(boolean certain, String summary) {
        return result(Outcome.STARTS, null, certain, summary, null, null);
    }

    /** execve(2) would fail, for certain. */
    Inspection execFails(StartCause cause, String subject, String summary) {
        return result(Outcome.EXEC_FAILS, cause, true, summary, null, subject);
    }

    /** execve(2) would fail, as far as can be seen. */
    Inspection execLikelyFails(StartCause cause, String subject, String summary) {
        return result(Outcome.EXEC_FAILS, cause, false, summary, null, subject);
    }

    /**
     * execve(2) would succeed and nothing of the program's own would run.
     *
     * @param exitCode null when it would be killed, or it is not known
     */
    Inspection loaderFails(
            StartCause cause, String subject, boolean certain, String summary, @Nullable Integer exitCode) {
        return result(Outcome.LOADER_FAILS, cause, certain, summary, exitCode, subject);
    }

    Inspection noProgram() {
        return result(
                Outcome.NOT_A_PROGRAM,
                null,
                false,
                "is a shared library, or a loader: nothing that is meant to be started.",
                null,
                null);
    }

    Inspection unchecked(String reason) {
        return result(Outcome.UNCHECKED, StartCause.UNKNOWN, false, "could not be checked: " + reason, null, null);
    }

    /** It contradicts itself where exec does not look, but whoever loads it does. */
    Inspection broken(String path, String defect) {
        return result(
                Outcome.UNCHECKED,
                StartCause.CORRUPT_ELF,
                false,
                "does not hold together: the file " + defect + ". Copy or build it again.",
                null,
                path);
    }

    private Inspection result(
            Outcome outcome,
            @Nullable StartCause cause,
            boolean certain,
            String summary,
            @Nullable Integer exitCode,
            @Nullable String subject) {
        return new Inspection(
                program, outcome, cause, certain, summary, exitCode, subject, List.copyOf(evidence), hardening);
    }
}
