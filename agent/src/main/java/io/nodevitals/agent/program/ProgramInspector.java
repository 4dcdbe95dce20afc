// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import io.nodevitals.agent.binfmt.BinfmtHandler;
import io.nodevitals.agent.program.Inspection.Outcome;
import io.nodevitals.agent.program.RootView.Absent;
import io.nodevitals.agent.program.RootView.Entry;
import io.nodevitals.agent.program.RootView.FileReader;
import io.nodevitals.agent.program.RootView.Present;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says whether a program would start, by reading what exec and its loader would read (execve(2), fs/exec.c, fs/binfmt_elf.c,
 * fs/binfmt_script.c, ld.so(8)). Nothing is run. Libraries are kept between calls, so one inspector may look at a whole image as long
 * as it does not change. Any one thread may call.
 */
public final class ProgramInspector {
    // exec_binprm gives up at the sixth rewrite of the program.
    private static final int MAX_DEPTH = 5;
    private static final int HEAD = 256;
    private static final int ELOOP = 40;

    private final NodeFacts node;
    private final RootView root;
    private final Caller caller;
    private final Libraries libraries;

    /**
     * Who would start it.
     *
     * @param path its PATH, for scripts that go by way of env
     */
    public record Caller(long userId, long groupId, String path) {
        /** Root, with the PATH that container runtimes set. */
        public static final Caller ROOT =
                new Caller(0, 0, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    }

    /** An inspector of programs in one root. */
    public ProgramInspector(NodeFacts node, RootView root, Caller caller) {
        this.node = node;
        this.root = root;
        this.caller = caller;
        this.libraries = new Libraries(root);
    }

    /**
     * Looks at one program with the usual caller.
     *
     * @param path inside the root, raw Latin-1 chars
     */
    public static Inspection inspect(RootView root, String path, NodeFacts node) {
        return new ProgramInspector(node, root, Caller.ROOT).inspect(path);
    }

    /** Looks at one program; a relative path starts at the root. */
    public Inspection inspect(String path) {
        return new Chain(path).follow(path, 0, null);
    }

    /** One program and the interpreters that it leads to. */
    private final class Chain {
        private final String program;
        private final List<String> evidence = new ArrayList<>();
        private @Nullable Hardening hardening;

        Chain(String program) {
            this.program = program;
        }

        /**
         * The next file that exec loads.
         *
         * @param script whose first line asked for it; null for the program itself
         */
        Inspection follow(String path, int depth, @Nullable String script) {
            Entry entry = root.look(path);
            if (entry instanceof Absent absent) {
                return absent(path, absent, script);
            }
            Present file = (Present) entry;
            evidence.add("file " + path + ": " + file.path() + String.format(", mode %04o", file.mode() & 07777)
                    + ", owner " + file.userId() + ":" + file.groupId());
            Inspection refused = refusal(path, file);
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
                return unchecked(path + " could not be read: " + unreadable.getMessage());
            }
        }

        private Inspection load(String path, Present file, byte[] head, int depth) throws IOException {
            if (depth > MAX_DEPTH) {
                return fails(
                        StartCause.SYMLINK_LOOP,
                        path,
                        "would not start: it leads over more than " + MAX_DEPTH
                                + " interpreters of interpreters. Let its first line name a real program.");
            }
            BinfmtHandler handler = handler(path, head);
            if (handler != null) {
                evidence.add("binfmt_misc handler " + handler.name() + ": " + handler.interpreter() + ", flags "
                        + handler.flags());
                return handler.flags().indexOf('F') >= 0
                        ? starts(false, "would start by way of the binfmt_misc handler " + handler.name() + ".")
                        : follow(handler.interpreter(), depth + 1, path);
            }
            Shebang shebang = Shebang.parse(head);
            if (shebang != null) {
                return new Script(this).follow(path, head, shebang, depth);
            }
            if (!ElfFile.isElf(head)) {
                return fails(
                        StartCause.UNKNOWN_FORMAT,
                        path,
                        file.sizeBytes() == 0
                                ? "would not start: " + itself(path) + " is empty. Copy it again."
                                : "would not start: " + itself(path)
                                        + " is neither an ELF program nor a script with a #! line. A shell would run it as a"
                                        + " script, execve(2) does not: begin it with #!/bin/sh.");
            }
            return new Program(this).inspect(path, file);
        }

