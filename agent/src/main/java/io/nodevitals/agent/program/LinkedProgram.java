// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import io.nodevitals.agent.program.Libraries.Library;
import io.nodevitals.agent.program.SharedObject.VersionNeed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A program and its libraries as a loader brings them together, breadth first, and the first thing that would stop it. */
final class LinkedProgram {
    /** Libraries of one program; a desktop program has about 300. */
    private static final int MAX_OBJECTS = 2000;

    /** Lines of evidence: a hostile program can lack a million symbols. */
    static final int MAX_EVIDENCE = 1000;

    /** What they may cost to keep together, in bytes: a hostile image can name a thousand large ones. */
    private static final long MAX_WEIGHT = 14 << 20;

    /**
     * A file that is part of the program.
     *
     * @param name by which it was asked for
     * @param neededBy null for the program itself
     */
    record Member(String name, Library library, @Nullable Member neededBy) {
        SharedObject dynamic() {
            return library.dynamic();
        }
    }

    /**
     * What would stop the loader.
     *
     * @param subject library, version or symbol
     * @param sentence completes "PATH "
     * @param exitCode null when it would be killed
     */
    record Problem(
            StartCause cause,
            String subject,
            String sentence,
            @Nullable Integer exitCode,
            boolean certain) {}

    /** Finds one library as one libc's loader does. */
    interface Search {
        /** Null when there is none; one with a defect when the loader would give up at it. */
        @Nullable
        Library find(String name, Member neededBy);
    }

    private final List<Member> members = new ArrayList<>();
    private final Map<String, Member> byName = new HashMap<>();
    private final Map<String, Member> byIdentity = new HashMap<>();
    private final List<String> evidence = new ArrayList<>();
    private final Effort effort;
    private @Nullable Problem problem;
    private long weight;
    private boolean cut;

    /** Nothing yet; {@code effort} is what the search for its libraries may cost. */
    LinkedProgram(Effort effort) {
        this.effort = effort;
    }

    /** Whether not all of it was looked at. */
    boolean isCut() {
        return cut;
    }

    /** Whether nothing stopped the loader so far. */
    boolean goesOn() {
        return problem == null && !cut;
    }

    List<String> evidence() {
        return evidence;
    }

    /** Keeps a line, unless there are many already. */
    void saw(String line) {
        if (evidence.size() < MAX_EVIDENCE) {
            evidence.add(line);
        }
    }

    // Whether one more problem of a kind would be told.
    private boolean listens() {
        return problem == null || evidence.size() < MAX_EVIDENCE;
    }

    @Nullable
    Problem problem() {
        return problem;
    }

    /**
     * Brings all together.
     *
     * @param loader itself a library that others may need
     * @param builtIn names that the loader answers to
     */
    void load(Library program, Library loader, Set<String> builtIn, Search search) {
        Member main = new Member("the program", program, null);
        Member linker = new Member(loader.file().path(), loader, main);
        builtIn.forEach(name -> byName.put(name, linker));
        register(linker);
        members.add(main);
        for (int next = 0; next < members.size(); next++) {
            Member member = members.get(next);
            for (String name : member.dynamic().needed()) {
                if (members.size() >= MAX_OBJECTS || weight > MAX_WEIGHT || effort.isSpent()) {
                    cut = true;
                    return;
                }
                if (!byName.containsKey(name)) {
                    add(name, member, search);
                }
            }
        }
        // Last, for it needs nothing, but offers versions and symbols.
        members.add(linker);
    }

    private void add(String name, Member neededBy, Search search) {
        Library library = search.find(name, neededBy);
        if (library == null && effort.isSpent()) {
            return;
        }
        if (library == null) {
            saw("library " + name + ": not found, needed by " + neededBy.name());
            stop(new Problem(
                    StartCause.LIBRARY_MISSING,
                    name,
                    "would end with exit code 127: its loader does not find " + name + ", needed by " + neededBy.name()
                            + ". Install the package that has it, or put it where the loader looks.",
                    127,
                    true));
            return;
        }
        if (library.defect() != null) {
            saw("library " + name + ": " + library.file().path() + " " + library.defect());
            stop(unusable(library, library.defect()));
            return;
        }
        Member same = byIdentity.get(library.file().identity());
        if (same != null) {
            byName.put(name, same);
            return;
        }
        saw("library " + name + ": " + library.file().path());
        Member member = new Member(name, library, neededBy);
        members.add(member);
        weight += member.dynamic().weight();
        byName.put(name, member);
        register(member);
    }

    private static Problem unusable(Library library, String defect) {
        return new Problem(
                StartCause.LIBRARY_UNUSABLE,
                library.file().path(),
                (library.kills()
                                ? "would be killed (SIGBUS or SIGSEGV): its library "
                                : "would end with exit code 127: its library ")
                        + library.file().path() + " " + defect + ". Install it again.",
                library.kills() ? null : 127,
                !library.kills());
    }

    private void register(Member member) {
        byIdentity.put(member.library().file().identity(), member);
        String soname = member.dynamic().soname();
        if (soname != null) {
            byName.putIfAbsent(soname, member);
        }
    }

    private void stop(Problem found) {
        problem = problem == null ? found : problem;
    }

    /** glibc's check of symbol versions; it ends the program with exit code 1. */
    void checkVersions() {
        for (Member member : members) {
            for (VersionNeed need : member.dynamic().versionsNeeded()) {
                Member provider = byName.get(need.library());
                Set<String> offered =
                        provider == null ? null : provider.dynamic().versionsDefined();
                if (provider != null
                        && offered != null
                        && !need.weak()
                        && !offered.contains(need.version())
                        && listens()) {
                    saw("version " + need.version() + ": not in "
                            + provider.library().file().path() + ", needed by " + member.name());
                    stop(new Problem(
                            StartCause.VERSION_MISSING,
                            need.version(),
                            "would end with exit code 1: version " + need.version() + " not found in "
                                    + provider.library().file().path() + ", required by " + member.name()
                                    + ". Build it for this libc, or use a base image with a newer one.",
                            1,
                            true));
                }
            }
        }
    }

    /** Whether every symbol that a relocation needs before the start is offered by someone. */
    void checkSymbols(boolean lazy) {
        SymbolNames offered = SymbolNames.union(
                members.stream().map(member -> member.dynamic().defined()).toList());
        for (Member member : members) {
            List<String> wanted = new ArrayList<>(member.dynamic().wantedAtStart());
            if (!lazy) {
                wanted.addAll(member.dynamic().wantedLater());
            }
            for (String symbol : wanted) {
                if (!offered.contains(symbol) && listens()) {
                    saw("symbol " + symbol + ": offered by no library, needed by " + member.name());
                    stop(new Problem(
                            StartCause.SYMBOL_MISSING,
                            symbol,
                            "would end with exit code 127: no library offers the symbol " + symbol + ", needed by "
                                    + member.name()
                                    + ". One of its libraries is another version or build than it was linked with.",
                            127,
                            false));
                }
            }
        }
    }
}
