// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.program.ElfSeeds;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Replaces things in a root as fast as it can, until closed: a program by a link to a canary, a directory by a link to the canaries' and
 * by a FIFO, and a program's end by nothing; and moves a directory out of the root and back, with whoever is walking through it.
 */
public final class SwapRace implements AutoCloseable {
    /** What is worth looking at meanwhile. */
    public static final List<String> PATHS =
            List.of("/swap/prog", "/swap/dir/prog", "/swap/cut", "/way/out/../../outside/canary", "/way/out/prog");

    private final Path root;
    private final Path outside;
    private final Thread thread = new Thread(this::run, "swap-race");
    private final AtomicReference<IOException> failure = new AtomicReference<>();
    private volatile boolean closed;

    /** Begins; the root must have no /swap and no /way. */
    public SwapRace(Path root) throws IOException {
        this.root = root;
        this.outside = root.resolveSibling("outside");
        byte[] program = ElfSeeds.program("/lib64/ld-linux-x86-64.so.2", true);
        Files.createDirectories(root.resolve("swap/dir"));
        Files.createDirectories(root.resolve("way/out"));
        Files.createDirectories(root.resolveSibling("beside"));
        for (String name : List.of("swap/dir/prog", "swap/cut", "swap/whole", "way/out/prog")) {
            HostileLayout.program(root.resolve(name), program);
        }
        thread.start();
    }

    private void run() {
        try {
            while (!closed) {
                swap();
            }
        } catch (IOException e) {
            failure.set(e);
        }
    }

    private void swap() throws IOException {
        Path program = root.resolve("swap/prog");
        replace(Files.createLink(root.resolve("swap/new"), root.resolve("swap/whole")), program);
        Path out = root.resolveSibling("beside").resolve("out");
        Files.move(root.resolve("way/out"), out, StandardCopyOption.ATOMIC_MOVE);
        replace(Files.createSymbolicLink(root.resolve("swap/new"), outside.resolve("canary")), program);
        Files.move(out, root.resolve("way/out"), StandardCopyOption.ATOMIC_MOVE);
        Path directory = root.resolve("swap/dir");
        Path away = Files.move(directory, root.resolve("swap/away"), StandardCopyOption.ATOMIC_MOVE);
        Files.createSymbolicLink(directory, Path.of("../../outside"));
        replace(Files.createLink(root.resolve("swap/new"), root.resolve(HostileGround.KEPT + "/fifo")), directory);
        Files.delete(directory);
        Files.move(away, directory, StandardCopyOption.ATOMIC_MOVE);
        try (RandomAccessFile cut =
                new RandomAccessFile(root.resolve("swap/cut").toFile(), "rw")) {
            byte[] bytes = Files.readAllBytes(root.resolve("swap/whole"));
            cut.setLength(100);
            cut.write(bytes);
        }
    }

    private static void replace(Path by, Path what) throws IOException {
        Files.move(by, what, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Ends it and removes what it needed. */
    @Override
    public void close() throws IOException {
        closed = true;
        try {
            thread.join();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
        if (failure.get() != null) {
            throw failure.get();
        }
    }
}
