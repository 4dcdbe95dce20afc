// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

import io.nodevitals.agent.attribute.ContainerName.Form;
import io.nodevitals.agent.attribute.Workload.ContainerRuntime;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where runtimes put containers that no kubelet made, so that the same name elsewhere is not taken for one.
 *
 * <p>Slices are made by the service manager alone, directories at the top by root; a service or a scope may be delegated to whoever
 * runs in it, and so a container's name below one means nothing, with podman's {@code --cgroups=split} as the one exception.
 */
final class StandaloneNames {
    private static final String SLICE = ".slice";
    private static final String SERVICE = ".service";
    private static final String SCOPE = ".scope";

    /** Services that run containerd or CRI-O: parents of the names made when the runtime's cgroup driver is not the kubelet's. */
    private static final Set<String> RUNTIME_SERVICES = Set.of(
            "containerd.service",
            "crio.service",
            "k0scontroller.service",
            "k0sworker.service",
            "k3s-agent.service",
            "k3s.service",
            "rke2-agent.service",
            "rke2-server.service",
            "snap.microk8s.daemon-containerd.service",
            "snap.microk8s.daemon-kubelite.service");

    private static final int TASK_LENGTH = 32;
    private static final int TASK_CONTAINER_DIGITS = 10;

    private StandaloneNames() {}

    /** The container that a name outside every kubepods root tells of, or null. Monitors beside containers are the host's. */
    static @Nullable ContainerName container(List<String> parents, String part) {
        ContainerName name = ContainerName.of(part);
        if (name == null) {
            return isFargate(parents, part) ? new ContainerName(Form.BARE, ContainerRuntime.CONTAINERD, part) : null;
        }
        return switch (name.form()) {
            case MONITOR -> null;
            case BARE -> new ContainerName(Form.BARE, runtime(parents), name.id());
            case SCOPE, PREFIXED, PAYLOAD -> name;
        };
    }

    /** Whether a runtime makes names of this form under such parents. */
    static boolean isPlausible(List<String> parents, Form form) {
        boolean user = isUserManager(parents);
        List<String> own = user ? parents.subList(3, parents.size()) : parents;
        return switch (form) {
            case SCOPE -> areSlices(own);
            case PAYLOAD -> !own.isEmpty() && last(own).endsWith(SERVICE) && areSlices(own.subList(0, own.size() - 1));
            case PREFIXED -> user ? own.equals(List.of("libpod_parent")) : areFixed(parents);
            case BARE -> areFixed(parents);
            case MONITOR -> false;
        };
    }

    /** Whether no container can follow below these names: they have ended in a unit of the host's. */
    static boolean isClosed(List<String> names) {
        List<String> own = isUserManager(names) ? names.subList(3, names.size()) : names;
        // Directly below a service there may be podman's payload.
        return !own.isEmpty() && (last(own).endsWith(SCOPE) || !areFixed(own.subList(0, own.size() - 1)));
    }

    /** Whether a container runtime itself runs in the cgroup with these names, or it is the hierarchy's root. */
    static boolean isRuntimeService(List<String> names) {
        return switch (names.size()) {
            case 0 -> true;
            case 1 -> names.get(0).equals("system.slice");
            case 2 -> names.get(0).equals("system.slice") && RUNTIME_SERVICES.contains(names.get(1));
            default -> false;
        };
    }

    /** A system container or a virtual machine: the host's, and the names inside are its own business. */
    static boolean isGuest(List<String> parents, String part) {
        boolean lxc = parents.isEmpty() && (part.startsWith("lxc.payload") || part.startsWith("lxc.monitor"));
        boolean machine = part.startsWith("machine-") && part.endsWith(SCOPE);
        return lxc || machine || part.startsWith("systemd-nspawn@") || parents.equals(List.of("lxc"));
    }

    // /ecs/TASK/TASK-1234567890: 32 hex digits, then decimal ones.
    private static boolean isFargate(List<String> parents, String part) {
        int digits = part.length() - TASK_LENGTH - 1;
        return parents.size() == 2
                && parents.get(0).equals("ecs")
                && digits > 0
                && digits <= TASK_CONTAINER_DIGITS
                && ContainerName.isHex(part, 0, TASK_LENGTH)
                && part.startsWith(parents.get(1) + "-")
                && part.chars().skip(TASK_LENGTH + 1).allMatch(c -> c >= '0' && c <= '9');
    }

    private static ContainerRuntime runtime(List<String> parents) {
        return switch (parents.isEmpty() ? "" : parents.get(0)) {
            case "docker", "ecs" -> ContainerRuntime.DOCKER;
            case "default", "k8s.io", "moby", "nerdctl" -> ContainerRuntime.CONTAINERD;
            default -> ContainerRuntime.UNNAMED;
        };
    }

    private static boolean areSlices(List<String> names) {
        return names.stream().allMatch(name -> name.endsWith(SLICE));
    }

    private static boolean areFixed(List<String> names) {
        return names.stream()
                .noneMatch(name -> name.endsWith(SERVICE) || name.endsWith(SCOPE) || name.equals("user.slice"));
    }

    private static boolean isUserManager(List<String> parents) {
        return parents.size() >= 3
                && parents.get(0).equals("user.slice")
                && parents.get(1).startsWith("user-")
                && parents.get(1).endsWith(SLICE)
                && parents.get(2).startsWith("user@")
                && parents.get(2).endsWith(SERVICE);
    }

    private static String last(List<String> names) {
        return names.get(names.size() - 1);
    }
}
