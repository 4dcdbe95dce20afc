// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

/** Who sent a deadly signal: nodevitals.signal.sender.class. */
public enum SenderClass {
    /** The process itself. */
    SELF("self"),
    /** Its parent. */
    PARENT("parent"),
    /** Another process of the same container. */
    SAME_CONTAINER("same_container"),
    /** A container runtime on the host. */
    CONTAINER_RUNTIME("container_runtime"),
    /** The kubelet. */
    KUBELET("kubelet"),
    /** Any other process on the host. */
    HOST_PROCESS("host_process"),
    /** The kernel itself. */
    KERNEL("kernel");

    private final String wireName;

    SenderClass(String wireName) {
        this.wireName = wireName;
    }

    /** As it is sent and shown. */
    public String wireName() {
        return wireName;
    }
}
