// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.program.ElfSeeds;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * What somebody put into a root to lead whoever looks into it astray: at each path that is looked at lies something else, chosen by a
 * seed. Links lead out, around and through /proc; programs, scripts and caches ask for what lies outside. One thread.
 */
public final class HostileLayout implements AutoCloseable {
    /** Programs to look at. Each name fits into 255 bytes, and the longest path into PATH_MAX. */
    public static final List<String> PROGRAMS = List.of(
            "/bin/prog",
            "/app/prog",
            "/app/deep/er/prog",
            "/bin/esc\u001b[31m\n",
            ("/" + "d".repeat(240)).repeat(16) + "/x");

    private static final String GLIBC = "/lib64/ld-linux-x86-64.so.2";
    private static final String MUSL = "/lib/ld-musl-x86_64.so.1";

    /** What looking at programs leads to. */
    private static final List<String> FILES = List.of(
            GLIBC,
            MUSL,
            "/etc/ld.so.cache",
            "/etc/ld-musl-x86_64.path",
            "/usr/bin/env",
            "/bin/sh",
            "/lib64/liba.so",
            "/lib/liba.so",
            "/a/liba.so",
            "/app/b/liba.so");

    private final Path root;
    private final String outside;
    private final Random random;
    private final List<String> targets;
    private final Set<Path> linked = new java.util.HashSet<>();
    private final List<LeasedFile> leased = new ArrayList<>();

    /**
     * Fills a root.
     *
     * @param root empty but for what {@link HostileGround} keeps there
     * @param outside where the canaries are, beside the root
     */
    public HostileLayout(Path root, Path outside, long seed) throws IOException {
        this.root = root;
        this.outside = outside.toString();
        this.random = new Random(seed);
        this.targets = targets();
        for (String directory : List.of("lib64", "lib", "etc", "usr", "a")) {
            if (random.nextInt(8) == 0) {
                link(
                        root.resolve(directory),
                        random.nextBoolean() ? target().replaceFirst("/[^/]*$", "") : "../outside");
                linked.add(root.resolve(directory));
            }
        }
        for (String path : paths()) {
            put(at(path));
        }
        if (random.nextBoolean()) {
            // Where a link that leads out would lead inside.
            put(at(outside + "/canary"));
            put(at("/outside/canary"));
        }
        links();
    }

    /** Every path that has been given something; also paths that never are inside. */
    public List<String> paths() {
        List<String> all = new ArrayList<>(PROGRAMS);
        all.addAll(FILES);
        return all;
    }

    /** Paths that are themselves an attempt to get out. */
    public List<String> wayOut() {
        List<String> all = new ArrayList<>(targets);
        for (int i = 0; i < 10; i++) {
            all.add("/links/" + i);
        }
        return all;
    }

    /** Gives back what is held open. */
    @Override
    public void close() {
        leased.forEach(LeasedFile::close);
    }

    private List<String> targets() {
        String self = "/proc/" + ProcessHandle.current().pid();
        return List.of(
                outside + "/canary",
                outside + "/script",
                "../".repeat(1 + random.nextInt(40)) + outside.substring(1) + "/canary",
                "../outside/canary",
                "../../outside/script",
                "../../../outside/canary",
                "../../../../outside/canary",
                "/../outside/canary",
                "/bin/../../outside/canary",
                "/proc/self/root" + outside + "/canary",
                self + "/root" + outside + "/canary",
                self + "/cwd/../../../../../../../../../.." + outside + "/canary",
                self + "/exe",
                "/proc/self/fd/" + random.nextInt(40),
                "/proc/thread-self/root" + outside + "/canary",
                "/proc/self/map_files/400000-401000",
                "/proc/1/root" + outside + "/canary",
                "/links/0",
                "/links/loop",
                "/links/up/outside/canary",
                "/links/chain0",
                "/app/prog",
                "/bin/prog/.");
    }

    private String target() {
        return targets.get(random.nextInt(targets.size()));
    }

    private void links() throws IOException {
        Path links = Files.createDirectories(root.resolve("links"));
        for (int i = 0; i < 10; i++) {
            link(links.resolve("" + i), target());
        }
        link(links.resolve("loop"), "loop2");
        link(links.resolve("loop2"), "../links/loop");
        link(links.resolve("up"), "../..");
        int length = random.nextInt(60);
        for (int i = 0; i < length; i++) {
            link(links.resolve("chain" + i), i + 1 < length ? "chain" + (i + 1) : target());
        }
    }

    private void put(Path path) throws IOException {
        for (Path above = path.getParent(); above.startsWith(root); above = above.getParent()) {
            if (linked.contains(above)) {
                return;
            }
        }
        Files.createDirectories(path.getParent());
        switch (random.nextInt(24)) {
            case 0 -> program(path, ElfSeeds.program(GLIBC, true));
            case 1 -> program(path, ElfSeeds.program(MUSL, random.nextBoolean()));
            case 2, 3 -> program(path, ElfSeeds.program(target(), true));
            case 4, 5 -> program(path, ElfSeeds.program(random.nextBoolean() ? GLIBC : MUSL, 3, hostilePath()));
            case 6 -> program(path, text("#!" + target() + "\n"));
            case 7 -> program(path, text("#!/usr/bin/env " + target() + "\n"));
            case 8 -> program(path, ElfSeeds.library(random.nextBoolean()));
            case 9 -> program(path, ElfSeeds.cache("liba.so", target()));
            case 10 -> program(path, text(hostilePath()));
            case 11 -> program(path, Arrays.copyOf(ElfSeeds.program(GLIBC, true), random.nextInt(900)));
            case 12 -> sparse(path);
            case 13 -> leased(path);
            case 14 -> kept(path, "fifo");
            case 15 -> kept(path, "device");
            case 16 -> kept(path, "socket");
            case 17 -> Files.createDirectory(path);
            case 18 -> link(path, path.getFileName().toString());
            case 19 -> {}
            default -> link(path, target());
        }
    }

    private String hostilePath() {
        return String.join(
                ":",
                outside,
                "$ORIGIN/../../outside",
                "/..:../outside",
                "/proc/self/root" + outside,
                "/links/up/outside",
                target().replaceFirst("/[^/]*$", ""),
                "/a");
    }

    private void sparse(Path path) throws IOException {
        program(path, ElfSeeds.program(GLIBC, true));
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(8L << 30);
        }
    }

    private void leased(Path path) throws IOException {
        program(path, ElfSeeds.program(GLIBC, true));
        leased.add(new LeasedFile(path));
    }

    /** A hard link to what was made once; without the privilege to make it, nothing. */
    private void kept(Path path, String name) throws IOException {
        Path kept = root.resolve(HostileGround.KEPT).resolve(name);
        if (Files.exists(kept)) {
            Files.createLink(path, kept);
        }
    }

    private Path at(String path) {
        return root.resolve(path.substring(1));
    }

    private static void link(Path path, String target) throws IOException {
        Files.createSymbolicLink(path, Path.of(target.isEmpty() ? "/" : target));
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static void program(Path path, byte[] bytes) throws IOException {
        Files.setPosixFilePermissions(Files.write(path, bytes), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Removes all but what is kept; links are not followed. */
    static void clear(Path root, Set<Path> kept) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                boolean whole = kept.contains(directory) && !directory.endsWith("app");
                return whole ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException failure) throws IOException {
                if (!directory.equals(root) && !kept.contains(directory)) {
                    Files.delete(directory);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
