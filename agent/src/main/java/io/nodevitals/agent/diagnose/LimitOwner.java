// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

/** Whose limit an OOM kill enforced: nodevitals.oom.limit_owner. */
public enum LimitOwner {
    /** The container's own. */
    CONTAINER("container"),
    /** The pod's. */
    POD("pod"),
    /** The node's, or what it gives to all pods. */
    NODE("node");

    private final String wireName;

    LimitOwner(String wireName) {
        this.wireName = wireName;
    }

    /** As it is sent and shown. */
    public String wireName() {
        return wireName;
    }
}
