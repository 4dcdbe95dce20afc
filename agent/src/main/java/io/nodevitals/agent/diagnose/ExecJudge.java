// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import static io.nodevitals.agent.diagnose.Confidence.CERTAIN;
import static io.nodevitals.agent.diagnose.Confidence.GUESS;
import static io.nodevitals.agent.diagnose.Confidence.LIKELY;

import io.nodevitals.agent.diagnose.Look.Contents;
import io.nodevitals.agent.diagnose.Look.FileStatus;
import io.nodevitals.agent.diagnose.Look.NotRegular;
import io.nodevitals.agent.diagnose.Look.Unavailable;
import io.nodevitals.agent.process.LifecycleEvent.ExecFailed;
import io.nodevitals.agent.process.Names;
import io.nodevitals.agent.program.ElfFile;
import io.nodevitals.agent.program.Shebang;
import org.jspecify.annotations.Nullable;

/**
 * Finds the cause of one failed exec from its errno, the file's first bytes and a look at the file as the caller sees it.
 *
 * <p>A look comes after the fact: the file may have changed since. What it shows is believed when it explains the errno.
 */
final class ExecJudge {
    private final LookBudget looks;
    private final HandlerLookup handlers;
    private final int elfMachine;

    ExecJudge(TargetFileReader reader, HandlerLookup handlers, int elfMachine) {
        this.looks = new LookBudget(reader);
        this.handlers = handlers;
        this.elfMachine = elfMachine;
    }

    Verdict judge(ExecFailed event) {
        ProgramFile program = new ProgramFile(looks.readerAt(event.header().bootNanos()), event);
        Verdict verdict = switch (event.errno()) {
            case Errnos.ENOENT, Errnos.ENOTDIR -> new MissingFileJudge(program).judge();
            case Errnos.EACCES -> denied(program);
            case Errnos.ENOEXEC -> format(program);
            case Errnos.EIO, Errnos.ELIBBAD, Errnos.EINVAL -> broken(program, event.errno());
            case Errnos.ELOOP -> loop(program);
            default -> byErrnoAlone(event.errno());
        };
        return program.usedStandIn() ? verdict.atMostLikely() : verdict;
    }

    private static Verdict byErrnoAlone(int errno) {
        return switch (errno) {
            case Errnos.EPERM ->
                Verdict.of(
                        ExecFailureCause.PERMISSION,
                        LIKELY,
                        "not permitted. Look at security modules, no_new_privs and set-user-ID rules.");
            case Errnos.E2BIG ->
                Verdict.of(
                        ExecFailureCause.ARGUMENT_LIST_TOO_LONG,
                        CERTAIN,
                        "arguments and environment are larger than the kernel allows. Pass fewer, or use a file or xargs.");
            case Errnos.ETXTBSY ->
                Verdict.of(
                        ExecFailureCause.TEXT_BUSY,
                        CERTAIN,
                        "the file is open for writing. Close it before it is started.");
            case Errnos.ENOMEM ->
                Verdict.of(
                        ExecFailureCause.NO_MEMORY,
                        CERTAIN,
                        "the kernel had no memory to start it. Look at the memory limit and at the node's memory.");
            case Errnos.EAGAIN ->
                Verdict.of(
                        ExecFailureCause.UNKNOWN,
                        LIKELY,
                        "its user has more processes than RLIMIT_NPROC allows. Raise the limit or look for a process leak.");
            case Errnos.ENAMETOOLONG ->
                Verdict.of(
                        ExecFailureCause.FILE_MISSING,
                        CERTAIN,
                        "its path is longer than the kernel's 4095 bytes, or a name in it longer than 255. Correct the name.");
            case Errnos.EFAULT ->
                Verdict.of(
                        ExecFailureCause.UNKNOWN,
                        CERTAIN,
                        "its name or its arguments are at an address that is not mapped. This is a bug in the caller.");
            default -> Verdict.of(ExecFailureCause.UNKNOWN, CERTAIN, "the kernel answered " + Errnos.name(errno) + ".");
        };
    }