        private @Nullable BinfmtHandler handler(String path, byte[] head) {
            for (BinfmtHandler handler : node.handlers()) {
                if (handler.enabled() && handler.matches(head, path)) {
                    return handler;
                }
            }
            return null;
        }

        private Inspection absent(String path, Absent absent, @Nullable String script) {
            evidence.add("file " + path + ": errno " + absent.errno());
            if (absent.errno() == ELOOP) {
                return fails(
                        StartCause.SYMLINK_LOOP,
                        path,
                        "would not start: " + path + " leads over a loop of symbolic links. Correct the links.");
            }
            if (!absent.isMissing()) {
                return unchecked(path + " could not be looked at: errno " + absent.errno() + ".");
            }
            if (script == null) {
                return fails(
                        StartCause.FILE_MISSING,
                        path,
                        "would not start: there is no such file. Install it, or correct the name.");
            }
            if (path.endsWith("\r")) {
                return fails(
                        StartCause.SCRIPT_CRLF,
                        path.substring(0, path.length() - 1),
                        "would not start: the first line of " + script
                                + " ends in a carriage return, which the kernel takes for part of the interpreter's name."
                                + " Convert it to Unix line ends (dos2unix).");
            }
            return fails(
                    StartCause.SCRIPT_INTERPRETER_MISSING,
                    path,
                    "would not start: " + script + " asks for " + path
                            + ", which is not there. Install it, or correct the line.");
        }

        /** What exec refuses before it reads a byte; null when nothing. */
        @Nullable
        Inspection refusal(String path, Present file) {
            String who = path.equals(program) ? "it" : path;
            if (!file.isRegular()) {
                return fails(
                        StartCause.NOT_EXECUTABLE,
                        path,
                        "would not start: " + who + " is " + (file.isDirectory() ? "a directory" : "no regular file")
                                + ". Name a program.");
            }
            String closed = closedDirectory(path, file.path());
            if (closed != null) {
                return fails(
                        StartCause.PERMISSION,
                        closed,
                        "would not start: user " + caller.userId() + " may not enter " + closed
                                + ". Give the directory its x bit.");
            }
            if (file.noexec()) {
                return fails(
                        StartCause.NOEXEC_MOUNT,
                        path,
                        "would not start: " + who
                                + " lies on a file system mounted noexec. Mount it exec, or move it.");
            }
            if (!mayExecute(file)) {
                return fails(
                        StartCause.NOT_EXECUTABLE,
                        path,
                        String.format(
                                "would not start: %s has no execute permission for user %d (mode %04o). Run chmod +x on it.",
                                who, caller.userId(), file.mode() & 07777));
            }
            return null;
        }

        Inspection fails(StartCause cause, String subject, String summary) {
            return result(Outcome.EXEC_FAILS, cause, true, summary, null, subject);
        }

        Inspection starts(boolean certain, String summary) {
            return result(Outcome.STARTS, null, certain, summary, null, null);
        }

        Inspection unchecked(String reason) {
            return result(Outcome.UNCHECKED, StartCause.UNKNOWN, false, "could not be checked: " + reason, null, null);
        }

        Inspection result(
                Outcome outcome,
                @Nullable StartCause cause,
                boolean certain,
                String summary,
                @Nullable Integer exitCode,
                @Nullable String subject) {
            return new Inspection(
                    program, outcome, cause, certain, summary, exitCode, subject, List.copyOf(evidence), hardening);
        }

        String itself(String path) {
            return path.equals(program) ? "it" : "its interpreter " + path;
        }

        List<String> evidence() {
            return evidence;
        }

        void hardened(Hardening found) {
            hardening = found;
        }
    }

    /** A file that begins with #!. */
    private final class Script {
        private final Chain chain;

        Script(Chain chain) {
            this.chain = chain;
        }

