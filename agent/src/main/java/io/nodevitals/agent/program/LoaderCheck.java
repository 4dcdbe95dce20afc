// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import io.nodevitals.agent.program.Libraries.Library;
import io.nodevitals.agent.program.RootView.Present;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a dynamic loader would make of a program, by the libc that it belongs to. */
final class LoaderCheck {
    private static final List<String> MUSL_LOADERS =
            List.of("/lib/ld-musl-x86_64.so.1", "/lib/ld-musl-aarch64.so.1", "/lib/ld-musl-i386.so.1");
    private static final List<String> GLIBC_LOADERS = List.of(
            "/lib64/ld-linux-x86-64.so.2",
            "/lib/ld-linux-aarch64.so.1",
            "/lib/ld-linux.so.2",
            "/lib/ld-linux-armhf.so.3");

    private final RootView root;
    private final Libraries libraries;
    private final NodeFacts node;

    LoaderCheck(RootView root, Libraries libraries, NodeFacts node) {
        this.root = root;
        this.libraries = libraries;
        this.node = node;
    }

    /** Makes a verdict: cause, subject, sentence. */
    interface Verdict {
        Inspection fails(StartCause cause, String subject, String summary);
    }

    static boolean isMusl(String interpreter) {
        return interpreter.contains("/ld-musl-");
    }

    static boolean isGlibc(String interpreter) {
        return interpreter.contains("/ld-linux")
                || interpreter.contains("/ld64.so")
                || interpreter.endsWith("/ld.so.1");
    }

    /** Whether it is known where that loader looks. */
    static boolean isKnown(String interpreter) {
        return isMusl(interpreter) || isGlibc(interpreter);
    }

    Inspection missing(String interpreter, Verdict verdict) {
        boolean musl = isMusl(interpreter);
        List<String> others = musl ? GLIBC_LOADERS : isGlibc(interpreter) ? MUSL_LOADERS : List.of();
        for (String other : others) {
            if (root.look(other) instanceof Present) {
                return verdict.fails(
                        StartCause.LIBC_MISMATCH,
                        interpreter,
                        "would not start: it was built for " + (musl ? "musl" : "glibc") + " (it asks for "
                                + interpreter
                                + "), but this root file system has " + (musl ? "glibc" : "musl") + " (" + other
                                + "). Use a build for this libc, a static one, or another base image.");
            }
        }
        return verdict.fails(
                StartCause.INTERPRETER_MISSING,
                interpreter,
                "would not start: the file is there, but the dynamic loader that it asks for, " + interpreter
                        + ", is not. Install that libc, link statically, or use another base image.");
    }

    LinkedProgram link(Library main, ElfFile elf, String interpreter, Library loader) {
        LinkedProgram program = new LinkedProgram();
        if (isMusl(interpreter)) {
            @Nullable Library pathFile = libraries.open(MuslSearch.pathFile(interpreter));
            program.load(main, loader, Set.of("libc.so"), new MuslSearch(libraries, loader, pathFile));
            if (program.problem() == null) {
                program.checkSymbols(false);
            }
        } else if (isGlibc(interpreter)) {
            @Nullable Library cache = libraries.open("/etc/ld.so.cache");
            GlibcSearch search = new GlibcSearch(libraries, elf, node, main, loader, cache);
            program.load(main, loader, Set.of(interpreter), search);
            if (program.problem() == null) {
                program.checkVersions();
            }
            if (program.problem() == null) {
                program.checkSymbols(true);
            }
        } else {
            program.evidence()
                    .add("loader " + interpreter + ": of no libc that is known here; libraries were not checked");
        }
        return program;
    }
}
