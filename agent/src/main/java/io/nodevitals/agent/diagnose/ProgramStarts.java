// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.process.ProcessId;
import io.nodevitals.agent.program.Inspection;
import org.jspecify.annotations.Nullable;

/** The port through which a program that has ended is inspected in the root of a process that lives; the native side implements it. */
@FunctionalInterface
public interface ProgramStarts {
    /** Looks at nothing. */
    ProgramStarts BLIND = (through, mountNamespace, path) -> null;

    /**
     * What exec and the program's own loader would make of it. Called on the diagnoser's thread; bounded in time, and bound by the rules
     * of {@link RootFiles}.
     *
     * @param through must still be that very process, not another under its pid
     * @param mountNamespace that it must be in
     * @param path raw Latin-1 chars; a relative one starts at the process's working directory
     * @return null when no look was possible
     */
    @Nullable
    Inspection inspect(ProcessId through, long mountNamespace, String path);
}
