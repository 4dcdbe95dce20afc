// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.object;

import io.nodevitals.bpf.libbpf.Native;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;

/** Asks the kernel, by BPF_TASK_FD_QUERY, which perf events of this process run a BPF program, and where they sit. */
final class PerfEvents {
    /** {@code enum bpf_task_fd_type}. */
    private static final int TYPE_TRACEPOINT = 1;

    private static final int NAME_BYTES = 256;

    /** What only these tests need of libbpf. */
    public interface Query {
        int bpf_task_fd_query(
                int pid,
                int fd,
                int flags,
                Pointer name,
                Pointer nameLength,
                Pointer programId,
                Pointer type,
                Pointer offset,
                Pointer address);
    }

    private final Query query = LibraryLoader.create(Query.class).load(Native.LIBBPF);
    private final Native natives;
    private final Pointer name;
    private final Pointer numbers;

    PerfEvents(Native natives) {
        this.natives = natives;
        name = natives.allocate(NAME_BYTES);
        numbers = natives.allocate(5 * Long.BYTES);
    }

    /** Names of the tracepoints, such as {@code sys_exit_mmap}. */
    SortedSet<String> tracepoints() throws IOException {
        SortedSet<String> found = new TreeSet<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                if (Files.isSymbolicLink(descriptor)
                        && Files.readSymbolicLink(descriptor).toString().equals("anon_inode:[perf_event]")) {
                    addTracepoint(
                            found, Integer.parseInt(descriptor.getFileName().toString()));
                }
            }
        }
        return found;
    }

    private void addTracepoint(SortedSet<String> found, int fd) {
        numbers.putInt(0, NAME_BYTES);
        int pid = Math.toIntExact(ProcessHandle.current().pid());
        natives.checkLibbpf(
                "bpf_task_fd_query(" + fd + ")",
                query.bpf_task_fd_query(
                        pid,
                        fd,
                        0,
                        name,
                        numbers,
                        numbers.slice(Long.BYTES),
                        numbers.slice(2L * Long.BYTES),
                        numbers.slice(3L * Long.BYTES),
                        numbers.slice(4L * Long.BYTES)));
        if (numbers.getInt(2L * Long.BYTES) == TYPE_TRACEPOINT) {
            found.add(name.getString(0));
        }
    }
}
