// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

import io.nodevitals.agent.attribute.Workload.ContainerRuntime;
import org.jspecify.annotations.Nullable;

/**
 * What a single directory name says of a container.
 *
 * @param form how the runtime wrote it, which decides where such a name can be genuine
 * @param runtime as the name says
 * @param id 64 hex digits
 */
record ContainerName(Form form, ContainerRuntime runtime, String id) {
    private static final int ID_LENGTH = 64;
    private static final String SCOPE = ".scope";

    /** How the name is made. */
    enum Form {
        /** A transient unit of systemd's: {@code docker-ID.scope}. */
        SCOPE,
        /** A prefix but no unit: {@code crio-ID}, {@code libpod-ID}. */
        PREFIXED,
        /** Podman's half of a service's own cgroup: {@code libpod-payload-ID}. */
        PAYLOAD,
        /** The monitor beside a container: {@code crio-conmon-ID.scope}. */
        MONITOR,
        /** Only the id. */
        BARE
    }

    private record Prefix(String text, Form form, ContainerRuntime runtime) {}

    // Longer prefixes first: "crio-" begins "crio-conmon-", too.
    private static final Prefix[] PREFIXES = {
        new Prefix("cri-containerd-", Form.PREFIXED, ContainerRuntime.CONTAINERD),
        new Prefix("nerdctl-", Form.PREFIXED, ContainerRuntime.CONTAINERD),
        new Prefix("crio-conmon-", Form.MONITOR, ContainerRuntime.CRI_O),
        new Prefix("crio-", Form.PREFIXED, ContainerRuntime.CRI_O),
        new Prefix("docker-", Form.PREFIXED, ContainerRuntime.DOCKER),
        new Prefix("libpod-conmon-", Form.MONITOR, ContainerRuntime.PODMAN),
        new Prefix("libpod-payload-", Form.PAYLOAD, ContainerRuntime.PODMAN),
        new Prefix("libpod-", Form.PREFIXED, ContainerRuntime.PODMAN),
    };

    /** The container that a directory name tells of, or null. */
    static @Nullable ContainerName of(String name) {
        boolean scope = name.endsWith(SCOPE);
        int end = scope ? name.length() - SCOPE.length() : name.length();
        int begin = end - ID_LENGTH;
        if (begin < 0 || !isHex(name, begin, end)) {
            return null;
        }
        if (begin == 0) {
            return scope ? null : new ContainerName(Form.BARE, ContainerRuntime.UNNAMED, name);
        }
        for (Prefix prefix : PREFIXES) {
            if (prefix.text.length() == begin && name.startsWith(prefix.text)) {
                Form form = scope && prefix.form == Form.PREFIXED ? Form.SCOPE : prefix.form;
                return new ContainerName(form, prefix.runtime, name.substring(begin, end));
            }
        }
        return null;
    }

    /** Lower-case hexadecimal digits only, as every runtime and the kubelet write them. */
    static boolean isHex(String text, int begin, int end) {
        for (int i = begin; i < end; i++) {
            if ("0123456789abcdef".indexOf(text.charAt(i)) < 0) {
                return false;
            }
        }
        return true;
    }
}
