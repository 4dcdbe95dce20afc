// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.binfmt;

import java.util.List;
import java.util.Locale;

/**
 * What is known of a handler that was seen at least once. Immutable; any thread.
 *
 * @param handler as it was last seen
 * @param failures execs that failed because it was not there or not enabled, since then
 * @param programs some of those, the latest last, not sanitised
 */
public record BinfmtState(BinfmtHandler handler, Presence presence, long failures, List<String> programs) {
    public BinfmtState {
        programs = List.copyOf(programs);
    }

    /** Whether the kernel asks it. */
    public enum Presence {
        ENABLED,
        /** It is there and not asked: switched off itself, or all of binfmt_misc. */
        DISABLED,
        LOST;

        /** As it is shown. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
