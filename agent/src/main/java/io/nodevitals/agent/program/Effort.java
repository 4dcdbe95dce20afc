// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

/**
 * What the search for one program's libraries may cost: a hostile image can name a thousand libraries, and for each of them a thousand
 * directories. A step is a look at a file, or as much work as a thousand characters are. One thread.
 */
final class Effort {
    /** A large program takes some 10,000, one with a directory for every library ten times as many. */
    static final int MAX_STEPS = 500_000;

    private static final int CHARACTERS = 1000;

    private int left = MAX_STEPS;

    /** Whether there was enough left for a look, and for going through that many characters. */
    boolean spend(long characters) {
        long steps = 1 + characters / CHARACTERS;
        left = steps > left ? 0 : left - (int) steps;
        return left > 0;
    }

    /** Whether the search has to end. */
    boolean isSpent() {
        return left <= 0;
    }
}
