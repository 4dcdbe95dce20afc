// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import org.jspecify.annotations.Nullable;

/** Ends a command with a sentence for a person and an exit code. */
final class CommandFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    CommandFailure(int exitCode, String sentence, @Nullable Throwable cause) {
        super(sentence, cause);
        this.exitCode = exitCode;
    }

    int exitCode() {
        return exitCode;
    }
}
