// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

import io.nodevitals.agent.attribute.CgroupPathParser.Match;
import io.nodevitals.agent.attribute.Workload.ContainerRuntime;
import io.nodevitals.agent.attribute.Workload.Kind;
import io.nodevitals.agent.attribute.Workload.QosClass;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One place below which directory names are the kubelet's own, and how it names them there.
 *
 * <p>The kubelet's systemd driver repeats the parents' names in a slice ({@code kubepods-burstable-podUID.slice}) and writes
 * underscores for dashes; its cgroupfs driver does neither ({@code burstable/podUID}). See
 * kubernetes pkg/kubelet/cm/cgroup_manager_linux.go.
 */
final class KubepodsRoot {
    private static final String SLICE = ".slice";

    private final List<String> parts;
    private final boolean systemd;
    /** What the name of every slice below begins with; means nothing with the cgroupfs driver. */
    private final String stem;

    private KubepodsRoot(List<String> parts) {
        this.parts = parts;
        String last = parts.get(parts.size() - 1);
        this.systemd = last.endsWith(SLICE);
        this.stem = systemd ? stem(last) : last;
    }

    /** The root at an absolute path; IllegalArgumentException when it is none. */
    static KubepodsRoot at(String path) {
        List<String> parts = CgroupPathParser.split(path);
        if (parts == null || parts.isEmpty()) {
            throw new IllegalArgumentException("kubepods root=" + path
                    + " is not the absolute path of a cgroup below the hierarchy's root, such as /kubepods.slice");
        }
        return new KubepodsRoot(parts);
    }

    int depth() {
        return parts.size();
    }

    boolean contains(List<String> other) {
        return other.size() >= parts.size() && other.subList(0, parts.size()).equals(parts);
    }

    /** What a path at or below this root is. */
    Match match(List<String> path) {
        int at = parts.size();
        if (at == path.size()) {
            return Match.host(path);
        }
        QosClass level = level(path.get(at));
        if (level != null) {
            at++;
            if (at == path.size()) {
                return Match.host(path);
            }
        }
        QosClass qos = level == null ? QosClass.GUARANTEED : level;
        String name = path.get(at);
        Match misplaced = misplaced(name, at + 1);
        if (misplaced != null) {
            return misplaced;
        }
        String uid = podUid(name, qos);
        if (uid == null) {
            return Match.unknown(path);
        }
        ContainerName container = at + 1 < path.size() ? ContainerName.of(path.get(at + 1)) : null;
        if (container == null || container.form() == ContainerName.Form.MONITOR) {
            ContainerRuntime runtime = container == null ? null : container.runtime();
            return new Match(new Workload(Kind.POD, uid, null, runtime, qos), at + 1);
        }
        return new Match(new Workload(Kind.CONTAINER, uid, container.id(), container.runtime(), qos), at + 2);
    }

    /**
     * A pod's slice and a container's id in one name: what containerd makes of the kubelet's systemd names when it was itself not
     * told to use systemd ({@code kubepods-burstable-podUID.slice:cri-containerd:ID}). Null when the name is no such thing.
     */
    @Nullable
    Match misplaced(String name, int depth) {
        int colon = name.indexOf(SLICE + ":");
        int second = colon < 0 ? -1 : name.indexOf(':', colon + SLICE.length() + 1);
        if (!systemd || second < 0) {
            return null;
        }
        ContainerRuntime runtime = switch (name.substring(colon + SLICE.length() + 1, second)) {
            case "cri-containerd" -> ContainerRuntime.CONTAINERD;
            case "crio" -> ContainerRuntime.CRI_O;
            default -> null;
        };
        ContainerName container = ContainerName.of(name.substring(second + 1));
        if (runtime == null || container == null || container.form() != ContainerName.Form.BARE) {
            return null;
        }
        String slice = name.substring(0, colon + SLICE.length());
        for (QosClass qos : QosClass.values()) {
            String uid = podUid(slice, qos);
            if (uid != null) {
                return new Match(new Workload(Kind.CONTAINER, uid, container.id(), runtime, qos), depth);
            }
        }
        return null;
    }

    private @Nullable QosClass level(String name) {
        for (QosClass qos : new QosClass[] {QosClass.BURSTABLE, QosClass.BEST_EFFORT}) {
            if (name.equals(systemd ? sliceStem(qos) + SLICE : word(qos))) {
                return qos;
            }
        }
        return null;
    }

    private @Nullable String podUid(String name, QosClass qos) {
        if (!systemd) {
            return name.startsWith("pod") ? PodUid.parse(name.substring("pod".length()), '-') : null;
        }
        String prefix = sliceStem(qos) + "-pod";
        return name.startsWith(prefix) && name.endsWith(SLICE)
                ? PodUid.parse(stem(name).substring(prefix.length()), '_')
                : null;
    }

    private String sliceStem(QosClass qos) {
        return qos == QosClass.GUARANTEED ? stem : stem + "-" + word(qos);
    }

    private static String word(QosClass qos) {
        return switch (qos) {
            case GUARANTEED -> "guaranteed";
            case BURSTABLE -> "burstable";
            case BEST_EFFORT -> "besteffort";
        };
    }

    private static String stem(String slice) {
        return slice.substring(0, slice.length() - SLICE.length());
    }
}
