// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One walk over /proc: the processes that were there before the probes. Any thread.
 *
 * <p>A process that goes away during the walk is left out; its exit record, if any, speaks for it.
 */
public final class ProcScan {
    private static final int AT_CLKTCK = 17;
    private static final long DEFAULT_TICKS_PER_SECOND = 100;
    private static final String DELETED = " (deleted)";

    private final Path proc;
    private final boolean withCommandLines;

    /** Walks the proc file system mounted at {@code proc}, and leaves out with what the programs were called. */
    public ProcScan(Path proc) {
        this(proc, false);
    }

    /** Walks the proc file system mounted at {@code proc}. */
    public ProcScan(Path proc, boolean withCommandLines) {
        this.proc = proc;
        this.withCommandLines = withCommandLines;
    }

    /**
     * All processes, in no order.
     *
     * @throws IOException when {@code proc} itself cannot be listed
     */
    public List<ScannedProcess> scan() throws IOException {
        List<ScannedProcess> processes = new ArrayList<>();
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(proc, ProcScan::isProcess)) {
            for (Path directory : directories) {
                ScannedProcess process = read(directory);
                if (process != null) {
                    processes.add(process);
                }
            }
        }
        return processes;
    }

    /**
     * The same, and who could not be read.
     *
     * @param begunBootNanos the time now, in nanoseconds since boot
     * @throws IOException when {@code proc} itself cannot be listed
     */
    public Census census(long begunBootNanos) throws IOException {
        List<ScannedProcess> processes = new ArrayList<>();
        Set<Integer> unreadable = new HashSet<>();
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(proc, ProcScan::isProcess)) {
            for (Path directory : directories) {
                ScannedProcess process = read(directory);
                if (process != null) {
                    processes.add(process);
                } else {
                    unreadable.add(Integer.valueOf(String.valueOf(directory.getFileName())));
                }
            }
        }
        return Census.of(begunBootNanos, processes, unreadable, clockTickNanos());
    }

    /**
     * Nanoseconds of one tick of /proc/PID/stat: USER_HZ as the kernel put it into the auxiliary vector, 100 when that cannot be
     * read (what every architecture of today but alpha and ia64 uses).
     */
    public long clockTickNanos() {
        long ticksPerSecond = DEFAULT_TICKS_PER_SECOND;
        try {
            ByteBuffer vector = ByteBuffer.wrap(Files.readAllBytes(proc.resolve("self/auxv")))
                    .order(ByteOrder.nativeOrder());
            while (vector.remaining() >= 2 * Long.BYTES) {
                long type = vector.getLong();
                long value = vector.getLong();
                if (type == AT_CLKTCK && value > 0) {
                    ticksPerSecond = value;
                }
            }
        } catch (IOException unreadable) {
            return 1_000_000_000L / DEFAULT_TICKS_PER_SECOND;
        }
        return 1_000_000_000L / ticksPerSecond;
    }

    private static boolean isProcess(Path path) {
        Path name = path.getFileName();
        return name != null && name.toString().chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private @Nullable ScannedProcess read(Path directory) {
        ProcStat stat;
        try {
            stat = ProcStat.parse(
                    new String(Files.readAllBytes(directory.resolve("stat")), StandardCharsets.ISO_8859_1));
        } catch (IOException gone) {
            return null;
        }
        return stat == null
                ? null
                : new ScannedProcess(
                        stat,
                        executable(directory),
                        mountNamespace(directory.resolve("ns/mnt")),
                        withCommandLines ? commandLine(directory.resolve("cmdline")) : null);
    }

    /** One byte more than is kept tells whether there is more. */
    private static @Nullable CommandLine commandLine(Path file) {
        try (InputStream stream = Files.newInputStream(file)) {
            byte[] bytes = stream.readNBytes(CommandLine.MAX_BYTES + 1);
            return CommandLine.of(Arrays.copyOf(bytes, Math.min(bytes.length, CommandLine.MAX_BYTES)), bytes.length);
        } catch (IOException gone) {
            return null;
        }
    }

    private static @Nullable String executable(Path directory) {
        String path = link(directory.resolve("exe"));
        // The JVM shows what its file name encoding cannot hold as U+FFFD: no name is better than a wrong one.
        if (path == null || path.indexOf('\uFFFD') >= 0) {
            return null;
        }
        String shown = path.endsWith(DELETED) ? path.substring(0, path.length() - DELETED.length()) : path;
        return new String(shown.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    // "mnt:[4026531841]"
    private static long mountNamespace(Path namespace) {
        String link = link(namespace);
        if (link == null || !link.startsWith("mnt:[") || !link.endsWith("]")) {
            return 0;
        }
        try {
            return Long.parseLong(link.substring("mnt:[".length(), link.length() - 1));
        } catch (NumberFormatException unexpected) {
            return 0;
        }
    }

    // Kernel threads have no exe, and a process may end or be shielded: then the field is unknown.
    private static @Nullable String link(Path path) {
        try {
            return Files.readSymbolicLink(path).toString();
        } catch (IOException | SecurityException unreadable) {
            return null;
        }
    }
}
