// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import io.nodevitals.agent.program.Libraries.Library;
import io.nodevitals.agent.program.LinkedProgram.Member;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where musl's loader looks for a library (load_library in ldso/dynlink.c): DT_RUNPATH or DT_RPATH, alike, of the file and of all that
 * led to it, then the directories of /etc/ld-musl-ARCH.path, or /lib, /usr/local/lib and /usr/lib. The first file of that name is taken.
 */
final class MuslSearch implements LinkedProgram.Search {
    /** Names that the loader, which is the libc, answers to itself. */
    static final Set<String> BUILT_IN_PREFIXES = Set.of("c.", "pthread.", "rt.", "m.", "dl.", "util.", "xnet.");

    private static final int MAX_PATH_FILE = 1 << 16;
    private static final List<String> DEFAULT = List.of("/lib", "/usr/local/lib", "/usr/lib");

    private final Libraries libraries;
    private final ElfFile program;
    private final Library loader;
    private final List<String> directories;
    private final Effort effort;

    MuslSearch(Libraries libraries, ElfFile program, Library loader, @Nullable Library pathFile, Effort effort) {
        this.libraries = libraries;
        this.program = program;
        this.loader = loader;
        this.effort = effort;
        this.directories = pathFile == null
                ? DEFAULT
                : List.of(new String(GlibcSearch.bytes(pathFile, MAX_PATH_FILE), StandardCharsets.ISO_8859_1)
                        .split("[:\n]", GlibcSearch.MAX_DIRECTORIES));
    }

    /** The path file of a loader's name, which holds the architecture. */
    static String pathFile(String interpreter) {
        int name = interpreter.indexOf("/lib/ld-musl-");
        int end = interpreter.indexOf('.', Math.max(name, 0));
        return name < 0 || end < 0
                ? "/etc/ld-musl.path"
                : interpreter.substring(0, name) + "/etc/" + interpreter.substring(name + 5, end) + ".path";
    }

    @Override
    public @Nullable Library find(String name, Member neededBy) {
        if (name.startsWith("lib") && BUILT_IN_PREFIXES.stream().anyMatch(name.substring(3)::startsWith)) {
            return loader;
        }
        if (name.indexOf('/') >= 0) {
            return open(name);
        }
        for (Member member = neededBy; member != null && effort.spend(0); member = member.neededBy()) {
            String runpath = member.dynamic().runpath();
            String path = runpath == null ? member.dynamic().rpath() : runpath;
            if (path != null && effort.spend(path.length())) {
                String origin = GlibcSearch.parent(member.library().file().path());
                Library found = inDirectories(List.of(path.split(":", GlibcSearch.MAX_DIRECTORIES)), origin, name);
                if (found != null) {
                    return found;
                }
            }
        }
        return inDirectories(directories, "", name);
    }

    private @Nullable Library inDirectories(List<String> listed, String origin, String name) {
        for (String directory : listed) {
            // No path as long as that can be opened, and each $ORIGIN in it may stand for one almost as long.
            boolean usable = !directory.isEmpty() && directory.length() <= GlibcSearch.MAX_PATH;
            Library found = usable
                    ? open(directory.replace("${ORIGIN}", origin).replace("$ORIGIN", origin) + "/" + name)
                    : null;
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    // It looks at neither the CPU nor the word size of what it maps (map_library).
    private @Nullable Library open(String path) {
        if (!effort.spend(path.length())) {
            return null;
        }
        Library library = libraries.open(path);
        ElfFile elf = library == null ? null : library.elf();
        return library == null || library.defect() != null || elf == null || elf.isFor(program)
                ? library
                : library.killing("is built for " + elf.architecture());
    }
}
