// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.process.ProcStat;
import io.nodevitals.agent.process.ProcessId;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Opens a living process's root or working directory. /proc/PID is opened once and everything goes through that descriptor, so a
 * reused pid is never looked through. Any one thread may call.
 */
final class ProcessDoor {
    private static final int O_RDONLY = 0;
    private static final int O_CLOEXEC = 0x80000;
    private static final int O_PATH = 0x200000;
    private static final int AT_FDCWD = -100;

    private final SafeFileOpener.Calls calls;
    private final String proc;
    private final long clockTickNanos;

    /**
     * A door to all processes.
     *
     * @param proc where the node's proc file system is mounted
     * @param clockTickNanos see {@link io.nodevitals.agent.process.ProcScan#clockTickNanos()}
     */
    ProcessDoor(SafeFileOpener.Calls calls, String proc, long clockTickNanos) {
        this.calls = calls;
        this.proc = new String(proc.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        this.clockTickNanos = clockTickNanos;
    }

    /**
     * Uses one of its directories.
     *
     * @param mountNamespace that it must be in, 0 for any
     * @param link "root" or "cwd"
     * @param use is given two O_PATH descriptors, closed afterwards: of the process's directory in proc, and of what was asked for
     * @param closed makes the answer of a reason that completes "could not be checked: "
     */
    <T extends @Nullable Object> T through(
            ProcessId process,
            long mountNamespace,
            String link,
            BiFunction<Integer, Integer, T> use,
            Function<String, T> closed) {
        int processFd = calls.openat(AT_FDCWD, bytes(proc + "/" + process.tgid()), O_PATH | O_CLOEXEC);
        if (processFd < 0) {
            return closed.apply("the process had ended already");
        }
        try {
            int fd = isStill(process, processFd) ? calls.openat(processFd, bytes(link), O_PATH | O_CLOEXEC) : -1;
            if (fd < 0) {
                return closed.apply("the process had ended already");
            }
            try {
                return isIn(mountNamespace, processFd)
                        ? use.apply(processFd, fd)
                        : closed.apply("nobody lives in its mount namespace any more");
            } finally {
                calls.close(fd);
            }
        } finally {
            calls.close(processFd);
        }
    }

    private boolean isStill(ProcessId process, int processFd) {
        int fd = calls.openat(processFd, bytes("stat"), O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
            return false;
        }
        try {
            byte[] buffer = new byte[1024];
            long count = calls.pread(fd, buffer, buffer.length, 0);
            ProcStat stat =
                    count <= 0 ? null : ProcStat.parse(new String(buffer, 0, (int) count, StandardCharsets.ISO_8859_1));
            return stat != null && stat.startTicks() == process.startBootNanos() / clockTickNanos;
        } finally {
            calls.close(fd);
        }
    }

    private boolean isIn(long mountNamespace, int processFd) {
        if (mountNamespace == 0) {
            return true;
        }
        byte[] buffer = new byte[64];
        long count = calls.readlinkat(processFd, bytes("ns/mnt"), buffer, buffer.length);
        return count > 0
                && new String(buffer, 0, (int) count, StandardCharsets.ISO_8859_1)
                        .equals("mnt:[" + mountNamespace + "]");
    }

    private static byte[] bytes(String latin1) {
        byte[] raw = latin1.getBytes(StandardCharsets.ISO_8859_1);
        return Arrays.copyOf(raw, raw.length + 1);
    }
}
