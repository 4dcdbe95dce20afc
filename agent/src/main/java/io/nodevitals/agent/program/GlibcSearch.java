// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import io.nodevitals.agent.program.Libraries.Library;
import io.nodevitals.agent.program.LinkedProgram.Member;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where glibc's loader looks for a library (ld.so(8), _dl_map_object in elf/dl-load.c): DT_RPATH of the file and of those that led to
 * it unless it has a DT_RUNPATH, then that, then the cache, then the directories compiled into that very loader. LD_LIBRARY_PATH is
 * taken as unset. A file for another CPU or word size is passed over; one that is no library ends the search.
 */
final class GlibcSearch implements LinkedProgram.Search {
    private static final int MAX_CACHE = 4 << 20;
    private static final int MAX_LOADER = 4 << 20;
    static final int MAX_DIRECTORIES = 256;
    static final int MAX_PATH = 4096;

    // Compiled in as one array of directories, each ending in "/" and NUL.
    private static final Pattern SYSTEM_DIRECTORIES =
            Pattern.compile("(?:/(?:usr/)?lib[^\0/]{0,32}/(?:[^\0/]{1,64}/)?\0){2,8}");

    private final Libraries libraries;
    private final ElfFile program;
    private final NodeFacts node;
    private final String origin;
    private final LinkerCache cache;
    private final List<String> systemDirectories;
    private final Effort effort;

    GlibcSearch(
            Libraries libraries,
            ElfFile program,
            NodeFacts node,
            Library main,
            Library loader,
            @Nullable Library cacheFile,
            Effort effort) {
        this(libraries, program, node, main, readCache(cacheFile), directories(loader), effort);
    }

    private GlibcSearch(
            Libraries libraries,
            ElfFile program,
            NodeFacts node,
            Library main,
            LinkerCache cache,
            List<String> systemDirectories,
            Effort effort) {
        this.libraries = libraries;
        this.program = program;
        this.node = node;
        this.origin = parent(main.file().path());
        this.cache = cache;
        this.systemDirectories = systemDirectories;
        this.effort = effort;
    }

    private static LinkerCache readCache(@Nullable Library file) {
        return LinkerCache.parse(file == null ? new byte[0] : bytes(file, MAX_CACHE));
    }

    static byte[] bytes(Library file, int limit) {
        RootView.FileReader reader = file.file().reader();
        try {
            return reader == null
                    ? new byte[0]
                    : reader.read(0, (int) Math.min(limit, file.file().sizeBytes()));
        } catch (java.io.IOException unreadable) {
            return new byte[0];
        }
    }

    /** The directories that a loader has compiled in. */
    static List<String> directories(Library loader) {
        Matcher found = SYSTEM_DIRECTORIES.matcher(new String(bytes(loader, MAX_LOADER), StandardCharsets.ISO_8859_1));
        List<String> directories = new ArrayList<>();
        while (found.find()) {
            List<String> run = List.of(found.group().split("\0", 0));
            directories = run.size() > directories.size() ? run : directories;
        }
        return directories.isEmpty() ? List.of("/lib64/", "/usr/lib64/", "/lib/", "/usr/lib/") : directories;
    }

    @Override
    public @Nullable Library find(String rawName, Member neededBy) {
        String name = expand(rawName, neededBy);
        effort.spend(name.length());
        if (name.indexOf('/') >= 0) {
            return usable(name);
        }
        Library found = neededBy.dynamic().runpath() == null
                ? inInheritedPaths(name, neededBy)
                : inPath(name, neededBy.dynamic().runpath(), neededBy);
        if (found == null && !neededBy.dynamic().noDefaultLibraries()) {
            found = inCache(name);
            for (int i = 0; i < systemDirectories.size() && found == null; i++) {
                found = inDirectory(name, systemDirectories.get(i));
            }
        }
        return found;
    }

    private @Nullable Library inInheritedPaths(String name, Member neededBy) {
        Library found = null;
        for (Member member = neededBy; member != null && found == null && effort.spend(0); member = member.neededBy()) {
            if (member.dynamic().runpath() == null && member.dynamic().rpath() != null) {
                found = inPath(name, member.dynamic().rpath(), member);
            }
        }
        return found;
    }

    private @Nullable Library inPath(String name, String path, Member owner) {
        if (!effort.spend(path.length())) {
            return null;
        }
        for (String directory : path.split(":", MAX_DIRECTORIES)) {
            Library found = inDirectory(name, directory.isEmpty() ? "/" : expand(directory, owner));
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private @Nullable Library inDirectory(String name, String directory) {
        String base = directory.endsWith("/") ? directory : directory + "/";
        for (String level : node.levels()) {
            Library found =
                    program.machine() == node.machine() ? usable(base + "glibc-hwcaps/" + level + "/" + name) : null;
            if (found != null) {
                return found;
            }
        }
        return usable(base + name);
    }

    private @Nullable Library inCache(String name) {
        List<String> levels = new ArrayList<>(node.levels());
        if (!effort.spend(cache.size())) {
            return null;
        }
        LinkerCache.Entry best = null;
        int bestRank = Integer.MAX_VALUE;
        for (LinkerCache.Entry entry : cache.find(name)) {
            int rank = entry.level() == null ? levels.size() : levels.indexOf(entry.level());
            if (isForProgram(entry.flags()) && rank >= 0 && rank < bestRank) {
                best = entry;
                bestRank = rank;
            }
        }
        return best == null ? null : usable(best.path());
    }

    // FLAG_ELF_LIBC6 and the ABI's own bits (sysdeps/generic/ldconfig.h).
    private boolean isForProgram(int flags) {
        return switch (program.machine()) {
            case ElfFile.EM_X86_64 -> flags == (program.wide() ? 0x0303 : 0x0803);
            case ElfFile.EM_386 -> flags == 0x0003;
            case ElfFile.EM_AARCH64 -> flags == 0x0a03;
            default -> (flags & 0xff) == 3;
        };
    }

    private @Nullable Library usable(String path) {
        if (!effort.spend(path.length())) {
            return null;
        }
        Library library = libraries.open(path);
        ElfFile elf = library == null ? null : library.elf();
        if (library == null || elf == null) {
            return library;
        }
        if (!elf.isFor(program)) {
            return null;
        }
        return elf.type() == ElfFile.ET_EXEC || library.dynamic().positionIndependentProgram()
                ? library.refused("is a program, no library")
                : library;
    }

    private String expand(String path, Member owner) {
        // No path as long as that can be opened, and each $ORIGIN in it may stand for one almost as long.
        if (path.indexOf('$') < 0 || path.length() > MAX_PATH) {
            return path;
        }
        String from = owner.neededBy() == null
                ? origin
                : parent(owner.library().file().path());
        String lib = systemDirectories.get(0).replaceFirst("^/(usr/)?", "").replaceFirst("/$", "");
        String platform = ElfFile.architecture(program.machine(), program.wide(), program.littleEndian());
        return path.replace("${ORIGIN}", from)
                .replace("$ORIGIN", from)
                .replace("${LIB}", lib)
                .replace("$LIB", lib)
                .replace("${PLATFORM}", platform)
                .replace("$PLATFORM", platform);
    }

    static String parent(String path) {
        int slash = path.lastIndexOf('/');
        return slash <= 0 ? "/" : path.substring(0, slash);
    }
}