    private static Verdict denied(ProgramFile program) {
        Look look = program.look();
        if (look instanceof NotRegular notRegular) {
            String what = notRegular.isDirectory() ? "it is a directory" : "it is no regular file";
            return Verdict.of(ExecFailureCause.NOT_EXECUTABLE, CERTAIN, what + ". Name a program.");
        }
        if (look instanceof Unavailable unavailable) {
            return Verdict.of(
                    ExecFailureCause.PERMISSION,
                    GUESS,
                    "permission denied; whether by its mode, its mount or a directory could not be checked: "
                            + unavailable.reason() + ".");
        }
        if (look instanceof Contents contents) {
            FileStatus status = contents.status();
            if (!status.isExecutable()) {
                return Verdict.of(
                        ExecFailureCause.NOT_EXECUTABLE,
                        CERTAIN,
                        "it has no execute permission (" + status.permissions()
                                + "). Run chmod +x on it, also in the image.");
            }
            if (status.noexec()) {
                return Verdict.of(
                        ExecFailureCause.NOEXEC_MOUNT,
                        CERTAIN,
                        "its file system is mounted noexec" + status.mounted() + ". Move it, or mount without noexec.");
            }
            Verdict interpreter = deniedInterpreter(program);
            if (interpreter != null) {
                return interpreter;
            }
        }
        return Verdict.of(
                ExecFailureCause.PERMISSION,
                LIKELY,
                "permission denied. Look at the permissions of its directories, at its owner and at security modules.");
    }

    private static @Nullable Verdict deniedInterpreter(ProgramFile program) {
        String interpreter = program.interpreter();
        if (interpreter == null) {
            return null;
        }
        String name = Names.sanitise(interpreter);
        Look look = program.look(interpreter);
        if (look instanceof NotRegular notRegular) {
            return Verdict.about(
                    interpreter,
                    ExecFailureCause.NOT_EXECUTABLE,
                    CERTAIN,
                    "its interpreter " + name + (notRegular.isDirectory() ? " is a directory" : " is no regular file")
                            + ". Install the program that belongs there.");
        }
        if (!(look instanceof Contents contents)) {
            return null;
        }
        FileStatus status = contents.status();
        if (!status.isExecutable()) {
            return Verdict.about(
                    interpreter,
                    ExecFailureCause.NOT_EXECUTABLE,
                    CERTAIN,
                    "its interpreter " + name + " has no execute permission (" + status.permissions()
                            + "). Run chmod +x on that.");
        }
        return status.noexec()
                ? Verdict.about(
                        interpreter,
                        ExecFailureCause.NOEXEC_MOUNT,
                        CERTAIN,
                        "its interpreter " + name + " is on a file system mounted noexec" + status.mounted() + ".")
                : null;
    }

    private Verdict format(ProgramFile program) {
        byte[] head = program.head();
        if (head == null) {
            return Verdict.of(
                    ExecFailureCause.UNKNOWN_FORMAT,
                    GUESS,
                    "the kernel does not know its format; it could not be read: " + program.unreadable() + ".");
        }
        String path = program.event().filename();
        HandlerLookup.MissingHandler missing = handlers.missing(head, path == null ? "" : path);
        ElfFile elf = program.elf();
        if (missing != null) {
            return handlerLost(missing, elf);
        }
        if (elf == null) {
            return unknownFormat(head);
        }
        if (elf.machine() != 0 && elfMachine != 0 && (elf.machine() != elfMachine || !elf.littleEndian())) {
            return wrongArchitecture(elf, null);
        }
        String defect = elf.defect();
        return defect != null
                ? Verdict.of(ExecFailureCause.CORRUPT_ELF, CERTAIN, "the file " + defect + ". Build or copy it again.")
                : Verdict.of(
                        ExecFailureCause.CORRUPT_ELF,
                        LIKELY,
                        "its ELF headers look whole, but the kernel refuses them. Build or copy it again.");
    }

