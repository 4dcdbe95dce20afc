// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.kernel;

import io.nodevitals.bpf.libbpf.Native;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jnr.ffi.LibraryLoader;
import jnr.ffi.annotations.Out;
import jnr.ffi.byref.IntByReference;

/** The BPF objects that a process holds, by the ids in /proc/PID/fdinfo, and which of them the kernel still has. */
record KernelIds(Set<Integer> programs, Set<Integer> maps, Set<Integer> links) {
    private static final Path BPFFS = Path.of("/sys/fs/bpf");

    /** What is needed of libbpf and libc; negative when there is no such id. */
    public interface ById {
        int bpf_prog_get_fd_by_id(int id);

        int bpf_map_get_fd_by_id(int id);

        int bpf_link_get_fd_by_id(int id);

        int bpf_prog_get_next_id(int id, @Out IntByReference next);

        int bpf_map_get_next_id(int id, @Out IntByReference next);

        int bpf_link_get_next_id(int id, @Out IntByReference next);

        int close(int fd);
    }

    private static final class Libbpf {
        static final ById LIBRARY = LibraryLoader.create(ById.class)
                .library("c")
                .library(Native.LIBBPF)
                .load();
    }

    private interface Lookup {
        int fd(int id);
    }

    private interface Walk {
        int next(int id, IntByReference next);
    }

    /** Everything that the kernel has, whosever it is. */
    static KernelIds all() {
        return new KernelIds(
                all((id, next) -> Libbpf.LIBRARY.bpf_prog_get_next_id(id, next)),
                all((id, next) -> Libbpf.LIBRARY.bpf_map_get_next_id(id, next)),
                all((id, next) -> Libbpf.LIBRARY.bpf_link_get_next_id(id, next)));
    }

    private static Set<Integer> all(Walk walk) {
        Set<Integer> ids = new TreeSet<>();
        IntByReference next = new IntByReference();
        for (int id = 0; walk.next(id, next) == 0; id = next.intValue()) {
            ids.add(next.intValue());
        }
        return ids;
    }

    /** What processes that live hold: somebody else's, while this test runs. */
    static KernelIds held() throws IOException {
        KernelIds ids = new KernelIds(new TreeSet<>(), new TreeSet<>(), new TreeSet<>());
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                try {
                    KernelIds one = of(Long.parseLong(process.getFileName().toString()));
                    ids.programs.addAll(one.programs);
                    ids.maps.addAll(one.maps);
                    ids.links.addAll(one.links);
                } catch (IOException | UncheckedIOException | DirectoryIteratorException endedMeanwhile) {
                    continue;
                }
            }
        }
        return ids;
    }

    /** Those that are not in the other. */
    KernelIds without(KernelIds other) {
        return new KernelIds(without(programs, other.programs), without(maps, other.maps), without(links, other.links));
    }

    private static Set<Integer> without(Set<Integer> ids, Set<Integer> before) {
        return ids.stream().filter(id -> !before.contains(id)).collect(Collectors.toCollection(TreeSet::new));
    }

    static KernelIds of(long pid) throws IOException {
        KernelIds ids = new KernelIds(new TreeSet<>(), new TreeSet<>(), new TreeSet<>());
        try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fdinfo"))) {
            for (Path file : files) {
                ids.read(file);
            }
        }
        return ids;
    }

    private void read(Path file) throws IOException {
        try {
            for (String line : Files.readAllLines(file)) {
                String[] field = line.split(":\\s*", 2);
                switch (field[0]) {
                    case "prog_id" -> programs.add(Integer.valueOf(field[1]));
                    case "map_id" -> maps.add(Integer.valueOf(field[1]));
                    case "link_id" -> links.add(Integer.valueOf(field[1]));
                    default -> {
                        // what every file has
                    }
                }
            }
        } catch (NoSuchFileException closedMeanwhile) {
            return;
        }
    }

    /** Those that still exist. */
    KernelIds living() {
        return new KernelIds(
                living(programs, id -> Libbpf.LIBRARY.bpf_prog_get_fd_by_id(id)),
                living(maps, id -> Libbpf.LIBRARY.bpf_map_get_fd_by_id(id)),
                living(links, id -> Libbpf.LIBRARY.bpf_link_get_fd_by_id(id)));
    }

    boolean isEmpty() {
        return programs.isEmpty() && maps.isEmpty() && links.isEmpty();
    }

    /** What is pinned in bpffs, by whomever. */
    static Set<Path> pins() throws IOException {
        if (!Files.isDirectory(BPFFS)) {
            return Set.of();
        }
        try (Stream<Path> pins = Files.walk(BPFFS)) {
            return pins.collect(Collectors.toSet());
        }
    }

    private static Set<Integer> living(Set<Integer> ids, Lookup lookup) {
        Set<Integer> living = new TreeSet<>();
        for (int id : ids) {
            int fd = lookup.fd(id);
            if (fd >= 0) {
                Libbpf.LIBRARY.close(fd);
                living.add(id);
            }
        }
        return living;
    }
}
