// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

/** How far the program had come: nodevitals.termination.phase. */
public enum Phase {
    /** Before its first instruction or inside the dynamic loader. */
    BEFORE_MAIN("before_main"),
    /** After that, or not known to be before. */
    RUNNING("running");

    private final String wireName;

    Phase(String wireName) {
        this.wireName = wireName;
    }

    /** As it is sent and shown. */
    public String wireName() {
        return wireName;
    }
}
