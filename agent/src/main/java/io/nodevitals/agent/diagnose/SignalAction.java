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

    /**
     * The action of a number of enum nv_signal_action.
     *
     * @throws IllegalArgumentException when there is none
     */
    public static SignalAction ofNumber(int number) {
        return switch (number) {
            case 1 -> FATAL;
            case 2 -> HANDLED;
            case 3 -> IGNORED;
            case 4 -> STOPPED;
            default -> throw new IllegalArgumentException("action=" + number);
        };
    }
}
