// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

/** What a look at a file in another process's root file system found. */
public sealed interface Look {

    /**
     * A regular file.
     *
     * @param bytes from the offset asked for, at most {@link TargetFileReader#MAX_BYTES}; shorter at the end of the file. Not to be
     *     changed
     * @param mode {@code st_mode}
     * @param noexec its mount forbids exec
     */
    record Contents(byte[] bytes, int mode, boolean noexec) implements Look {}

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
