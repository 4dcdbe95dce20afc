// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.program.BuiltPrograms.TestRoot;
import io.nodevitals.agent.program.Inspection.Outcome;
import io.nodevitals.agent.program.ProgramInspector.Caller;
import io.nodevitals.agent.program.StartedForReal.Result;
import io.nodevitals.agent.runtime.DirectoryRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Hundreds of this machine's own programs, in a root where libraries were removed, renamed or replaced at random, against what glibc's
 * loader says of them. The loader is asked by LD_TRACE_LOADED_OBJECTS: it brings the libraries together as always, and then ends
 * without running anything of the program's. A missing library does not end it in that mode, it is listed as "not found"; a library
 * that is none ends it with 127 as always.
 */
class InspectMachineAgreementIT extends Agreement {
    private static final int PROGRAMS = 300;
    private static final int DAMAGED_PERCENT = 6;
    private static final long[] SEEDS = {1, 2, 3};

    private final Map<Outcome, Integer> seen = new EnumMap<>(Outcome.class);

    @Test
    void libraryVerdictsAreTheLoadersOwn() throws IOException {
        List<Inspection> programs = programs();
        for (long seed : SEEDS) {
            TestRoot root = copy(programs);
            String damage = damage(root, new Random(seed));
            try (DirectoryRoot view = new DirectoryRoot(root.directory())) {
                ProgramInspector inspector = new ProgramInspector(node(), view, Caller.ROOT);
                for (Inspection program : programs) {
                    agree(inspector.inspect(program.path()), root, "seed " + seed + ", " + damage);
                }
            }
        }
        System.out.println(programs.size() + " programs of this machine, " + SEEDS.length + " roots: " + seen);
        assertThat(seen.keySet()).containsExactlyInAnyOrder(Outcome.STARTS, Outcome.LOADER_FAILS);
    }

    private void agree(Inspection said, TestRoot root, String damage) throws IOException {
        // Where $ORIGIN is the loader asks /proc/self/exe; a chroot has no /proc, a container has.
        Files.deleteIfExists(root.at("/proc/self/exe"));
        root.link("/proc/self/exe", real(said));
        Result happened = reality.start(root.directory(), 0, said.path(), "LD_TRACE_LOADED_OBJECTS=1");
        String both = said + "; really: " + happened + "; " + damage;
        boolean complete = happened.kind().equals("exit")
                && happened.number() == 0
                && !happened.output().contains("not found");
        seen.merge(said.outcome(), 1, Integer::sum);

        assertThat(said.outcome() == Outcome.STARTS).as(both).isEqualTo(complete);
        if (said.cause() == StartCause.LIBRARY_MISSING && happened.number() == 0) {
            assertThat(happened.output()).as(both).contains(said.subject() + " => not found");
        } else if (!complete) {
            assertThat(happened.number()).as(both).isIn(0, 127);
            assertThat(said.cause()).as(both).isIn(StartCause.LIBRARY_MISSING, StartCause.LIBRARY_UNUSABLE);
        }
    }

    /** Programs with a loader that start here, with the libraries that they start with. */
    private static List<Inspection> programs() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(Path.of("/usr/bin"))) {
            files = new ArrayList<>(all.filter(Files::isRegularFile).sorted().toList());
        }
        Collections.shuffle(files, new Random(0));
        List<Inspection> programs = new ArrayList<>();
        try (DirectoryRoot host = new DirectoryRoot(Path.of("/"))) {
            ProgramInspector inspector = new ProgramInspector(node(), host, Caller.ROOT);
            for (Path file : files) {
                Inspection found = inspector.inspect(file.toString());
                boolean linked = found.evidence().stream().anyMatch(line -> line.startsWith("library libc.so.6: "));
                boolean script = found.evidence().stream().anyMatch(line -> line.startsWith("script "));
                if (linked && !script && found.outcome() == Outcome.STARTS && programs.size() < PROGRAMS) {
                    programs.add(found);
                }
            }
        }
        return programs;
    }

    /** Copies, never links: what is damaged below must not be the machine's. */
    private TestRoot copy(List<Inspection> programs) {
        TestRoot root = empty();
        root.directory("/usr/lib64").directory("/etc").link("/lib", "usr/lib").link("/lib64", "usr/lib64");
        root.copy(Path.of("/lib64/ld-linux-x86-64.so.2"), "/usr/lib64/ld-linux-x86-64.so.2");
        for (Inspection program : programs) {
            String real = real(program);
            root.copy(Path.of(real), real);
            if (!real.equals(program.path())) {
                root.link(program.path(), real);
            }
            program.evidence().stream()
                    .filter(line -> line.startsWith("library "))
                    .forEach(line -> library(root, line.substring(8)));
        }
        StartedForReal.output(List.of("ldconfig", "-r", root.directory().toString()));
        return root;
    }

    // Behind its symbolic links, which is where $ORIGIN counts from.
    private static String real(Inspection program) {
        return program.evidence().get(0).replaceFirst("^file [^:]*: (.*), mode .*$", "$1");
    }

    private static void library(TestRoot root, String line) {
        String name = line.substring(0, line.indexOf(": "));
        String path = line.substring(line.indexOf(": ") + 2);
        String link = path.substring(0, path.lastIndexOf('/') + 1) + name;
        if (Files.exists(root.at(path))) {
            return;
        }
        root.copy(Path.of(path), path);
        if (!link.equals(path) && !Files.exists(root.at(link))) {
            root.link(link, path.substring(path.lastIndexOf('/') + 1));
        }
    }

    private static String damage(TestRoot root, Random random) throws IOException {
        TreeSet<String> libraries = new TreeSet<>();
        try (Stream<Path> all = Files.walk(root.at("/usr/lib"))) {
            all.filter(Files::isRegularFile)
                    .map(file -> "/" + root.directory().relativize(file))
                    .filter(path -> path.contains(".so") && !path.contains("/libc.so.6"))
                    .forEach(libraries::add);
        }
        List<String> done = new ArrayList<>();
        for (String library : libraries) {
            if (random.nextInt(100) < DAMAGED_PERCENT) {
                int kind = random.nextInt(4);
                switch (kind) {
                    case 0 -> root.delete(library);
                    case 1 -> root.move(library, library + ".old");
                    case 2 -> root.script(library, "#!/bin/sh\n".repeat(100));
                    default -> root.foreign(root.at(library), library, 183);
                }
                done.add(
                        List.of("removed ", "renamed ", "replaced ", "foreign ").get(kind) + library);
            }
        }
        return done.toString();
    }
}
