// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

import io.nodevitals.agent.attribute.Workload.Kind;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * From a cgroup's path, as seen from the hierarchy's root, to the workload it belongs to.
 *
 * <p>A path is read from the root downward and the first directory that decides, decides: whatever a container makes below its own
 * cgroup belongs to it, however it is named. Names of the kubelet's kind count only below a configured kubepods root; elsewhere
 * they make a path {@link Workload#UNKNOWN}, never that pod. Names of standalone containers count only where the runtimes put them;
 * below {@code user.slice} they are as true as that user is, and never name a pod. Immutable, for any thread.
 */
public final class CgroupPathParser {
    /** Where the kubelet puts pods unless it is told otherwise: systemd driver, cgroupfs driver. */
    public static final List<String> DEFAULT_ROOTS = List.of("/kubepods.slice", "/kubepods");

    private final List<KubepodsRoot> roots;

    private CgroupPathParser(List<KubepodsRoot> roots) {
        this.roots = roots;
    }

    /**
     * A parser anchored at the given kubepods roots.
     *
     * @param roots absolute paths from the hierarchy's root, such as those of {@link #DEFAULT_ROOTS}, or
     *     {@code /kubelet.slice/kubelet-kubepods.slice} for a kubelet with --cgroup-root=/kubelet; the slice suffix tells the driver
     * @throws IllegalArgumentException naming the root that is no such path
     */
    public static CgroupPathParser anchoredAt(List<String> roots) {
        return new CgroupPathParser(roots.stream()
                .map(KubepodsRoot::at)
                .sorted(Comparator.comparingInt(KubepodsRoot::depth).reversed())
                .toList());
    }

    /** Whose cgroup a path is; {@link Workload#UNKNOWN} for what is no path from the hierarchy's root. */
    public Workload parse(String path) {
        return match(path).workload;
    }

    /**
     * What a path turned out to be.
     *
     * @param depth directories from the root that decided it; what is deeper lies inside the workload
     */
    record Match(Workload workload, int depth) {
        static Match host(List<String> path) {
            return new Match(Workload.HOST, path.size());
        }

        static Match unknown(List<String> path) {
            return new Match(Workload.UNKNOWN, path.size());
        }
    }

    Match match(String path) {
        List<String> parts = split(path);
        if (parts == null) {
            return new Match(Workload.UNKNOWN, 0);
        }
        for (KubepodsRoot root : roots) {
            if (root.contains(parts)) {
                return root.match(parts);
            }
        }
        return outsideOfRoots(parts);
    }

    /** The names of an absolute path without empty, "." or ".." ones; null when it is none. */
    static @Nullable List<String> split(String path) {
        if (path.equals("/")) {
            return List.of();
        }
        if (!path.startsWith("/")) {
            return null;
        }
        List<String> parts = Arrays.asList(path.substring(1).split("/", -1));
        for (String part : parts) {
            if (part.isEmpty() || part.equals(".") || part.equals("..") || part.indexOf('\0') >= 0) {
                return null;
            }
        }
        return parts;
    }

    private Match outsideOfRoots(List<String> parts) {
        for (int i = 0; i < parts.size(); i++) {
            String part = parts.get(i);
            List<String> parents = parts.subList(0, i);
            if (StandaloneNames.isGuest(parents, part)) {
                return Match.host(parts);
            }
            if (part.contains(".slice:")) {
                return misplaced(parts, i);
            }
            if (imitatesPod(part)) {
                return Match.unknown(parts);
            }
            ContainerName container = StandaloneNames.container(parents, part);
            if (container != null) {
                return StandaloneNames.isPlausible(parents, container.form())
                        ? new Match(
                                new Workload(Kind.CONTAINER, null, container.id(), container.runtime(), null), i + 1)
                        : Match.unknown(parts);
            }
        }
        return Match.host(parts);
    }

    private Match misplaced(List<String> parts, int index) {
        if (StandaloneNames.isRuntimeService(parts.subList(0, index))) {
            for (KubepodsRoot root : roots) {
                Match match = root.misplaced(parts.get(index), index + 1);
                if (match != null) {
                    return match;
                }
            }
        }
        return Match.unknown(parts);
    }

    private static boolean imitatesPod(String part) {
        String name = part.endsWith(".slice") ? part.substring(0, part.length() - ".slice".length()) : part;
        if (name.equals("kubepods") || name.endsWith("-kubepods")) {
            return true;
        }
        if (name.contains("kubepods-pod")
                || name.contains("kubepods-burstable")
                || name.contains("kubepods-besteffort")) {
            return true;
        }
        int pod = name.lastIndexOf("pod");
        String uid = pod < 0 ? "" : name.substring(pod + "pod".length());
        return PodUid.parse(uid, '-') != null || PodUid.parse(uid, '_') != null;
    }
}
