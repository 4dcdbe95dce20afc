// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import org.jspecify.annotations.Nullable;

/** Asks for a binfmt_misc handler that is not there any more. */
@FunctionalInterface
public interface HandlerLookup {
    /** Knows of none. */
    HandlerLookup NONE = (head, path) -> null;

    /**
     * A handler that was.
     *
     * @param name sanitised
     * @param interpreter sanitised
     * @param lost not registered any more; else switched off
     */
    record MissingHandler(String name, String interpreter, boolean lost) {}

    /**
     * The handler that used to start such a program and does not now; null when there is none.
     *
     * @param head the program's first bytes
     * @param path as it was given to exec, not sanitised
     */
    @Nullable
    MissingHandler missing(byte[] head, String path);
}
