// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Asks /proc for single processes. Any thread; a few system calls each. */
public final class ProcLookup {
    /** Always there, if processes of others can be seen at all. */
    private static final String INIT = "1";

    private final Path proc;
    private final long clockTickNanos;

    /**
     * Asks the proc file system mounted at {@code proc}.
     *
     * @param clockTickNanos see {@link ProcScan#clockTickNanos()}
     */
    public ProcLookup(Path proc, long clockTickNanos) {
        this.proc = proc;
        this.clockTickNanos = clockTickNanos;
    }

    /**
     * The process as it is now.
     *
     * @param startBootNanos not 0
     * @return null when it is gone, be it that another one has its id now
     * @throws IOException when that cannot be told, because /proc cannot be read or hides processes
     */
    public @Nullable ProcStat find(int tgid, long startBootNanos) throws IOException {
        ProcStat stat;
        try {
            stat = read(Integer.toString(tgid));
        } catch (IOException unreadable) {
            // ENOENT, or ESRCH of one that went while it was read; a hidden one looks the same.
            if (isGone(unreadable) && Files.exists(proc.resolve(INIT).resolve("stat"))) {
                return null;
            }
            throw unreadable;
        }
        return stat.startTicks() == startBootNanos / clockTickNanos ? stat : null;
    }

    private ProcStat read(String process) throws IOException {
        Path file = proc.resolve(process).resolve("stat");
        ProcStat stat = ProcStat.parse(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
        if (stat == null) {
            throw new IOException(file + " is no line of a process");
        }
        return stat;
    }

    private static boolean isGone(IOException failure) {
        return failure instanceof NoSuchFileException || "No such process".equals(failure.getMessage());
    }
}
