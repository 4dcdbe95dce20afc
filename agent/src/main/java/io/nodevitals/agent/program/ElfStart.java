// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import io.nodevitals.agent.binfmt.BinfmtHandler;
import io.nodevitals.agent.program.Libraries.Library;
import io.nodevitals.agent.program.RootView.Absent;
import io.nodevitals.agent.program.RootView.Entry;
import io.nodevitals.agent.program.RootView.FileReader;
import io.nodevitals.agent.program.RootView.Present;
import org.jspecify.annotations.Nullable;

/** An ELF file as exec loads it, and what its loader then does (load_elf_binary in fs/binfmt_elf.c). One thread. */
final class ElfStart {
    private static final int ELOOP = 40;

    private final RootView root;
    private final Libraries libraries;
    private final NodeFacts node;
    private final ExecPermission permission;
    private final Findings findings;

    ElfStart(RootView root, Libraries libraries, NodeFacts node, ExecPermission permission, Findings findings) {
        this.root = root;
        this.libraries = libraries;
        this.node = node;
        this.permission = permission;
        this.findings = findings;
    }

    Inspection inspect(String path, Present file) {
        FileReader reader = file.reader();
        try {
            FileBytes bytes = new FileBytes(reader == null ? (offset, length) -> new byte[0] : reader);
            ElfFile elf = Libraries.parse(bytes);
            // A file that ends before it names its CPU is broken, for whatever CPU.
            if (elf.machine() != 0 && !node.runs(elf)) {
                return foreign(path, elf);
            }
            if (elf.defect() != null) {
                return findings.execFails(
                        StartCause.CORRUPT_ELF,
                        path,
                        "would not start: " + findings.itself(path) + " " + elf.defect() + ". Copy or build it again.");
            }
            findings.saw("ELF " + path + ": " + elf.architecture() + ", type " + elf.type()
                    + (elf.interpreter() == null ? ", no interpreter" : ", interpreter " + elf.interpreter()));
            long end = elf.loadedEnd();
            if (Long.compareUnsigned(end, file.sizeBytes()) > 0) {
                return cut(path, file.sizeBytes(), end, elf);
            }
            SharedObject dynamic = new DynamicReader(elf, bytes).read();
            findings.hardened(Hardening.of(elf, dynamic, bytes));
            return elf.interpreter() == null
                    ? alone(elf, dynamic)
                    : linked(
                            elf,
                            elf.interpreter(),
                            new Library(file, elf, dynamic == null ? SharedObject.EMPTY : dynamic));
        } catch (BrokenElfException broken) {
            return findings.broken(path, broken.defect());
        }
    }

    // exec maps what the headers say; who touches a page beyond the file's end gets SIGBUS, and bss there is SIGSEGV at
    // once.
    private Inspection cut(String path, long size, long end, ElfFile elf) {
        String interpreter = elf.interpreter();
        return interpreter != null && root.look(interpreter) instanceof Absent absent && absent.isMissing()
                ? new LoaderCheck(root, libraries, node).missing(interpreter, findings)
                : findings.loaderFails(
                        StartCause.CORRUPT_ELF,
                        path,
                        false,
                        "would be killed (SIGBUS or SIGSEGV): " + findings.itself(path) + " ends at byte " + size
                                + ", what is loaded of it at " + Long.toUnsignedString(end) + ". Copy it again.",
                        null);
    }

    private Inspection alone(ElfFile elf, @Nullable SharedObject dynamic) {
        return elf.type() == ElfFile.ET_EXEC || dynamic == null || dynamic.positionIndependentProgram()
                ? findings.starts(
                        node.machine() != 0, "would start: it is a static program for " + elf.architecture() + ".")
                : findings.noProgram();
    }

    private Inspection foreign(String path, ElfFile elf) {
        BinfmtHandler off = null;
        for (BinfmtHandler handler : node.binfmt().handlers().values()) {
            boolean asked = handler.enabled() && node.binfmt().enabled();
            off = !asked && handler.name().endsWith(elf.architecture()) ? handler : off;
        }
        String what = "would not start: " + findings.itself(path) + " is built for " + elf.architecture()
                + ", this node is " + ElfFile.architecture(node.machine(), true, true);
        if (!node.binfmt().mounted()) {
            // Handlers may be there and out of sight, as in a container.
            return findings.execLikelyFails(
                    StartCause.WRONG_ARCHITECTURE,
                    path,
                    what + ", and whether a binfmt_misc handler takes it cannot be seen from here."
                            + " Use a build for this node.");
        }
        return findings.execFails(
                StartCause.WRONG_ARCHITECTURE,
                path,
                what
                        + (off == null
                                ? " and no binfmt_misc handler takes it. Use a build for this node."
                                : " and the binfmt_misc handler " + off.name() + " is disabled. Enable it."));
    }

    private Inspection linked(ElfFile elf, String interpreter, Library main) {
        Entry entry = root.look(interpreter);
        if (entry instanceof Absent absent) {
            return absent.isMissing() || absent.errno() == ELOOP
                    ? new LoaderCheck(root, libraries, node).missing(interpreter, findings)
                    : findings.unchecked(interpreter + " could not be looked at: errno " + absent.errno() + ".");
        }
        Inspection refused = permission.refusal(interpreter, (Present) entry, findings);
        if (refused != null) {
            return refused;
        }
        Library loader = libraries.open(interpreter);
        if (loader == null) {
            return findings.unchecked(interpreter + " went away.");
        }
        String unfit = unfit(elf, loader);
        if (unfit != null) {
            return findings.execFails(
                    StartCause.CORRUPT_ELF,
                    interpreter,
                    "would not start: its dynamic loader " + interpreter + " " + unfit + ". Install that libc again.");
        }
        if (loader.defect() != null) {
            return LoaderCheck.isKnown(interpreter)
                    ? findings.loaderFails(
                            StartCause.CORRUPT_ELF,
                            interpreter,
                            false,
                            "would be killed: its dynamic loader " + interpreter + " " + loader.defect()
                                    + ". Install that libc again.",
                            null)
                    : findings.starts(false, "would start, by way of " + interpreter + ".");
        }
        LinkedProgram program = new LoaderCheck(root, libraries, node).link(main, elf, interpreter, loader);
        program.evidence().forEach(findings::saw);
        LinkedProgram.Problem problem = program.problem();
        if (problem != null) {
            return findings.loaderFails(
                    problem.cause(), problem.subject(), problem.certain(), problem.sentence(), problem.exitCode());
        }
        return program.isCut()
                ? findings.unchecked("it has more libraries than are looked at.")
                : findings.starts(LoaderCheck.isKnown(interpreter) && node.machine() != 0, "would start.");
    }

    /** What makes exec refuse a loader (ELIBBAD); null when it takes it. */
    private static @Nullable String unfit(ElfFile program, Library loader) {
        ElfFile elf = loader.elf();
        if (elf == null) {
            return loader.defect() == null ? "is no ELF file" : loader.defect();
        }
        return elf.defect() != null ? elf.defect() : elf.isFor(program) ? null : "is built for " + elf.architecture();
    }
}
