// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

/** Which plain exits are occurrences, beside the ends by a signal that always are. All are counted. */
public enum ReportedExits {
    NONE,
    /** With a code other than 0. */
    NONZERO,
    ALL;

    /** Whether an exit with this code is one. */
    public boolean include(int exitCode) {
        return switch (this) {
            case NONE -> false;
            case NONZERO -> exitCode != 0;
            case ALL -> true;
        };
    }
}
