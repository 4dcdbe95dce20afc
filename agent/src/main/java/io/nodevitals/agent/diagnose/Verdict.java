// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import org.jspecify.annotations.Nullable;

/**
 * Why one exec failed.
 *
 * @param interpreter raw, null when it is not about one
 * @param architecture that the file was built for, or null
 * @param text completes "X could not start F: ", with the remedy; names in it are sanitised
 */
record Verdict(
        ExecFailureCause cause,
        Confidence confidence,
        @Nullable String interpreter,
        @Nullable String architecture,
        String text) {

    static Verdict of(ExecFailureCause cause, Confidence confidence, String text) {
        return new Verdict(cause, confidence, null, null, text);
    }

    Verdict atMostLikely() {
        return confidence == Confidence.CERTAIN
                ? new Verdict(cause, Confidence.LIKELY, interpreter, architecture, text)
                : this;
    }

    static Verdict about(String interpreter, ExecFailureCause cause, Confidence confidence, String text) {
        return new Verdict(cause, confidence, interpreter, null, text);
    }
}
