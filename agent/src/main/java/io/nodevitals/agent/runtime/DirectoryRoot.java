// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.program.RootView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.function.Consumer;
import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Runtime;
import org.jspecify.annotations.Nullable;

/**
 * A directory as the root of a file system: paths resolve as after chroot(2), by openat2(2) with RESOLVE_IN_ROOT and
 * RESOLVE_NO_MAGICLINKS into an O_PATH descriptor, which opens nothing. Only a regular file is then opened, through /proc/self/fd and
 * non-blocking, and every read checks that it still is the file that was looked at. Needs Linux 5.6.
 */
public final class DirectoryRoot implements RootView {
    private static final long SYS_OPENAT2 = 437;
    private static final long RESOLVE_NO_MAGICLINKS = 0x02;
    private static final long RESOLVE_IN_ROOT = 0x10;
    private static final int HOW_SIZE = 3 * Long.BYTES;

    private static final int O_RDONLY = 0;
    private static final int O_NOCTTY = 0x100;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;
    private static final int O_DIRECTORY = OpenFlags.DIRECTORY;
    private static final int O_PATH = 0x200000;
    private static final int AT_FDCWD = -100;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_BASIC_STATS = 0x7ff;
    private static final int STATX_SIZE = 256;
    private static final int STATFS_SIZE = 120;
    private static final int STATFS_FLAGS_OFFSET = 80;
    private static final long ST_NOEXEC = 8;
    private static final int PATH_MAX = 4096;
    private static final int S_IFMT = 0170000;
    private static final int S_IFDIR = 0040000;
    private static final int S_IFREG = 0100000;
    private static final int EAGAIN = 11;
    private static final int EINVAL = 22;
    private static final int ENAMETOOLONG = 36;
    private static final int RETRIES = 3;
    private static final byte[] EMPTY = {0};

    private final SafeFileOpener.Calls calls;
    private final Runtime runtime = Runtime.getSystemRuntime();
    private final int rootFd;
    private final String rootPath;

    /**
     * Opens the directory.
     *
     * @throws IOException when there is no such directory, or it may not be seen
     */
    public DirectoryRoot(Path directory) throws IOException {
        calls = Libc.CALLS;
        byte[] name = directory.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8);
        rootFd = calls.openat(AT_FDCWD, Arrays.copyOf(name, name.length + 1), O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (rootFd < 0) {
            throw new IOException("cannot open directory path=" + directory + " errno=" + runtime.getLastError());
        }
        rootPath = whereIs(rootFd);
    }

    /** A directory that is open already; whoever opened it may close it himself instead. */
    DirectoryRoot(SafeFileOpener.Calls calls, int rootFd) {
        this.calls = calls;
        this.rootFd = rootFd;
        this.rootPath = whereIs(rootFd);
    }

    /** Where a directory is in this root; null when it is not in there. */
    @Nullable
    String pathOf(int directoryFd) {
        String real = whereIs(directoryFd);
        String root = rootPath.equals("/") ? "" : rootPath;
        return real.equals(rootPath) ? "/" : real.startsWith(root + "/") ? real.substring(root.length()) : null;
    }

    @Override
    public void close() {
        calls.close(rootFd);
    }

    /**
     * A name in a directory.
     *
     * @param name raw Latin-1 chars
     * @param directory whether it is one, and no link to one
     * @param regular whether it is a regular file, and no link to one
     */
    public record Child(String name, boolean directory, boolean regular) {}

