// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.diagnose.ProgramStarts;
import io.nodevitals.agent.process.ProcessId;
import io.nodevitals.agent.program.Inspection;
import io.nodevitals.agent.program.NodeFacts;
import io.nodevitals.agent.program.ProgramInspector;
import io.nodevitals.agent.program.ProgramInspector.Caller;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Inspects a program in another process's root, by the rules and on the thread of {@link SafeFileOpener}. No look goes on for longer
 * than {@link #PATIENCE_MILLIS}, though its files answer. Any one thread may call.
 */
final class ProgramOpener implements ProgramStarts {
    /** Some libraries on a cold disk, each read in a few places. */
    static final int PATIENCE_MILLIS = 5 * SafeFileOpener.PATIENCE_MILLIS;

    private final SafeFileOpener files;
    private final Path proc;
    private @Nullable NodeFacts node;

    /**
     * Looks as {@code files} does.
     *
     * @param proc where the node's proc file system is mounted
     */
    ProgramOpener(SafeFileOpener files, Path proc) {
        this.files = files;
        this.proc = proc;
    }

    @Override
    public @Nullable Inspection inspect(ProcessId through, long mountNamespace, String path) {
        if (path.isEmpty() || path.indexOf('\0') >= 0) {
            return null;
        }
        long deadline = System.nanoTime() + 1_000_000L * PATIENCE_MILLIS;
        return files.thread()
                .<@Nullable Inspection>call(
                        "program=" + path,
                        PATIENCE_MILLIS,
                        () -> inspectNow(through, mountNamespace, path, deadline),
                        reason -> null);
    }

    private @Nullable Inspection inspectNow(ProcessId through, long mountNamespace, String path, long deadline) {
        return files.door()
                .<@Nullable Inspection>through(
                        through,
                        mountNamespace,
                        "root",
                        (processFd, rootFd) -> inspectBelow(files.root(rootFd), through, path, deadline),
                        reason -> null);
    }

    private @Nullable Inspection inspectBelow(DirectoryRoot root, ProcessId through, String path, long deadline) {
        String absolute = path.startsWith("/") ? path : atWorkingDirectory(root, through, path);
        if (absolute == null) {
            return null;
        }
        NodeFacts facts = node;
        if (facts == null) {
            facts = NodeFacts.read(proc, System.getProperty("os.arch", ""));
            node = facts;
        }
        return new ProgramInspector(facts, new HurriedRoot(root, deadline), Caller.ROOT).inspect(absolute);
    }

    private @Nullable String atWorkingDirectory(DirectoryRoot root, ProcessId through, String path) {
        String directory = files.door()
                .<@Nullable String>through(
                        through, 0, "cwd", (processFd, directoryFd) -> root.pathOf(directoryFd), reason -> null);
        return directory == null ? null : directory + "/" + path;
    }
}
