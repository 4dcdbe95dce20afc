// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import io.nodevitals.agent.program.Libraries.Library;
import io.nodevitals.agent.program.RootView.Present;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a dynamic loader would make of a program, by the libc that it belongs to. */
final class LoaderCheck {
    private final RootView root;
    private final Libraries libraries;
    private final NodeFacts node;

    LoaderCheck(RootView root, Libraries libraries, NodeFacts node) {
        this.root = root;
        this.libraries = libraries;
        this.node = node;
    }

    /** Whether it is known where that loader looks. */
    static boolean isKnown(String interpreter) {
        return Loaders.isMusl(interpreter) || Loaders.isGlibc(interpreter);
    }

    Inspection missing(String interpreter, Findings findings) {
        boolean musl = Loaders.isMusl(interpreter);
        String other = Loaders.otherLibcs(interpreter);
        if (other != null && root.look(other) instanceof Present) {
            return findings.execFails(
                    StartCause.LIBC_MISMATCH,
                    interpreter,
                    "would not start: it was built for " + (musl ? "musl" : "glibc") + " (it asks for " + interpreter
                            + "), but this root file system has " + (musl ? "glibc" : "musl") + " (" + other
                            + "). Use a build for this libc, a static one, or another base image.");
        }
        return findings.execFails(
                StartCause.INTERPRETER_MISSING,
                interpreter,
                "would not start: the file is there, but the dynamic loader that it asks for, " + interpreter
                        + ", is not. Install that libc, link statically, or use another base image.");
    }

    LinkedProgram link(Library main, ElfFile elf, String interpreter, Library loader) {
        Effort effort = new Effort();
        LinkedProgram program = new LinkedProgram(effort);
        if (Loaders.isMusl(interpreter)) {
            @Nullable Library pathFile = libraries.open(MuslSearch.pathFile(interpreter));
            program.load(main, loader, Set.of("libc.so"), new MuslSearch(libraries, elf, loader, pathFile, effort));
            if (program.goesOn()) {
                program.checkSymbols(false);
            }
        } else if (Loaders.isGlibc(interpreter)) {
            @Nullable Library cache = libraries.open("/etc/ld.so.cache");
            GlibcSearch search = new GlibcSearch(libraries, elf, node, main, loader, cache, effort);
            program.load(main, loader, Set.of(interpreter), search);
            if (program.goesOn()) {
                program.checkVersions();
            }
            if (program.goesOn()) {
                program.checkSymbols(true);
            }
        } else {
            program.saw("loader " + interpreter + ": of no libc that is known here; libraries were not checked");
        }
        return program;
    }
}