    /**
     * Names what is in a directory, without opening any of it.
     *
     * @param path inside the root, raw Latin-1 chars
     * @throws IOException when it is no directory, or cannot be read
     */
    public void list(String path, Consumer<Child> children) throws IOException {
        int fd = path.length() >= PATH_MAX ? -ENAMETOOLONG : resolve(path);
        if (fd < 0) {
            throw new IOException("cannot open directory errno=" + -fd);
        }
        try {
            ByteBuffer statx = statx(fd);
            if (statx == null || (Short.toUnsignedInt(statx.getShort(28)) & S_IFMT) != S_IFDIR) {
                throw new IOException("is no directory");
            }
            // By way of the descriptor: the name may lead elsewhere by now, or to a FIFO.
            try (DirectoryStream<Path> found = Files.newDirectoryStream(Path.of("/proc/self/fd/" + fd))) {
                found.forEach(child -> name(child, children));
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        } finally {
            calls.close(fd);
        }
    }

    private static void name(Path child, Consumer<Child> children) {
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(child, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException gone) {
            return;
        }
        byte[] name = String.valueOf(child.getFileName()).getBytes(StandardCharsets.UTF_8);
        children.accept(new Child(
                new String(name, StandardCharsets.ISO_8859_1), attributes.isDirectory(), attributes.isRegularFile()));
    }

    @Override
    public Entry look(String path) {
        if (path.isEmpty() || path.indexOf('\0') >= 0) {
            return new Absent(EINVAL);
        }
        if (path.length() >= PATH_MAX) {
            return new Absent(ENAMETOOLONG);
        }
        int fd = resolve(path);
        if (fd < 0) {
            return new Absent(-fd);
        }
        try {
            return describe(fd, path);
        } finally {
            calls.close(fd);
        }
    }

    // A descriptor, or minus errno.
    private int resolve(String path) {
        byte[] how = ByteBuffer.allocate(HOW_SIZE)
                .order(ByteOrder.nativeOrder())
                .putLong(O_PATH | O_CLOEXEC)
                .putLong(0)
                .putLong(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)
                .array();
        int errno = EAGAIN;
        for (int attempt = 0; attempt < RETRIES && errno == EAGAIN; attempt++) {
            long fd = calls.syscall(SYS_OPENAT2, rootFd, bytes(path), how, HOW_SIZE);
            if (fd >= 0) {
                return (int) fd;
            }
            errno = runtime.getLastError();
        }
        return -errno;
    }

    private Entry describe(int fd, String asked) {
        ByteBuffer statx = statx(fd);
        byte[] statfs = new byte[STATFS_SIZE];
        if (statx == null || calls.fstatfs(fd, statfs) < 0) {
            return new Absent(runtime.getLastError());
        }
        long mountFlags = ByteBuffer.wrap(statfs).order(ByteOrder.nativeOrder()).getLong(STATFS_FLAGS_OFFSET);
        int mode = Short.toUnsignedInt(statx.getShort(28));
        String identity = identity(statx);
        // Something bind-mounted or moved may have no path below the root: then the name asked for must do.
        String inside = pathOf(fd);
        Present found = new Present(
                inside == null ? asked : inside,
                mode,
                Integer.toUnsignedLong(statx.getInt(20)),
                Integer.toUnsignedLong(statx.getInt(24)),
                identity,
                statx.getLong(40),
                (mountFlags & ST_NOEXEC) != 0,
                null);
        return found.isRegular()
                ? new Present(
                        found.path(),
                        mode,
                        found.userId(),
                        found.groupId(),
                        identity,
                        found.sizeBytes(),
                        found.noexec(),
                        (offset, length) -> read(found.path(), identity, offset, length))
                : found;
    }

    private byte[] read(String path, String identity, long offset, int length) throws IOException {
        int pathFd = resolve(path);
        if (pathFd < 0) {
            throw new IOException("file is gone errno=" + -pathFd);
        }
        try {
            ByteBuffer statx = statx(pathFd);
            if (statx == null
                    || !identity(statx).equals(identity)
                    || (Short.toUnsignedInt(statx.getShort(28)) & S_IFMT) != S_IFREG) {
                throw new IOException("file was replaced while it was read");
            }
            int fd = calls.openat(
                    AT_FDCWD, bytes("/proc/self/fd/" + pathFd), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
            if (fd < 0) {
                throw new IOException("open failed errno=" + runtime.getLastError());
            }
            try {
                return pread(fd, offset, length);
            } finally {
                calls.close(fd);
            }
        } finally {
            calls.close(pathFd);
        }
    }

    private byte[] pread(int fd, long offset, int length) throws IOException {
        byte[] buffer = new byte[length];
        long count = calls.pread(fd, buffer, length, offset);
        if (count < 0) {
            throw new IOException("pread failed errno=" + runtime.getLastError());
        }
        return count == length ? buffer : Arrays.copyOf(buffer, (int) count);
    }

    private @Nullable ByteBuffer statx(int fd) {
        byte[] buffer = new byte[STATX_SIZE];
        return calls.statx(fd, EMPTY, AT_EMPTY_PATH, STATX_BASIC_STATS, buffer) < 0
                ? null
                : ByteBuffer.wrap(buffer).order(ByteOrder.nativeOrder());
    }

    private static String identity(ByteBuffer statx) {
        return statx.getInt(136) + ":" + statx.getInt(140) + ":" + statx.getLong(32);
    }

    private String whereIs(int fd) {
        byte[] buffer = new byte[PATH_MAX];
        long count = calls.readlinkat(AT_FDCWD, bytes("/proc/self/fd/" + fd), buffer, buffer.length);
        return count < 0 ? "" : new String(buffer, 0, (int) count, StandardCharsets.ISO_8859_1);
    }

    private static byte[] bytes(String latin1) {
        byte[] raw = latin1.getBytes(StandardCharsets.ISO_8859_1);
        return Arrays.copyOf(raw, raw.length + 1);
    }

    /** Loaded when the first root is opened, for all. */
    private static final class Libc {
        static final SafeFileOpener.Calls CALLS = LibraryLoader.create(SafeFileOpener.Calls.class)
                .option(LibraryOption.SaveError, true)
                .load("c");
    }

    /** Differs between architectures (asm/fcntl.h). */
    private static final class OpenFlags {
        static final int DIRECTORY = System.getProperty("os.arch", "").startsWith("aarch64") ? 0x4000 : 0x10000;
    }
}
