// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.program.ElfSeeds;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A root for hostile layouts and, beside it, canaries: files that would be taken for a program, a library, a script or a cache, which
 * nobody who looks into the root may open. One thread.
 */
public final class HostileGround implements AutoCloseable {
    /** In the content of every canary, and nowhere else. */
    public static final String CANARY = "CANARY-7f3a91";

    /** The mode of every canary, and of nothing else. */
    public static final String CANARY_MODE = "0715";

    /** A directory of the root for what cannot be made a thousand times. */
    static final String KEPT = ".kept";

    private final Path directory;
    private final Path root;
    private final Path outside;
    private final OpenWatch watch;

    /** Makes both below a directory. */
    public HostileGround(Path directory) throws IOException {
        this.directory = directory.toRealPath();
        root = Files.createDirectories(this.directory.resolve("root"));
        outside = Files.createDirectories(this.directory.resolve("outside"));
        Files.createDirectories(root.resolve("app"));
        byte[] program = ElfSeeds.program("/" + CANARY + "/ld-linux.so", true);
        for (String name : List.of("canary", "liba.so", "liba0.so", "prog")) {
            canary(name, program);
        }
        canary("script", ("#!/" + CANARY + "\n").getBytes(StandardCharsets.ISO_8859_1));
        canary("ld.so.cache", ElfSeeds.cache("liba.so", "/" + CANARY));
        Files.createDirectories(outside.resolve("sub"));
        List<Path> watched = new ArrayList<>(List.of(outside, outside.resolve("sub")));
        Path kept = Files.createDirectories(root.resolve(KEPT));
        run("mkfifo", "-m", "0755", kept.resolve("fifo").toString());
        run("mknod", "-m", "0755", kept.resolve("device").toString(), "c", "1", "5");
        try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.bind(UnixDomainSocketAddress.of(kept.resolve("socket")));
        }
        try (Stream<Path> made = Files.list(kept)) {
            watched.addAll(made.toList());
        }
        watch = new OpenWatch(watched);
    }

    private void canary(String name, byte[] bytes) throws IOException {
        Files.setPosixFilePermissions(
                Files.write(outside.resolve(name), bytes), PosixFilePermissions.fromString("rwx--xr-x"));
    }

    /** Where the layouts are. */
    public Path root() {
        return root;
    }

    /** A layout; the one before must be closed. */
    public HostileLayout layout(long seed) throws IOException {
        HostileLayout.clear(root, Set.of(root.resolve("app"), root.resolve("proc"), root.resolve(KEPT)));
        HostileLayout layout = new HostileLayout(root, outside, seed);
        // Making it opens nothing of what is watched, but clearing may have.
        watch.heard();
        return layout;
    }

    /** What must not have happened by now, as sentences; empty when nothing of it has. */
    public List<String> broken(String said) throws IOException {
        List<String> broken = new ArrayList<>();
        String heard = watch.heard();
        if (!heard.isEmpty()) {
            broken.add("opened: " + heard);
        }
        for (String word : List.of(CANARY, "mode " + CANARY_MODE)) {
            int at = said.indexOf(word);
            if (at >= 0) {
                broken.add("said: " + said.substring(Math.max(0, at - 200), Math.min(said.length(), at + 100)));
            }
        }
        broken.addAll(held());
        return broken;
    }

    // Descriptors of this process that lead here.
    private List<String> held() throws IOException {
        List<String> held = new ArrayList<>();
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            for (Path fd : open.toList()) {
                try {
                    String file = Files.readSymbolicLink(fd).toString();
                    if (file.startsWith(directory.toString())) {
                        held.add("still open: " + file);
                    }
                } catch (IOException closedMeanwhile) {
                    // It is not held.
                }
            }
        }
        return held;
    }

    @Override
    public void close() {
        watch.close();
    }

    /** Runs a command and gives its exit code; what it says is not shown. */
    static int run(String... command) throws IOException {
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", stopping);
        }
    }
}
