// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.config;

/** Reads a setting's value. */
@FunctionalInterface
interface ValueParser<T> {

    /**
     * The value that a person's text stands for.
     *
     * @throws IllegalArgumentException when it stands for none; the message may be empty, since {@link Setting} knows what is
     *     allowed
     */
    T parse(String text);
}
