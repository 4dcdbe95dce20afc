// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.attribute;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the hierarchy to follow: cgroup v1's memory hierarchy where the memory controller is on one (v1 and hybrid), else cgroup v2.
 *
 * <p>Formats: proc(5) for /proc/PID/mountinfo, cgroups(7) for /proc/cgroups.
 */
public final class CgroupMounts {
    private final Path mountInfo;
    private final Path cgroups;
    private final InodeReader inodes;

    /** How to learn a directory's inode number, which is its cgroup's id. */
    @FunctionalInterface
    interface InodeReader {
        long inode(Path directory) throws IOException;
    }

    CgroupMounts(Path mountInfo, Path cgroups, InodeReader inodes) {
        this.mountInfo = mountInfo;
        this.cgroups = cgroups;
        this.inodes = inodes;
    }

    /**
     * The hierarchy of this process's mount namespace.
     *
     * @throws CgroupHierarchyException when it is not mounted, with the mount that is missing
     * @throws IOException when /proc cannot be read
     */
    public static CgroupHierarchy find() throws IOException {
        return new CgroupMounts(Path.of("/proc/self/mountinfo"), Path.of("/proc/cgroups"), CgroupMounts::inode)
                .hierarchy();
    }

    static long inode(Path directory) throws IOException {
        return (long) Files.getAttribute(directory, "unix:ino");
    }

    CgroupHierarchy hierarchy() throws IOException {
        int memory = memoryHierarchy();
        List<Mount> mounts = Files.readAllLines(mountInfo, StandardCharsets.ISO_8859_1).stream()
                .map(Mount::parse)
                .filter(mount -> mount != null && mount.shows(memory))
                .toList();
        CgroupHierarchy best = null;
        IOException unreadable = null;
        for (Mount mount : mounts) {
            try {
                CgroupHierarchy found = new CgroupHierarchy(memory, mount.point, prefix(mount));
                if (best == null || rank(found) < rank(best)) {
                    best = found;
                }
            } catch (IOException e) {
                unreadable = e;
            }
        }
        if (best != null) {
            return best;
        }
        CgroupHierarchyException missing = new CgroupHierarchyException(message(memory, mounts));
        if (unreadable != null) {
            missing.addSuppressed(unreadable);
        }
        throw missing;
    }

    // 0 when the memory controller is on no v1 hierarchy: it is v2's, or switched off.
    private int memoryHierarchy() throws IOException {
        try {
            for (String line : Files.readAllLines(cgroups, StandardCharsets.ISO_8859_1)) {
                String[] columns = line.split("\\s+", -1);
                if (columns.length >= 2 && columns[0].equals("memory")) {
                    return Integer.parseInt(columns[1]);
                }
            }
        } catch (NoSuchFileException e) {
            // A kernel without cgroup v1 has no such file.
            return CgroupHierarchy.UNIFIED;
        } catch (NumberFormatException e) {
            throw new IOException("cannot read the memory controller's hierarchy from " + cgroups, e);
        }
        return CgroupHierarchy.UNIFIED;
    }

    private @Nullable String prefix(Mount mount) throws IOException {
        if (inodes.inode(mount.point) == CgroupHierarchy.ROOT_ID) {
            return "";
        }
        // Not the root although it says so: this namespace hides what is above.
        return mount.root.equals("/") || mount.root.startsWith("/..") ? null : mount.root;
    }

    // Everything, then a part of known place, then a part of unknown place.
    private static int rank(CgroupHierarchy hierarchy) {
        String prefix = hierarchy.prefix();
        if (prefix == null) {
            return 2;
        }
        return prefix.isEmpty() ? 0 : 1;
    }

    private static String message(int memory, List<Mount> mounts) {
        if (!mounts.isEmpty()) {
            return "the cgroup hierarchy is mounted but cannot be read: mount=" + mounts.get(0).point;
        }
        return memory == CgroupHierarchy.UNIFIED
                ? "cgroup v2 is not mounted here: mount -t cgroup2 none /sys/fs/cgroup, or give the container the host's"
                        + " /sys/fs/cgroup"
                : "the memory controller is on cgroup v1 hierarchy=" + memory
                        + ", which is not mounted here: mount -t cgroup"
                        + " -o memory none /sys/fs/cgroup/memory, or give the container the host's /sys/fs/cgroup";
    }

    record Mount(String root, Path point, String type, List<String> options) {

        static @Nullable Mount parse(String line) {
            String[] halves = line.split(" - ", 2);
            String[] left = halves[0].split(" ", -1);
            String[] right = halves.length == 2 ? halves[1].split(" ", -1) : new String[0];
            if (left.length < 6 || right.length < 3 || !right[0].startsWith("cgroup")) {
                return null;
            }
            String point = OctalEscapes.unescape(left[4]);
            // No path has a NUL, so this is no line of the kernel's.
            if (point.indexOf('\0') >= 0) {
                return null;
            }
            return new Mount(
                    OctalEscapes.unescape(left[3]), Path.of(point), right[0], Arrays.asList(right[2].split(",", -1)));
        }

        boolean shows(int memory) {
            return memory == CgroupHierarchy.UNIFIED
                    ? type.equals("cgroup2")
                    : type.equals("cgroup") && options.contains("memory");
        }
    }
}
