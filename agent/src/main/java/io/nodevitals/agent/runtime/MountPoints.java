// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.attribute.OctalEscapes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where a file system is mounted, as a process sees it: /proc/PID/mountinfo (proc_pid_mountinfo(5)). Any one thread may call.
 */
final class MountPoints {
    private static final int O_RDONLY = 0;
    private static final int O_CLOEXEC = 0x80000;

    // A node with a thousand containers has some 10,000 mounts; a container sees some dozens.
    private static final int MAX_BYTES = 1 << 20;

    private static final int ID = 0;
    private static final int POINT = 4;

    private final SafeFileOpener.Calls calls;

    MountPoints(SafeFileOpener.Calls calls) {
        this.calls = calls;
    }

    /**
     * Finds a mount.
     *
     * @param id {@code stx_mnt_id}
     * @param processFd an open /proc/PID
     * @return its mount point, raw Latin-1 chars; null when it is not among what that process sees, or that is more than 1 MiB of text
     */
    @Nullable
    String pointOf(long id, int processFd) {
        int fd = calls.openat(processFd, "mountinfo\0".getBytes(StandardCharsets.ISO_8859_1), O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
            return null;
        }
        try {
            return pointOf(id, text(fd));
        } finally {
            calls.close(fd);
        }
    }

    static @Nullable String pointOf(long id, String mountinfo) {
        String wanted = Long.toString(id);
        for (String line : mountinfo.split("\n", -1)) {
            String[] fields = line.split(" ", POINT + 2);
            if (fields.length > POINT && fields[ID].equals(wanted)) {
                return OctalEscapes.unescape(fields[POINT]);
            }
        }
        return null;
    }

    private String text(int fd) {
        byte[] text = new byte[4096];
        int size = 0;
        byte[] part = new byte[4096];
        while (size < MAX_BYTES) {
            long count = calls.pread(fd, part, part.length, size);
            if (count <= 0) {
                break;
            }
            if (size + count > text.length) {
                text = Arrays.copyOf(text, text.length * 2);
            }
            System.arraycopy(part, 0, text, size, (int) count);
            size += (int) count;
        }
        return new String(text, 0, size, StandardCharsets.ISO_8859_1);
    }
}
