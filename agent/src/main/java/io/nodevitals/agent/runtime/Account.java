// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import java.util.Locale;

/** The accounts that {@link AccountCheck} keeps. */
enum Account {
    /** Per program and CPU: seen = submitted + folded + filtered + failed. */
    OUTCOMES("what the programs saw and what became of it differ"),
    /** Per ring: submitted = consumed + still in the ring. */
    RINGS("what was put into a ring and what came out of it differ"),
    /** Per program and CPU: numbers that no record carried = reserves that failed. */
    SEQUENCES("records are missing between those that arrived"),
    /** No counter of the kernel's goes backwards. */
    MONOTONY("a counter that can only grow went backwards");

    private final String clause;

    Account(String clause) {
        this.clause = clause;
    }

    /** As in {@code nodevitals.account}. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What a residual means, as a clause. */
    String clause() {
        return clause;
    }
}
