// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import org.jspecify.annotations.Nullable;

/**
 * Something that the probes build on, and whether it is there.
 *
 * @param name one or two words
 * @param state what was found
 * @param reason the evidence, one clause for a person
 * @param remedy what would help; null when nothing is wrong or nothing helps
 */
public record KernelFeature(
        String name, State state, String reason, @Nullable String remedy) {
    /** "Could not tell" is not "no". */
    public enum State {
        AVAILABLE,
        UNAVAILABLE,
        UNKNOWN
    }

    static KernelFeature available(String name, String reason) {
        return new KernelFeature(name, State.AVAILABLE, reason, null);
    }

    static KernelFeature unavailable(String name, String reason, @Nullable String remedy) {
        return new KernelFeature(name, State.UNAVAILABLE, reason, remedy);
    }

    static KernelFeature unknown(String name, String reason) {
        return new KernelFeature(name, State.UNKNOWN, reason, null);
    }

    boolean isUnavailable() {
        return state == State.UNAVAILABLE;
    }
}
