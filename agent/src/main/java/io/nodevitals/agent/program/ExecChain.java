// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import io.nodevitals.agent.binfmt.BinfmtHandler;
import io.nodevitals.agent.program.ProgramInspector.Caller;
import io.nodevitals.agent.program.RootView.Absent;
import io.nodevitals.agent.program.RootView.Entry;
import io.nodevitals.agent.program.RootView.FileReader;
import io.nodevitals.agent.program.RootView.Present;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** One program and the interpreters that it leads to, one after the other as exec loads them (exec_binprm in fs/exec.c). One thread. */
final class ExecChain {
    /** BINPRM_BUF_SIZE: what the kernel reads of a file before it knows what it is. */
    static final int HEAD = 256;

    // exec_binprm gives up at the sixth rewrite of the program.
    private static final int MAX_DEPTH = 5;
    private static final int ELOOP = 40;

    private final RootView root;
    private final NodeFacts node;
    private final ExecPermission permission;
    private final ScriptStart scripts;
    private final ElfStart elf;
    private final Findings findings;

    /** Who asked for a file: its path, and the binfmt_misc handler that names the file (null: a script's first line does). */
    private record Asker(String path, @Nullable BinfmtHandler handler) {}

    ExecChain(RootView root, NodeFacts node, Caller caller, ElfStart elf, Findings findings) {
        this.root = root;
        this.node = node;
        this.permission = new ExecPermission(root, caller);
        this.elf = elf;
        this.findings = findings;
        this.scripts = new ScriptStart(this, root, caller, permission, findings);
    }

    /** What a new execve of a file comes to. */
    Inspection execute(String path) {
        return follow(path, 0, null);
    }

    /** What comes of the interpreter of a script that was itself loaded at a depth. */
    Inspection interpret(String interpreter, String script, int depth) {
        return follow(interpreter, depth + 1, new Asker(script, null));
    }

    private Inspection follow(String path, int depth, @Nullable Asker asker) {
        Entry entry = root.look(path);
        if (entry instanceof Absent absent) {
            return absent(path, absent, asker);
        }
        Present file = (Present) entry;
        findings.saw("file " + path + ": " + file.path() + String.format(", mode %04o", file.mode() & 07777)
                + ", owner " + file.userId() + ":" + file.groupId());
        Inspection refused = permission.refusal(path, file, findings);
        if (refused != null) {
            return refused;
        }
        FileReader reader = file.reader();
        try {
            if (reader == null) {
                throw new IOException("is no regular file");
            }
            return load(path, file, reader.read(0, HEAD), depth);
        } catch (IOException unreadable) {
            return findings.unchecked(path + " could not be read: " + unreadable.getMessage() + ".");
        }
    }

    private Inspection load(String path, Present file, byte[] head, int depth) {
        if (depth > MAX_DEPTH) {
            return findings.execFails(
                    StartCause.SYMLINK_LOOP,
                    path,
                    "would not start: it leads over more than " + MAX_DEPTH
                            + " interpreters of interpreters. Let its first line name a real program.");
        }
        BinfmtHandler handler = handler(path, head);
        if (handler != null) {
            findings.saw("binfmt_misc handler " + handler.name() + ": " + handler.interpreter() + ", flags "
                    + handler.flags());
            // With F the interpreter was opened when the handler was registered: no root needs to have it.
            return handler.flags().indexOf('F') >= 0
                    ? findings.starts(false, "would start by way of the binfmt_misc handler " + handler.name() + ".")
                    : follow(handler.interpreter(), depth + 1, new Asker(path, handler));
        }
        Shebang shebang = Shebang.parse(head);
        if (shebang != null) {
            return scripts.follow(path, head, shebang, depth);
        }
        if (!ElfFile.isElf(head)) {
            return findings.execFails(
                    StartCause.UNKNOWN_FORMAT,
                    path,
                    file.sizeBytes() == 0
                            ? "would not start: " + findings.itself(path) + " is empty. Copy it again."
                            : "would not start: " + findings.itself(path)
                                    + " is neither an ELF program nor a script with a #! line. A shell would run it as a"
                                    + " script, execve(2) does not: begin it with #!/bin/sh.");
        }
        return elf.inspect(path, file);
    }

    private @Nullable BinfmtHandler handler(String path, byte[] head) {
        for (BinfmtHandler handler : node.handlers()) {
            if (handler.enabled() && handler.matches(head, path)) {
                return handler;
            }
        }
        return null;
    }

    private Inspection absent(String path, Absent absent, @Nullable Asker asker) {
        findings.saw("file " + path + ": errno " + absent.errno());
        if (absent.errno() == ELOOP) {
            return findings.execFails(
                    StartCause.SYMLINK_LOOP,
                    path,
                    "would not start: " + path + " leads over a loop of symbolic links. Correct the links.");
        }
        if (!absent.isMissing()) {
            return findings.unchecked(path + " could not be looked at: errno " + absent.errno() + ".");
        }
        if (asker == null) {
            return findings.execFails(
                    StartCause.FILE_MISSING,
                    path,
                    "would not start: there is no such file. Install it, or correct the name.");
        }
        if (asker.handler() != null) {
            return findings.execFails(
                    StartCause.INTERPRETER_MISSING,
                    path,
                    "would not start: the binfmt_misc handler "
                            + asker.handler().name() + " runs such programs with "
                            + path + ", which this root file system does not have. Install it there, or register the"
                            + " handler with the flag F.");
        }
        if (path.endsWith("\r")) {
            return findings.execFails(
                    StartCause.SCRIPT_CRLF,
                    path.substring(0, path.length() - 1),
                    "would not start: the first line of " + asker.path()
                            + " ends in a carriage return, which the kernel takes for part of the interpreter's name."
                            + " Convert it to Unix line ends (dos2unix).");
        }
        return findings.execFails(
                StartCause.SCRIPT_INTERPRETER_MISSING,
                path,
                "would not start: " + asker.path() + " asks for " + path
                        + ", which is not there. Install it, or correct the line.");
    }
}
