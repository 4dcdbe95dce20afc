// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

/** How far the evidence carries. */
public enum Confidence {
    /** The kernel's own record says so. */
    CERTAIN("certain"),
    /** The evidence fits nothing else that is usual. */
    LIKELY("likely"),
    /** The most usual reason; evidence is missing. */
    GUESS("guess");

    private final String wireName;

    Confidence(String wireName) {
        this.wireName = wireName;
    }

    /** As it is sent and shown. */
    public String wireName() {
        return wireName;
    }
}
