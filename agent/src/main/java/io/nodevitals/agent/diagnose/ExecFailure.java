// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import org.jspecify.annotations.Nullable;

/**
 * An execve or execveat that failed, or a search along PATH that ended without success. Names are sanitised.
 *
 * @param bootNanos when the call, or the last of a search, returned
 * @param startBootNanos when the (first) call began; equals {@code bootNanos} when unknown, never after it
 * @param errno of the (last) call, positive
 * @param file as given by the caller; for a search with no find at all the bare command; "" when it could not be read
 * @param interpreter the one that is missing or broken, null when it is not about one
 * @param architecture that the file was built for, null when unknown or not about it
 * @param count 1, or how many repeats of an already reported failure this one stands for
 */
public record ExecFailure(
        Subject subject,
        long bootNanos,
        long startBootNanos,
        int errno,
        ExecFailureCause cause,
        Confidence confidence,
        String file,
        @Nullable String interpreter,
        @Nullable String architecture,
        int count,
        String summary)
        implements Occurrence {

    /** "ENOENT": error.type. */
    public String errorType() {
        return Errnos.name(errno);
    }
}
