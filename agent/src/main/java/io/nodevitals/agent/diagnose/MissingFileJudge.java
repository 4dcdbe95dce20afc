// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import static io.nodevitals.agent.diagnose.Confidence.CERTAIN;
import static io.nodevitals.agent.diagnose.Confidence.GUESS;
import static io.nodevitals.agent.diagnose.Confidence.LIKELY;

import io.nodevitals.agent.diagnose.Look.Contents;
import io.nodevitals.agent.diagnose.Look.Missing;
import io.nodevitals.agent.diagnose.Look.Unavailable;
import io.nodevitals.agent.process.Names;
import io.nodevitals.agent.program.ElfFile;
import io.nodevitals.agent.program.Loaders;
import io.nodevitals.agent.program.Shebang;
import org.jspecify.annotations.Nullable;

/** What was missing when exec answered ENOENT or ENOTDIR: the file, its interpreter, or its interpreter's. */
final class MissingFileJudge {
    // BINPRM recursion: the kernel follows five interpreters (exec_binprm in fs/exec.c).
    private static final int MAX_DEPTH = 5;

    private final ProgramFile program;

    MissingFileJudge(ProgramFile program) {
        this.program = program;
    }

    Verdict judge() {
        byte[] head = program.event().head();
        if (head == null) {
            Look look = program.look();
            if (look instanceof Missing) {
                return Verdict.of(
                        ExecFailureCause.FILE_MISSING,
                        CERTAIN,
                        "there is no such file. Install it, or correct the name or PATH.");
            }
            if (look instanceof Unavailable unavailable) {
                return unseen(unavailable);
            }
            if (!(look instanceof Contents contents)) {
                return changed();
            }
            head = contents.bytes();
        }
        return follow(program.event().filename(), head, program.elf(), 0);
    }

    private Verdict unseen(Unavailable unavailable) {
        String interpreter = program.event().interpreter();
        if (interpreter != null) {
            return missingInterpreter(interpreter, CERTAIN);
        }
        if (program.event().errno() == Errnos.ENOTDIR) {
            return Verdict.of(
                    ExecFailureCause.FILE_MISSING, LIKELY, "a part of its path is no directory. Correct the path.");
        }
        return Verdict.of(
                ExecFailureCause.FILE_MISSING,
                GUESS,
                "there is no such file, or its interpreter is missing; which of the two could not be checked: "
                        + unavailable.reason() + ". Look for it in the image.");
    }

    private Verdict follow(@Nullable String path, byte[] head, @Nullable ElfFile elf, int depth) {
        Shebang shebang = Shebang.parse(head);
        if (shebang != null) {
            return followScript(path, shebang, depth);
        }
        String interpreter = elf == null ? null : elf.interpreter();
        if (interpreter == null) {
            interpreter = depth == 0 ? program.event().interpreter() : null;
        }
        if (interpreter == null) {
            return elf == null || elf.headersRead() ? changed() : unreadInterpreter();
        }
        Look look = program.look(interpreter);
        if (look instanceof Missing) {
            return missingInterpreter(interpreter, CERTAIN);
        }
        return look instanceof Unavailable ? missingInterpreter(interpreter, LIKELY) : changed();
    }

    private Verdict followScript(@Nullable String path, Shebang shebang, int depth) {
        String interpreter = shebang.interpreter();
        Look look = program.look(interpreter);
        if (interpreter.endsWith("\r") && !(look instanceof Contents)) {
            String name = interpreter.substring(0, interpreter.length() - 1);
            return Verdict.about(
                    name,
                    ExecFailureCause.SCRIPT_CRLF,
                    CERTAIN,
                    "its first line ends in a carriage return, so the kernel looks for an interpreter named \""
                            + Names.sanitise(name) + "\\r\". Convert it to Unix line ends (dos2unix).");
        }
        if (look instanceof Contents contents && depth < MAX_DEPTH) {
            return follow(interpreter, contents.bytes(), program.elf(interpreter), depth + 1);
        }
        if (look instanceof Missing || look instanceof Unavailable) {
            return Verdict.about(
                    interpreter,
                    ExecFailureCause.SCRIPT_INTERPRETER_MISSING,
                    look instanceof Missing ? CERTAIN : LIKELY,
                    (depth == 0 || path == null ? "its" : "the script interpreter " + Names.sanitise(path) + "'s")
                            + " first line asks for " + Names.sanitise(interpreter)
                            + ", which is not there. Install it, or correct the line.");
        }
        return changed();
    }

    private Verdict missingInterpreter(String interpreter, Confidence confidence) {
        String name = Names.sanitise(interpreter);
        boolean musl = Loaders.isMusl(interpreter);
        String other = Loaders.otherLibcs(interpreter);
        if (other != null && program.look(other) instanceof Contents) {
            return Verdict.about(
                    interpreter,
                    ExecFailureCause.LIBC_MISMATCH,
                    LIKELY,
                    "it was built for " + (musl ? "musl" : "glibc") + " (it asks for " + name
                            + "), but this root file system has " + (musl ? "glibc" : "musl") + " (" + other
                            + "). Use a build for this libc, a static one, or another base image.");
        }
        return Verdict.about(
                interpreter,
                ExecFailureCause.INTERPRETER_MISSING,
                confidence,
                "the file is there, but the dynamic loader that it asks for, " + name
                        + ", is not. Install that libc, link statically, or use another base image.");
    }

    // Exec had the file's head, so it is there: only the interpreter can be what is missing.
    private static Verdict unreadInterpreter() {
        return Verdict.of(
                ExecFailureCause.INTERPRETER_MISSING,
                LIKELY,
                "the file is there, but its dynamic loader is not; its name could not be read. Look at it with readelf -l.");
    }

    private static Verdict changed() {
        return Verdict.of(
                ExecFailureCause.UNKNOWN,
                GUESS,
                "something was missing, but a moment later the file and its interpreter were there. Look for who replaces it.");
    }
}
