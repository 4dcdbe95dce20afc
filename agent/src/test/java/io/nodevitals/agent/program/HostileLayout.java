// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A tree of files that lead astray, made from a number: links out of the root by every way, loops, pipes, devices, leased and sparse
 * files, programs and scripts that name any of these, names that are not text.
 */
final class HostileLayout {
    private static final int NODES = 12;
    private static final int LONGEST = 4000;

    private final Random random;
    private final Path directory;
    private final Path specials;
    private final List<String> ways;
    private final List<Path> made = new ArrayList<>();
    private final List<String> paths = new ArrayList<>();

    /**
     * Makes it.
     *
     * @param root the root that a look must not leave
     * @param name of the directory in the root
     * @param specials files of special kinds, to be linked to
     * @param ways paths that lead out of the root, were they followed
     */
    HostileLayout(long seed, Path root, String name, Path specials, List<String> ways) throws IOException {
        random = new Random(seed);
        directory = Files.createDirectories(root.resolve(name));
        this.specials = specials;
        this.ways = ways;
        Path parent = directory;
        for (int i = 0; i < NODES; i++) {
            Path node = parent.resolve(nodeName(i));
            if (make(node)) {
                parent = random.nextInt(3) == 0 ? directory : node;
            }
            made.add(node);
            paths.add("/" + root.relativize(node));
        }
        for (int i = 0; i < NODES; i++) {
            paths.add(pick(paths)
                    + pick(List.of("/..", "/../..", "/.", "/", "/x", "/../../../../canary", "//proc/self/root")));
        }
    }

    /** What to look at. */
    List<String> paths() {
        return paths;
    }

    /** Exchanges a file for something else while somebody looks: a link out, nothing, half of it. */
    void disturb(Random moment) {
        Path node = made.get(moment.nextInt(made.size()));
        try {
            switch (moment.nextInt(3)) {
                case 0 -> exchange(node, moment);
                case 1 -> truncate(node, moment);
                default -> Files.deleteIfExists(node);
            }
        } catch (IOException | UnsupportedOperationException inUse) {
            // A directory that is not empty, a file of a kind that cannot be cut: then not this one.
            return;
        }
    }

    private void exchange(Path node, Random moment) throws IOException {
        Path link = directory.resolve("next" + moment.nextInt());
        Files.createSymbolicLink(link, Path.of(ways.get(moment.nextInt(ways.size()))));
        Files.move(link, node, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    }

    private static void truncate(Path node, Random moment) throws IOException {
        if (Files.isRegularFile(node, java.nio.file.LinkOption.NOFOLLOW_LINKS) && Files.size(node) < (1 << 20)) {
            try (RandomAccessFile file = new RandomAccessFile(node.toFile(), "rw")) {
                file.setLength(moment.nextInt(200));
            }
        }
    }

    /** True for a directory. */
    private boolean make(Path node) throws IOException {
        switch (random.nextInt(10)) {
            case 0, 1, 2 -> Files.createSymbolicLink(node, Path.of(target()));
            case 3 -> {
                Files.createDirectory(node);
                return true;
            }
            case 4, 5 ->
                Files.createLink(node, specials.resolve(pick(List.of("fifo", "device", "leased", "sparse", "socket"))));
            case 6 -> executable(node, ("#!" + target() + " -x\n").getBytes(StandardCharsets.ISO_8859_1));
            case 7 -> executable(node, ("#! /usr/bin/env " + target() + "\n").getBytes(StandardCharsets.ISO_8859_1));
            default ->
                executable(
                        node,
                        LibraryImage.program(target())
                                .needs(pick(List.of("canary", "libc.so.6", "../../canary")))
                                .runpath(target() + ":$ORIGIN/../..:" + target())
                                .bytes());
        }
        return false;
    }

    private static void executable(Path node, byte[] content) throws IOException {
        Files.write(node, content);
        Files.setPosixFilePermissions(node, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Out of the root, or to another of its files, or into nowhere; few need PATH_MAX. */
    private String target() {
        return switch (random.nextInt(6)) {
            case 0, 1, 2 -> pick(ways);
            case 3 -> paths.isEmpty() ? "." : pick(paths);
            case 4 -> "../".repeat(random.nextInt(12)) + "canary";
            default -> "a/".repeat(random.nextInt(LONGEST / 2)) + "b";
        };
    }

    private String nodeName(int index) {
        return pick(List.of("n", "\u00e9", "a b", "\t", "-rf", "%s", "x'\"")) + index;
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }
}
