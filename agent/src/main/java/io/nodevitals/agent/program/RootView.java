// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A root file system as a program in it would see it.
 *
 * <p>Implementations resolve every path inside the root: an absolute symbolic link starts at the root, ".." at the root stays there,
 * links of /proc are refused. Nothing but regular files is opened, and never in a way that waits. Any one thread may call.
 */
public interface RootView extends AutoCloseable {

    /**
     * The file at a path, its symbolic links followed.
     *
     * @param path raw Latin-1 chars; a relative one starts at the root
     */
    Entry look(String path);

    @Override
    void close();

    /** What a path leads to. */
    sealed interface Entry permits Absent, Present {}

    /**
     * Nothing that could be seen.
     *
     * @param errno as openat2(2) has it, such as 2 for ENOENT
     */
    record Absent(int errno) implements Entry {
        /** Whether the answer is that there is no such file, and not that nobody could look. */
        public boolean isMissing() {
            return errno == ENOENT || errno == ENOTDIR;
        }

        private static final int ENOENT = 2;
        private static final int ENOTDIR = 20;
    }

    /**
     * A file, directory or something else.
     *
     * @param path where it really is, inside the root; raw Latin-1 chars
     * @param mode {@code st_mode}: type and permission bits
     * @param identity device and inode: equal for the same file under two names
     * @param sizeBytes of a regular file
     * @param noexec its mount forbids exec
     * @param reader of a regular file's bytes; null for everything else
     */
    record Present(
            String path,
            int mode,
            long userId,
            long groupId,
            String identity,
            long sizeBytes,
            boolean noexec,
            @Nullable FileReader reader)
            implements Entry {
        /** Whether it has bytes that exec could load. */
        public boolean isRegular() {
            return (mode & 0170000) == 0100000;
        }

        /** Whether paths can lead through it. */
        public boolean isDirectory() {
            return (mode & 0170000) == 0040000;
        }
    }

    /** Reads a file by opening it each time: no descriptor is held between reads. */
    @FunctionalInterface
    interface FileReader {
        /**
         * As many of the bytes as there are.
         *
         * @throws IOException when it cannot be read, or is no longer the file that was looked at
         */
        byte[] read(long offset, int length) throws IOException;
    }
}
