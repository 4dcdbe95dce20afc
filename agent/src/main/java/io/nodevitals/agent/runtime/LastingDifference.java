// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

/**
 * Tells what is lost from what is under way, where a reading is the sum of both.
 *
 * <p>What is lost stays lost, what is under way ends. So the smallest of some readings is an upper bound of what was lost before the
 * first of them, and a single reading of 0 proves that nothing was. It does not matter how many programs were under way: interrupts
 * nest, and a preempted task may wait within one. A difference counts as lost when no reading of {@link #ROUNDS} rounds in a row over
 * {@link #NANOS} was 0; a program runs for microseconds. One thread.
 */
final class LastingDifference {
    static final int ROUNDS = 3;
    static final long NANOS = 10_000_000_000L;

    // Of the rounds that are being taken together.
    private final int[] rounds;
    private final long[] sinceNanos;
    private final long[] least;
    private final long[] lost;

    LastingDifference(int slots) {
        rounds = new int[slots];
        sinceNanos = new long[slots];
        least = new long[slots];
        lost = new long[slots];
    }

    /**
     * Takes the round's best reading.
     *
     * @param difference 0 or more
     * @return what is lost for sure
     */
    long lost(int slot, long difference, long nowNanos) {
        if (difference <= 0) {
            rounds[slot] = 0;
            lost[slot] = 0;
            return 0;
        }
        if (rounds[slot] == 0) {
            sinceNanos[slot] = nowNanos;
            least[slot] = difference;
        }
        rounds[slot]++;
        least[slot] = Math.min(least[slot], difference);
        lost[slot] = Math.min(lost[slot], difference);
        if (rounds[slot] >= ROUNDS && nowNanos - sinceNanos[slot] >= NANOS) {
            // The next rounds begin anew, for more may be lost by now.
            lost[slot] = least[slot];
            rounds[slot] = 0;
        }
        return lost[slot];
    }
}