        Inspection follow(String path, byte[] head, Shebang shebang, int depth) {
            String interpreter = shebang.interpreter();
            chain.evidence()
                    .add("script " + path + ": #!" + interpreter
                            + (shebang.argument() == null ? "" : " " + shebang.argument()));
            if (interpreter.isEmpty() || isCut(head, shebang)) {
                return chain.fails(
                        StartCause.UNKNOWN_FORMAT,
                        path,
                        "would not start: the first line of " + path
                                + (interpreter.isEmpty()
                                        ? " names no interpreter. Name one after #!."
                                        : " is longer than the 256 bytes that the kernel reads. Use a shorter path."));
            }
            Inspection found = chain.follow(interpreter, depth + 1, path);
            String wanted = found.outcome() == Outcome.STARTS && interpreter.endsWith("/env")
                    ? afterEnv(shebang.argument())
                    : null;
            return wanted == null ? found : byPath(wanted, path, depth);
        }

        // No end of line, and no blank after the name: the name may go on (load_script in fs/binfmt_script.c).
        private boolean isCut(byte[] head, Shebang shebang) {
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

        private @Nullable String afterEnv(@Nullable String argument) {
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

        private Inspection byPath(String wanted, String script, int depth) {
            List<String> candidates = new ArrayList<>();
            if (wanted.indexOf('/') >= 0) {
                candidates.add(wanted);
            } else {
                for (String directory : caller.path().split(":", 256)) {
                    candidates.add((directory.isEmpty() ? "" : directory + "/") + wanted);
                }
            }
            for (String candidate : candidates) {
                if (root.look(candidate) instanceof Present file && file.isRegular() && mayExecute(file)) {
                    // A new execve, so the kernel's count of interpreters begins again; ours goes on, to end.
                    return depth >= MAX_DEPTH
                            ? chain.unchecked("too many scripts.")
                            : chain.follow(candidate, depth + 1, script);
                }
            }
            boolean crlf = wanted.endsWith("\r");
            chain.evidence().add("env: no " + wanted + " in PATH=" + caller.path());
            return chain.result(
                    Outcome.LOADER_FAILS,
                    crlf ? StartCause.SCRIPT_CRLF : StartCause.SCRIPT_INTERPRETER_MISSING,
                    true,
                    crlf
                            ? "would end with exit code 127: the first line of " + script
                                    + " ends in a carriage return. Convert it to Unix line ends (dos2unix)."
                            : "would end with exit code 127: env finds no " + wanted + " in PATH (" + caller.path()
                                    + "). Install it, or correct the line of " + script + ".",
                    127,
                    wanted);
        }
    }

    /** An ELF file. */
    private final class Program {
        private final Chain chain;

        Program(Chain chain) {
            this.chain = chain;
        }

        Inspection inspect(String path, Present file) {
            FileReader reader = file.reader();
            try {
                FileBytes bytes = new FileBytes(reader == null ? (offset, length) -> new byte[0] : reader);
                ElfFile elf = Libraries.parse(bytes);
                if (elf.machine() != 0 && !node.runs(elf.machine())) {
                    return foreign(path, elf);
                }
                if (elf.defect() != null) {
                    return chain.fails(
                            StartCause.CORRUPT_ELF,
                            path,
                            "would not start: " + chain.itself(path) + " " + elf.defect()
                                    + ". Copy or build it again.");
                }
                chain.evidence()
                        .add("ELF " + path + ": " + elf.architecture() + ", type " + elf.type()
                                + (elf.interpreter() == null
                                        ? ", no interpreter"
                                        : ", interpreter " + elf.interpreter()));
                SharedObject dynamic = new DynamicReader(elf, bytes).read();
                chain.hardened(Hardening.of(elf, dynamic, bytes));
                return elf.interpreter() == null
                        ? alone(elf, dynamic)
                        : linked(
                                elf,
                                elf.interpreter(),
                                new Libraries.Library(file, elf, dynamic == null ? empty() : dynamic, null));
            } catch (BrokenElfException broken) {
                return chain.result(
                        Outcome.UNCHECKED,
                        StartCause.CORRUPT_ELF,
                        false,
                        "does not hold together: the file " + broken.defect() + ". Copy or build it again.",
                        null,
                        path);
            }
        }

        private SharedObject empty() {
            return new SharedObject(
                    List.of(),
                    null,
                    null,
                    null,
                    false,
                    false,
                    false,
                    List.of(),
                    null,
                    java.util.Set.of(),
                    List.of(),
                    List.of());
        }

        private Inspection alone(ElfFile elf, @Nullable SharedObject dynamic) {
            boolean program = elf.type() == ElfFile.ET_EXEC || dynamic == null || dynamic.positionIndependentProgram();
            return program
                    ? chain.starts(true, "would start: it is a static program for " + elf.architecture() + ".")
                    : chain.result(
                            Outcome.NOT_A_PROGRAM,
                            null,
                            false,
                            "is a shared library, or a loader: nothing that is meant to be started.",
                            null,
                            null);
        }

        private Inspection foreign(String path, ElfFile elf) {
            BinfmtHandler off = null;
            for (BinfmtHandler handler : node.binfmt().handlers().values()) {
                String name = handler.name();
                off = !handler.enabled() && name.endsWith(elf.architecture()) ? handler : off;
            }
            return chain.fails(
                    StartCause.WRONG_ARCHITECTURE,
                    path,
                    "would not start: " + chain.itself(path) + " is built for " + elf.architecture() + ", this node is "
                            + ElfFile.architecture(node.machine(), true, true)
                            + (off == null
                                    ? " and no binfmt_misc handler takes it. Use a build for this node."
                                    : " and the binfmt_misc handler " + off.name() + " is disabled. Enable it."));
        }

        private Inspection linked(ElfFile elf, String interpreter, Libraries.Library main) {
            Entry entry = root.look(interpreter);
            if (entry instanceof Absent absent) {
                return absent.isMissing() || absent.errno() == ELOOP
                        ? new LoaderCheck(root, libraries, node).missing(interpreter, chain::fails)
                        : chain.unchecked(interpreter + " could not be looked at: errno " + absent.errno() + ".");
            }
            Inspection refused = chain.refusal(interpreter, (Present) entry);
            Libraries.Library loader = refused == null ? libraries.open(interpreter) : null;
            if (loader == null) {
                return refused == null ? chain.unchecked(interpreter + " went away.") : refused;
            }
            ElfFile loaderElf = loader.elf();
            if (loader.defect() != null || loaderElf == null || loaderElf.machine() != elf.machine()) {
                return chain.fails(
                        StartCause.CORRUPT_ELF,
                        interpreter,
                        "would not start: its dynamic loader " + interpreter + " "
                                + (loader.defect() != null ? loader.defect() : "is built for another CPU")
                                + ". Install that libc again.");
            }
            LinkedProgram program = new LoaderCheck(root, libraries, node).link(main, elf, interpreter, loader);
            chain.evidence().addAll(program.evidence());
            LinkedProgram.Problem problem = program.problem();
            return problem == null
                    ? chain.starts(LoaderCheck.isKnown(interpreter), "would start.")
                    : chain.result(
                            Outcome.LOADER_FAILS,
                            problem.cause(),
                            problem.certain(),
                            problem.sentence(),
                            problem.exitCode(),
                            problem.subject());
        }
    }

    private boolean mayExecute(Present file) {
        return mayExecute(file, (file.mode() & 0111) != 0);
    }

    // Root may enter any directory, and run any file that anyone may run.
    private boolean mayExecute(Present file, boolean asRoot) {
        if (caller.userId() == 0) {
            return asRoot;
        }
        int shift = file.userId() == caller.userId() ? 6 : file.groupId() == caller.groupId() ? 3 : 0;
        return (file.mode() >> shift & 1) != 0;
    }

    private @Nullable String closedDirectory(String asked, String real) {
        if (caller.userId() == 0) {
            return null;
        }
        for (String path : List.of(asked, real)) {
            for (int slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
                String directory = path.substring(0, slash);
                if (root.look(directory) instanceof Present entry && !mayExecute(entry, true)) {
                    return directory;
                }
            }
        }
        return null;
    }
}
