// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;

/**
 * Hears of every open and read of some files, whatever name they were opened by, and of what lies in some directories, by inotify(7). To
 * open with O_PATH is not to open. One thread.
 */
public final class OpenWatch implements AutoCloseable {
    private static final int IN_NONBLOCK = 0x800;
    private static final int IN_ACCESS = 1;
    private static final int IN_OPEN = 0x20;
    private static final int HEADER = 16;

    /** For JNR, which must see it. */
    public interface Calls {
        int inotify_init1(int flags);

        int inotify_add_watch(int fd, @In byte[] path, int mask);

        long read(int fd, @Out byte[] buffer, long size);

        int close(int fd);
    }

    private final Calls calls = LibraryLoader.create(Calls.class)
            .option(LibraryOption.SaveError, true)
            .load("c");
    private final int fd = calls.inotify_init1(IN_NONBLOCK);
    private final Map<Integer, Path> watched = new HashMap<>();

    /** From now on. */
    public OpenWatch(Collection<Path> paths) throws IOException {
        for (Path path : paths) {
            byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
            int watch = calls.inotify_add_watch(fd, Arrays.copyOf(name, name.length + 1), IN_OPEN | IN_ACCESS);
            if (watch < 0) {
                throw new IOException(
                        "inotify_add_watch errno=" + Runtime.getSystemRuntime().getLastError());
            }
            watched.put(watch, path);
        }
    }

    /** What was opened or read since the last call; empty when nothing was. */
    public String heard() {
        byte[] buffer = new byte[4096];
        long size = calls.read(fd, buffer, buffer.length);
        if (size <= 0) {
            return "";
        }
        ByteBuffer event = ByteBuffer.wrap(buffer).order(ByteOrder.nativeOrder());
        String name = new String(buffer, HEADER, event.getInt(12), StandardCharsets.ISO_8859_1);
        return watched.get(event.getInt(0)) + "/" + name.replace("\0", "") + " mask=" + event.getInt(4);
    }

    @Override
    public void close() {
        calls.close(fd);
    }
}
