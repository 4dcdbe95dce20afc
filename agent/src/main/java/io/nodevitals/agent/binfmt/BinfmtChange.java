// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.binfmt;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Something that changed between two looks.
 *
 * @param handler as it is now; of a lost one as it was
 * @param previous as it was before, null for a new one
 */
public record BinfmtChange(
        Kind kind, BinfmtHandler handler, @Nullable BinfmtHandler previous) {
    /** What changed. */
    public enum Kind {
        ADDED,
        LOST,
        DISABLED,
        ENABLED,
        /** Another interpreter, other flags or other files than before. */
        REPOINTED;

        /** As it is sent: nodevitals.binfmt.change. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Whether programs that used to start may fail now. */
    public boolean isHarmful() {
        return kind == Kind.LOST || kind == Kind.DISABLED || kind == Kind.REPOINTED;
    }
}