    private static Verdict handlerLost(HandlerLookup.MissingHandler handler, @Nullable ElfFile elf) {
        return new Verdict(
                ExecFailureCause.BINFMT_HANDLER_LOST,
                CERTAIN,
                handler.interpreter(),
                elf == null ? null : elf.architecture(),
                "the binfmt_misc handler " + handler.name() + ", by which " + handler.interpreter()
                        + " runs such programs, is "
                        + (handler.lost() ? "no longer registered" : "switched off")
                        + ". Run 'nodevitals binfmt --restore' on the host.");
    }

    private static Verdict unknownFormat(byte[] head) {
        Shebang shebang = Shebang.parse(head);
        if (shebang != null) {
            return Verdict.of(
                    ExecFailureCause.UNKNOWN_FORMAT,
                    CERTAIN,
                    "the line after #! names no interpreter, or is longer than 255 bytes. Shorten it.");
        }
        String what = head.length == 0 ? "the file is empty" : "it is neither an ELF program nor a script with #!";
        return Verdict.of(
                ExecFailureCause.UNKNOWN_FORMAT, CERTAIN, what + ". A script needs a first line like #!/bin/sh.");
    }

    private Verdict wrongArchitecture(ElfFile elf, @Nullable String interpreter) {
        String node = ElfFile.architecture(elfMachine, true, true);
        String what = interpreter == null ? "it" : "its interpreter " + Names.sanitise(interpreter);
        return new Verdict(
                ExecFailureCause.WRONG_ARCHITECTURE,
                CERTAIN,
                interpreter,
                elf.architecture(),
                what + " is built for " + elf.architecture() + ", this node is " + node + ". Use an image or build for "
                        + node + ".");
    }

    // EIO and ELIBBAD are about the interpreter when there is one (load_elf_binary).
    private Verdict broken(ProgramFile program, int errno) {
        ElfFile elf = program.elf();
        if (elf == null) {
            return byErrnoAlone(errno);
        }
        String interpreter = elf.interpreter();
        String defect = elf.defect();
        if (errno != Errnos.EINVAL && interpreter != null) {
            ElfFile loader = program.elf(interpreter);
            if (loader != null && loader.machine() != elf.machine() && loader.machine() != 0) {
                return wrongArchitecture(loader, interpreter);
            }
            return Verdict.about(
                    interpreter,
                    ExecFailureCause.CORRUPT_ELF,
                    loader == null ? CERTAIN : LIKELY,
                    "its interpreter " + Names.sanitise(interpreter)
                            + " is no usable ELF file. Install the dynamic loader again.");
        }
        return Verdict.of(
                ExecFailureCause.CORRUPT_ELF,
                defect == null ? LIKELY : CERTAIN,
                "the file " + (defect == null ? "has ELF headers that the kernel refuses" : defect)
                        + ". Build or copy it again.");
    }

    private static Verdict loop(ProgramFile program) {
        byte[] head = program.head();
        boolean script = head != null && Shebang.parse(head) != null;
        String interpreter = program.interpreter();
        if (head != null && interpreter != null && !(program.look(interpreter) instanceof Contents)) {
            return Verdict.about(
                    interpreter,
                    ExecFailureCause.SYMLINK_LOOP,
                    CERTAIN,
                    "too many symbolic links lead to its interpreter " + Names.sanitise(interpreter)
                            + ", or they form a loop. Look at it with namei -l.");
        }
        return Verdict.of(
                ExecFailureCause.SYMLINK_LOOP,
                CERTAIN,
                script
                        ? "its interpreter is a script whose interpreter is a script, too deep for the kernel. Name a program after #!."
                        : "too many symbolic links lead to it, or they form a loop. Look at it with namei -l.");
    }
}
