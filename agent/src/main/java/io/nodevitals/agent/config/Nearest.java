// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.config;

import java.util.Collection;
import java.util.Optional;

/** Finds what a person meant by a word with a typo in it. */
public final class Nearest {

    private Nearest() {}

    /** The candidate with the fewest edits to the word, when they are at most a third of its length. */
    public static Optional<String> to(String word, Collection<String> candidates) {
        String best = null;
        int fewest = Math.max(2, word.length() / 3) + 1;
        for (String candidate : candidates) {
            int edits = edits(word, candidate);
            if (edits < fewest) {
                fewest = edits;
                best = candidate;
            }
        }
        return Optional.ofNullable(best);
    }

    // Levenshtein's distance, one row at a time. Words are short: callers pass flags and variable names.
    private static int edits(String left, String right) {
        int[] row = new int[right.length() + 1];
        for (int j = 0; j <= right.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= left.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.length(); j++) {
                int above = row[j];
                int change = left.charAt(i - 1) == right.charAt(j - 1) ? diagonal : diagonal + 1;
                row[j] = Math.min(change, Math.min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }
        return row[right.length()];
    }
}
