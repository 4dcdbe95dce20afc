// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

import org.jspecify.annotations.Nullable;

/**
 * Whom something is accounted to: a container, the host, or nobody known.
 *
 * @param kind container: a container's cgroup (of a pod, or of docker or podman alone); host: everything else on the node;
 *     unknown: could not be attributed
 * @param podUid in the API's form (36 characters with dashes; 32 hex digits for a static pod's config hash), or null
 * @param containerId the runtime's id, usually 64 hex digits, or null
 * @param runtime or null
 * @param qos or null when the cgroup does not tell
 */
public record Workload(
        Kind kind,
        @Nullable String podUid,
        @Nullable String containerId,
        @Nullable ContainerRuntime runtime,
        @Nullable QosClass qos) {

    /** What is not in any container. */
    public static final Workload HOST = new Workload(Kind.HOST, null, null, null, null);

    /** What could not be attributed; counted. */
    public static final Workload UNKNOWN = new Workload(Kind.UNKNOWN, null, null, null, null);

    /** See the record's parameter. */
    public enum Kind {
        CONTAINER,
        /** A pod's own cgroup or its sandbox, outside any named container. */
        POD,
        HOST,
        UNKNOWN
    }

    /** Who made the container, as its cgroup's name says. */
    public enum ContainerRuntime {
        CONTAINERD,
        CRI_O,
        DOCKER,
        PODMAN,
        /** A bare id below a pod's cgroup: the cgroupfs driver names no runtime. */
        UNNAMED
    }

    /** Kubernetes quality-of-service class, as the cgroup's place says. */
    public enum QosClass {
        GUARANTEED,
        BURSTABLE,
        BEST_EFFORT
    }
}
