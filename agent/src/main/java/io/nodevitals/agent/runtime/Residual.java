// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

/**
 * What an account does not balance by.
 *
 * @param where such as {@code mmap on CPU 1}
 * @param events how many are too few (lost) or, negative, too many (counted twice); never 0
 */
record Residual(Account account, String where, long events) {
    @Override
    public String toString() {
        return where + ": " + events;
    }
}
