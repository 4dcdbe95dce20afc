// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import io.nodevitals.agent.program.ElfFile;
import io.nodevitals.agent.program.Inspection;
import io.nodevitals.agent.program.Inspection.Outcome;
import io.nodevitals.agent.program.ProgramInspector;
import io.nodevitals.agent.program.RootView;
import io.nodevitals.agent.program.RootView.Present;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;

/** Every program of an unpacked image: regular files with an execute bit that are ELF programs or begin with #!. */
final class ImageInspection {
    private final ProgramInspector inspector;
    private final RootView root;
    private final Path directory;
    private final Consumer<Inspection> print;
    private final Map<Outcome, Integer> counts = new EnumMap<>(Outcome.class);
    private int unseen;

    ImageInspection(ProgramInspector inspector, RootView root, Path directory, Consumer<Inspection> print) {
        this.inspector = inspector;
        this.root = root;
        this.directory = directory;
        this.print = print;
    }

    int run(CommandContext context, boolean json) throws IOException {
        Files.walkFileTree(directory, new Walk());
        int failing = count(Outcome.EXEC_FAILS) + count(Outcome.LOADER_FAILS);
        int unchecked = count(Outcome.UNCHECKED) + unseen;
        int programs = count(Outcome.STARTS) + failing + count(Outcome.UNCHECKED);
        (json ? context.err() : context.out())
                .println(programs + " programs: " + count(Outcome.STARTS) + " would start, " + failing + " would not, "
                        + unchecked + " could not be checked.");
        return failing > 0 ? ExitCode.FOUND_PROBLEM : unchecked > 0 ? ExitCode.COULD_NOT_CHECK : ExitCode.FINE;
    }

    private int count(Outcome outcome) {
        return counts.getOrDefault(outcome, 0);
    }

    private void visit(Path file) {
        // The walk only gives names; what is behind them is looked at through the root, which nothing leaves.
        String name = "/" + directory.relativize(file);
        String path = new String(name.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        if (!(root.look(path) instanceof Present present)) {
            unseen++;
            return;
        }
        RootView.FileReader reader = present.reader();
        if (reader == null || (present.mode() & 0111) == 0) {
            return;
        }
        byte[] head;
        try {
            head = reader.read(0, 4);
        } catch (IOException unreadable) {
            unseen++;
            return;
        }
        boolean script = head.length >= 2 && head[0] == '#' && head[1] == '!';
        if (script || ElfFile.isElf(head)) {
            Inspection inspection = inspector.inspect(path);
            counts.merge(inspection.outcome(), 1, Integer::sum);
            if (inspection.outcome() != Outcome.NOT_A_PROGRAM) {
                print.accept(inspection);
            }
        }
    }

    /** Follows no link, and goes on past what it may not read. */
    private final class Walk extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile()) {
                visit(file);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException reason) {
            unseen++;
            return FileVisitResult.CONTINUE;
        }
    }
}
