// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

/** What every command's exit code means. */
final class ExitCode {
    static final int FINE = 0;
    static final int FOUND_PROBLEM = 1;
    static final int WRONG_USAGE = 2;
    static final int COULD_NOT_CHECK = 3;

    private ExitCode() {}
}
