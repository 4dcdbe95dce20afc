// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

/** Whose memory ran out: nodevitals.oom.scope. */
public enum OomScope {
    /** A cgroup's limit. */
    CGROUP("cgroup"),
    /** The node's memory. */
    NODE("node"),
    /** Killed along with another victim. */
    GROUP("group");

    private final String wireName;

    OomScope(String wireName) {
        this.wireName = wireName;
    }

    /** As it is sent and shown. */
    public String wireName() {
        return wireName;
    }
}
