// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

/** What a signal did: nodevitals.signal.action. */
public enum SignalAction {
    /** Ended the process. */
    FATAL("fatal"),
    /** Went to a handler, or waits blocked. */
    HANDLED("handled"),
    /** Ignored. */
    IGNORED("ignored"),
    /** Stopped the process. */
    STOPPED("stopped");

    private final String wireName;

    SignalAction(String wireName) {
        this.wireName = wireName;
    }

    /** As it is sent and shown. */
    public String wireName() {
        return wireName;
    }
}
