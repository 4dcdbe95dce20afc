// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.In;

/** A file with a write lease (fcntl(2), F_SETLEASE): who opens it waits, for 45 seconds or until this is closed, unless told not to. */
final class LeasedFile implements AutoCloseable {
    private static final int O_RDWR = 2;
    private static final int F_SETSIG = 10;
    private static final int F_SETLEASE = 1024;
    private static final int F_WRLCK = 1;
    private static final int SIGURG = 23;

    /** For JNR, which must see it. */
    public interface Calls {
        int open(@In byte[] path, int flags);

        int fcntl(int fd, int command, int argument);

        int close(int fd);
    }

    private static final Calls CALLS = LibraryLoader.create(Calls.class)
            .option(LibraryOption.SaveError, true)
            .load("c");

    private final int fd;

    LeasedFile(Path file) throws IOException {
        byte[] name = file.toString().getBytes(StandardCharsets.UTF_8);
        fd = CALLS.open(Arrays.copyOf(name, name.length + 1), O_RDWR);
        // SIGIO, by which a lease is called back, ends a process; SIGURG does not.
        if (fd < 0 || CALLS.fcntl(fd, F_SETSIG, SIGURG) < 0 || CALLS.fcntl(fd, F_SETLEASE, F_WRLCK) < 0) {
            int errno = Runtime.getSystemRuntime().getLastError();
            close();
            throw new IOException("no lease on " + file + " errno=" + errno);
        }
    }

    @Override
    public void close() {
        CALLS.close(fd);
    }
}
