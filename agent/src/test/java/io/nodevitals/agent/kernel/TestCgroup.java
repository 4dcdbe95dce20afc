// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** A cgroup as the kubelet makes them, in the hierarchy that the agent follows; removed again with all that was made for it. */
final class TestCgroup implements AutoCloseable {
    private final Path directory;
    private final Deque<Path> made;

    private TestCgroup(Path directory, Deque<Path> made) {
        this.directory = directory;
        this.made = made;
    }

    /** Where the agent's hierarchy is mounted: v1's memory controller, else v2. */
    static Path mount() {
        Path memory = Path.of("/sys/fs/cgroup/memory");
        return Files.exists(memory.resolve("cgroup.procs")) ? memory : Path.of("/sys/fs/cgroup");
    }

    /** A container's cgroup with the systemd driver: kubepods.slice / QoS slice / pod slice / scope. */
    static TestCgroup burstable(String podUid, String containerId) throws IOException {
        String slice = "kubepods-burstable-pod" + podUid.replace('-', '_') + ".slice";
        return at(List.of(
                "kubepods.slice", "kubepods-burstable.slice", slice, "cri-containerd-" + containerId + ".scope"));
    }

    /** Below the hierarchy's root, name by name. */
    static TestCgroup at(List<String> names) throws IOException {
        Deque<Path> made = new ArrayDeque<>();
        Path directory = mount();
        boolean v2 = Files.exists(directory.resolve("cgroup.subtree_control"));
        for (String name : names) {
            if (v2) {
                Files.writeString(directory.resolve("cgroup.subtree_control"), "+memory");
            }
            directory = directory.resolve(name);
            if (!Files.exists(directory)) {
                Files.createDirectory(directory);
                made.push(directory);
            }
        }
        return new TestCgroup(directory, made);
    }

    /** Its cgroup.procs file. */
    String procs() {
        return directory.resolve("cgroup.procs").toString();
    }

    /** Where it is mounted. */
    String path() {
        return directory.toString();
    }

    /** Its id in the kernel: the inode of its directory. */
    long id() throws IOException {
        return (long) Files.getAttribute(directory, "unix:ino");
    }

    void limitMemory(long bytes) throws IOException {
        Path v1 = directory.resolve("memory.limit_in_bytes");
        Files.writeString(Files.exists(v1) ? v1 : directory.resolve("memory.max"), Long.toString(bytes));
        Path swap = directory.resolve("memory.swap.max");
        if (Files.exists(swap)) {
            Files.writeString(swap, "0");
        }
    }

    /** Waits for the last process to be gone, which takes the kernel a moment, and removes what was made. */
    @Override
    public void close() throws IOException {
        for (Path directory : made) {
            remove(directory);
        }
    }

    private static void remove(Path directory) throws IOException {
        IOException last = null;
        for (int attempt = 0; attempt < 100; attempt++) {
            try {
                Files.deleteIfExists(directory);
                return;
            } catch (IOException e) {
                last = e;
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        throw new IOException("cannot remove " + directory, last);
    }
}
