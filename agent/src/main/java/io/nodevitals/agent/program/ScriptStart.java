// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import io.nodevitals.agent.program.Inspection.Outcome;
import io.nodevitals.agent.program.ProgramInspector.Caller;
import io.nodevitals.agent.program.RootView.Present;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A file that begins with #!: its interpreter (load_script in fs/binfmt_script.c), and what env(1) would look for. One thread. */
final class ScriptStart {
    private static final int HEAD = ExecChain.HEAD;

    // Each is a new execve, which the kernel does not count together: ours must end.
    private static final int MAX_ENVS = 8;
    private static final int NOT_FOUND = 127;
    private static final int CANNOT_INVOKE = 126;

    private final ExecChain chain;
    private final RootView root;
    private final Caller caller;
    private final ExecPermission permission;
    private final Findings findings;
    private int envs;

    ScriptStart(ExecChain chain, RootView root, Caller caller, ExecPermission permission, Findings findings) {
        this.chain = chain;
        this.root = root;
        this.caller = caller;
        this.permission = permission;
        this.findings = findings;
    }

    Inspection follow(String path, byte[] head, Shebang shebang, int depth) {
        String interpreter = shebang.interpreter();
        findings.saw(
                "script " + path + ": #!" + interpreter + (shebang.argument() == null ? "" : " " + shebang.argument()));
        if (interpreter.isEmpty() || isCut(head, shebang)) {
            return findings.execFails(
                    StartCause.UNKNOWN_FORMAT,
                    path,
                    "would not start: the first line of " + path
                            + (interpreter.isEmpty()
                                    ? " names no interpreter. Name one after #!."
                                    : " is longer than the 256 bytes that the kernel reads. Use a shorter path."));
        }
        Inspection found = chain.interpret(interpreter, path, depth);
        String wanted =
                found.outcome() == Outcome.STARTS && interpreter.endsWith("/env") ? afterEnv(shebang.argument()) : null;
        return wanted == null ? found : byEnv(wanted, path);
    }

    // No end of line, and no blank after the name: the name may go on.
    private static boolean isCut(byte[] head, Shebang shebang) {
        if (head.length < HEAD || shebang.argument() != null) {
            return false;
        }
        for (int i = 2; i < HEAD; i++) {
            if (head[i] == '\n' || head[i] == 0) {
                return false;
            }
        }
        return head[HEAD - 1] != ' ' && head[HEAD - 1] != '\t';
    }

    /** The program that env would look for; null when that cannot be said from its arguments alone. */
    private static @Nullable String afterEnv(@Nullable String argument) {
        if (argument == null) {
            return null;
        }
        if (!argument.startsWith("-S")) {
            // One argument, blanks and all, unless env is told to split it.
            return argument.startsWith("-") || argument.indexOf('=') >= 0 ? null : argument;
        }
        for (String word : argument.substring(2).strip().split("[ \t]+", HEAD)) {
            if (!word.startsWith("-") && word.indexOf('=') < 0) {
                return word.isEmpty() || word.matches(".*[\\\\'\"$].*") ? null : word;
            }
        }
        return null;
    }

    private Inspection byEnv(String wanted, String script) {
        if (++envs > MAX_ENVS) {
            return findings.unchecked("its scripts lead over more than " + MAX_ENVS + " calls of env.");
        }
        String closed = null;
        for (String candidate : candidates(wanted)) {
            if (root.look(candidate) instanceof Present file) {
                if (file.isRegular() && permission.mayExecute(file)) {
                    return asEnvEnds(chain.execute(candidate));
                }
                closed = candidate;
            }
        }
        findings.saw("env: no " + wanted + " in PATH=" + caller.path());
        return closed == null ? notFound(wanted, script) : notExecutable(closed, script);
    }

    private List<String> candidates(String wanted) {
        List<String> candidates = new ArrayList<>();
        if (wanted.indexOf('/') >= 0) {
            candidates.add(wanted);
        } else {
            for (String directory : caller.path().split(":", 256)) {
                candidates.add((directory.isEmpty() ? "" : directory + "/") + wanted);
            }
        }
        return candidates;
    }

    // The script's own execve has long succeeded: what fails is env's, and env tells it by its exit code.
    private Inspection asEnvEnds(Inspection found) {
        StartCause cause = found.cause();
        if (found.outcome() != Outcome.EXEC_FAILS || cause == null) {
            return found;
        }
        boolean noSuchFile = switch (cause) {
            case FILE_MISSING, INTERPRETER_MISSING, LIBC_MISMATCH, SCRIPT_INTERPRETER_MISSING, SCRIPT_CRLF -> true;
            default -> false;
        };
        // After ENOEXEC some C libraries let a shell try, which ends as it likes.
        boolean aShellMayTry = cause == StartCause.UNKNOWN_FORMAT
                || cause == StartCause.WRONG_ARCHITECTURE
                || cause == StartCause.CORRUPT_ELF;
        String subject = found.subject() == null ? found.path() : found.subject();
        return findings.loaderFails(
                cause,
                subject,
                !aShellMayTry,
                found.summary(),
                aShellMayTry ? null : noSuchFile ? NOT_FOUND : CANNOT_INVOKE);
    }

    private Inspection notFound(String wanted, String script) {
        if (wanted.endsWith("\r")) {
            return findings.loaderFails(
                    StartCause.SCRIPT_CRLF,
                    wanted.substring(0, wanted.length() - 1),
                    true,
                    "would end with exit code 127: the first line of " + script
                            + " ends in a carriage return, which env takes for part of the program's name. Convert it to"
                            + " Unix line ends (dos2unix).",
                    NOT_FOUND);
        }
        return findings.loaderFails(
                StartCause.SCRIPT_INTERPRETER_MISSING,
                wanted,
                true,
                "would end with exit code 127: env finds no " + wanted + " in PATH (" + caller.path()
                        + "). Install it, or correct the line of " + script + ".",
                NOT_FOUND);
    }

    private Inspection notExecutable(String closed, String script) {
        return findings.loaderFails(
                StartCause.NOT_EXECUTABLE,
                closed,
                true,
                "would end with exit code 126: env finds only " + closed + " for " + script
                        + ", and may not execute it. Run chmod +x on it, or install the program.",
                CANNOT_INVOKE);
    }
}
