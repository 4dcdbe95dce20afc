// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.program;

import java.io.IOException;
import java.nio.file.Path;
import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/** Whether anybody has opened or read a file: inotify(7). Looking at it without opening, as O_PATH does, is no access. */
final class AccessWatch implements AutoCloseable {
    private static final int IN_ACCESS = 1;
    private static final int IN_OPEN = 0x20;
    private static final int IN_NONBLOCK = 0x800;
    private static final int BUFFER_BYTES = 4096;

    /** libc. */
    @SuppressWarnings("MemberName") // the linker's names
    public interface Calls {
        int inotify_init1(int flags);

        int inotify_add_watch(int fd, String path, int mask);

        long read(int fd, Pointer buffer, long count);

        int close(int fd);
    }

    private final Calls calls = LibraryLoader.create(Calls.class)
            .option(LibraryOption.SaveError, true)
            .load("c");
    private final Pointer buffer = Memory.allocateDirect(Runtime.getRuntime(calls), BUFFER_BYTES);
    private final int fd;

    AccessWatch(Path file) throws IOException {
        fd = calls.inotify_init1(IN_NONBLOCK);
        if (fd < 0 || calls.inotify_add_watch(fd, file.toString(), IN_ACCESS | IN_OPEN) < 0) {
            throw new IOException("no inotify watch of " + file);
        }
    }

    /** Since the last time it was asked. */
    boolean wasAccessed() {
        return calls.read(fd, buffer, BUFFER_BYTES) > 0;
    }

    @Override
    public void close() {
        calls.close(fd);
    }
}
