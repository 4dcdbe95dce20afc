// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.process.Names;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a look at a file in another process's root file system found. */
public sealed interface Look {

    /**
     * A regular file.
     *
     * @param bytes from the offset asked for, at most {@link TargetFileReader#MAX_BYTES}; shorter at the end of the file. Not to be
     *     changed
     */
    record Contents(byte[] bytes, FileStatus status) implements Look {}

    /**
     * What decides on who may exec a file.
     *
     * @param mode {@code st_mode}
     * @param uid of its owner, in the node's user namespace
     * @param gid of its group, in the node's user namespace
     * @param noexec its mount forbids exec
     * @param mountPoint of a mount that forbids exec, as the process sees it, not sanitised; null otherwise, and when it could not be found
     */
    record FileStatus(
            int mode,
            int uid,
            int gid,
            boolean noexec,
            @Nullable String mountPoint) {
        boolean isExecutable() {
            return (mode & 0111) != 0;
        }

        /** Mode and owner, as in "mode 0644, owner 1000:1000". */
        String permissions() {
            return String.format(
                    Locale.ROOT,
                    "mode %04o, owner %s:%s",
                    mode & 07777,
                    Integer.toUnsignedString(uid),
                    Integer.toUnsignedString(gid));
        }

        /** Completes "mounted noexec". */
        String mounted() {
            return mountPoint == null ? "" : " at " + Names.sanitise(mountPoint);
        }
    }

    /** The path leads nowhere: ENOENT, ENOTDIR or ELOOP within that root. */
    record Missing(int errno) implements Look {}

    /** A directory, device, FIFO or socket: never opened. */
    record NotRegular(int mode) implements Look {

        boolean isDirectory() {
            return (mode & 0170000) == 0040000;
        }
    }

    /**
     * What another process of the same mount namespace sees. Its root may be another one (chroot), so it proves less.
     *
     * @param look never another stand-in
     */
    record ByStandIn(Look look) implements Look {}

    /** No look was possible, for a reason that completes "could not be checked: ". */
    record Unavailable(String reason) implements Look {}
}
