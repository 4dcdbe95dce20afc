// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import io.nodevitals.agent.program.ElfFile;
import io.nodevitals.agent.program.Inspection;
import io.nodevitals.agent.program.Inspection.Outcome;
import io.nodevitals.agent.program.ProgramInspector;
import io.nodevitals.agent.program.RootView;
import io.nodevitals.agent.program.RootView.Present;
import io.nodevitals.agent.runtime.DirectoryRoot;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Every program of an unpacked image: regular files with an execute bit that are ELF programs or begin with #!. */
final class ImageInspection {
    private final ProgramInspector inspector;
    private final DirectoryRoot root;
    private final Consumer<Inspection> print;
    private final Map<Outcome, Integer> counts = new EnumMap<>(Outcome.class);
    private int unseen;

    ImageInspection(ProgramInspector inspector, DirectoryRoot root, Consumer<Inspection> print) {
        this.inspector = inspector;
        this.root = root;
        this.print = print;
    }

    int run(CommandContext context, boolean json) {
        walk();
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

    /** Follows no link, and goes on past what it may not read. */
    private void walk() {
        Deque<String> directories = new ArrayDeque<>(List.of(""));
        while (!directories.isEmpty()) {
            String directory = directories.pop();
            try {
                root.list(directory + "/", child -> {
                    String path = directory + "/" + child.name();
                    if (child.directory()) {
                        directories.push(path);
                    } else if (child.regular()) {
                        visit(path);
                    }
                });
            } catch (IOException unreadable) {
                unseen++;
            }
        }
    }

    private void visit(String path) {
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
}
