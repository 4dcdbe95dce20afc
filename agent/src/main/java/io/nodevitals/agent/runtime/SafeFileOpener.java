// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.diagnose.Look;
import io.nodevitals.agent.diagnose.Look.Contents;
import io.nodevitals.agent.diagnose.Look.FileStatus;
import io.nodevitals.agent.diagnose.Look.Missing;
import io.nodevitals.agent.diagnose.Look.NotRegular;
import io.nodevitals.agent.diagnose.Look.Unavailable;
import io.nodevitals.agent.diagnose.RootFiles;
import io.nodevitals.agent.diagnose.TargetFileReader;
import io.nodevitals.agent.process.ProcessId;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;

/**
 * Reads files below another process's root without trusting anything in there.
 *
 * <p>/proc/PID is opened once and everything goes through that descriptor, so a reused pid is never looked through. The path is
 * resolved by openat2(2) with RESOLVE_IN_ROOT and RESOLVE_NO_MAGICLINKS (a relative one with RESOLVE_BENEATH at the working directory)
 * into an O_PATH descriptor, which opens nothing: no FIFO waits, no device acts. Only a regular file is then opened for reading,
 * through /proc/self/fd and non-blocking, and at most {@link TargetFileReader#MAX_BYTES} are read.
 *
 * <p>The work is done on a thread of its own; the caller waits at most {@link #PATIENCE_MILLIS}. While a look is stuck, in a file
 * system whose server is gone, say, all others answer at once that they could not look. Any one thread may call.
 */
public final class SafeFileOpener implements RootFiles, AutoCloseable {
    /** Longest wait for one look: 100, or the system property nodevitals.look.patience.millis, for emulated machines. */
    public static final int PATIENCE_MILLIS = Integer.getInteger("nodevitals.look.patience.millis", 100);

    private static final long SYS_OPENAT2 = 437;
    private static final long RESOLVE_NO_MAGICLINKS = 0x02;
    private static final long RESOLVE_BENEATH = 0x08;
    private static final long RESOLVE_IN_ROOT = 0x10;
    private static final int HOW_SIZE = 3 * Long.BYTES;

    private static final int O_RDONLY = 0;
    private static final int O_NOCTTY = 0x100;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;
    private static final int O_PATH = 0x200000;

    private static final int AT_FDCWD = -100;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int AT_STATX_DONT_SYNC = 0x4000;
    private static final int STATX_MNT_ID = 0x1000;
    // Type, mode, uid and gid. The mount's id is from 5.8 on; older kernels leave it out.
    private static final int STATX_WANTED = 0x1b | STATX_MNT_ID;
    private static final int STATX_SIZE = 256;
    private static final int STATX_MASK_OFFSET = 0;
    private static final int STATX_UID_OFFSET = 20;
    private static final int STATX_GID_OFFSET = 24;
    private static final int STATX_MODE_OFFSET = 28;
    private static final int STATX_MNT_ID_OFFSET = 144;
    private static final int S_IFMT = 0170000;
    private static final int S_IFREG = 0100000;

    // struct statfs of 64-bit Linux: f_flags is its eleventh long.
    private static final int STATFS_SIZE = 120;
    private static final int STATFS_FLAGS_OFFSET = 80;
    private static final long ST_NOEXEC = 8;

    private static final int ENOENT = 2;
    private static final int EAGAIN = 11;
    private static final int ENOTDIR = 20;
    private static final int EXDEV = 18;
    private static final int ELOOP = 40;
    private static final int RETRIES = 3;

    private static final byte[] EMPTY = {0};

    private final Calls calls;
    private final Runtime runtime;
    private final ProcessDoor door;
    private final MountPoints mounts;
    private final LookThread thread = new LookThread();

    /** The functions of libc that a look needs; each gives -1 and errno when it fails. For JNR, which must see it. */
    public interface Calls {
        long syscall(long number, long directory, @In byte[] path, @In byte[] how, long howSize);

        int openat(int directory, @In byte[] path, int flags);

        int statx(int directory, @In byte[] path, int flags, int mask, @Out byte[] buffer);

        int fstatfs(int fd, @Out byte[] buffer);

        long readlinkat(int directory, @In byte[] path, @Out byte[] buffer, long size);

        long pread(int fd, @Out byte[] buffer, long size, long offset);

        int close(int fd);
    }

    /**
     * Ready to look.
     *
     * @param proc where the node's proc file system is mounted, usually "/proc"
     * @param clockTickNanos see {@link io.nodevitals.agent.process.ProcScan#clockTickNanos()}
     */
    public SafeFileOpener(String proc, long clockTickNanos) {
        this(
                LibraryLoader.create(Calls.class)
                        .option(LibraryOption.SaveError, true)
                        .load("c"),
                proc,
                clockTickNanos);
    }

    SafeFileOpener(Calls calls, String proc, long clockTickNanos) {
        this.calls = calls;
        this.runtime = Runtime.getSystemRuntime();
        this.door = new ProcessDoor(calls, proc, clockTickNanos);
        this.mounts = new MountPoints(calls);
    }

    @Override
    public Look read(ProcessId process, long mountNamespace, String path, long offset) {
        return thread.call(
                "path=" + path,
                PATIENCE_MILLIS,
                () -> lookNow(process, mountNamespace, path, offset),
                Unavailable::new);
    }

    /** Ends the thread; a look that is stuck ends with its system call. */
    @Override
    public void close() {
        thread.close();
    }

    /** What else looks on the same thread and in the same way. */
    ProcessDoor door() {
        return door;
    }

    /** A root that somebody has open, and closes. */
    DirectoryRoot root(int rootFd) {
        return new DirectoryRoot(calls, rootFd);
    }

    LookThread thread() {
        return thread;
    }

    private Look lookNow(ProcessId process, long mountNamespace, String path, long offset) {
        if (path.isEmpty() || path.indexOf('\0') >= 0) {
            return new Unavailable("its name is no path");
        }
        boolean absolute = path.startsWith("/");
        return door.through(
                process,
                mountNamespace,
                absolute ? "root" : "cwd",
                (processFd, fd) -> resolve(processFd, fd, path, absolute ? RESOLVE_IN_ROOT : RESOLVE_BENEATH, offset),
                Unavailable::new);
    }

    private Look resolve(int processFd, int rootFd, String path, long scope, long offset) {
        byte[] how = ByteBuffer.allocate(HOW_SIZE)
                .order(ByteOrder.nativeOrder())
                .putLong(O_PATH | O_CLOEXEC)
                .putLong(0)
                .putLong(scope | RESOLVE_NO_MAGICLINKS)
                .array();
        long fd = -1;
        int errno = EAGAIN;
        // EAGAIN: something was renamed meanwhile, and the kernel would not swear that the path stayed inside.
        for (int attempt = 0; attempt < RETRIES && fd < 0 && errno == EAGAIN; attempt++) {
            fd = calls.syscall(SYS_OPENAT2, rootFd, bytes(path), how, HOW_SIZE);
            errno = fd < 0 ? runtime.getLastError() : 0;
        }
        if (fd < 0) {
            return switch (errno) {
                case ENOENT, ENOTDIR -> new Missing(errno);
                case ELOOP -> new Unavailable("its path leads over a loop or a link of /proc");
                case EXDEV -> new Unavailable("its path leaves the working directory");
                default -> unavailable("openat2", errno);
            };
        }
        try {
            return readRegular(processFd, (int) fd, offset);
        } finally {
            calls.close((int) fd);
        }
    }

    private Look readRegular(int processFd, int pathFd, long offset) {
        byte[] statx = new byte[STATX_SIZE];
        if (calls.statx(pathFd, EMPTY, AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_WANTED, statx) < 0) {
            return unavailable("statx", runtime.getLastError());
        }
        ByteBuffer status = ByteBuffer.wrap(statx).order(ByteOrder.nativeOrder());
        int mode = Short.toUnsignedInt(status.getShort(STATX_MODE_OFFSET));
        if ((mode & S_IFMT) != S_IFREG) {
            return new NotRegular(mode);
        }
        byte[] statfs = new byte[STATFS_SIZE];
        if (calls.fstatfs(pathFd, statfs) < 0) {
            return unavailable("fstatfs", runtime.getLastError());
        }
        long mountFlags = ByteBuffer.wrap(statfs).order(ByteOrder.nativeOrder()).getLong(STATFS_FLAGS_OFFSET);
        // Non-blocking: a file with a lease answers EAGAIN instead of waiting for its holder.
        int fd = calls.openat(AT_FDCWD, bytes("/proc/self/fd/" + pathFd), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0) {
            return unavailable("open", runtime.getLastError());
        }
        try {
            byte[] buffer = new byte[TargetFileReader.MAX_BYTES];
            long count = calls.pread(fd, buffer, buffer.length, offset);
            return count < 0
                    ? unavailable("pread", runtime.getLastError())
                    : new Contents(
                            Arrays.copyOf(buffer, (int) count),
                            status(status, (mountFlags & ST_NOEXEC) != 0, processFd));
        } finally {
            calls.close(fd);
        }
    }

    private FileStatus status(ByteBuffer statx, boolean noexec, int processFd) {
        boolean mountKnown = (statx.getInt(STATX_MASK_OFFSET) & STATX_MNT_ID) != 0;
        return new FileStatus(
                Short.toUnsignedInt(statx.getShort(STATX_MODE_OFFSET)),
                statx.getInt(STATX_UID_OFFSET),
                statx.getInt(STATX_GID_OFFSET),
                noexec,
                noexec && mountKnown ? mounts.pointOf(statx.getLong(STATX_MNT_ID_OFFSET), processFd) : null);
    }

    private static Unavailable unavailable(String call, int errno) {
        return new Unavailable(call + " failed with errno=" + errno);
    }

    private static byte[] bytes(String latin1) {
        byte[] raw = latin1.getBytes(StandardCharsets.ISO_8859_1);
        return Arrays.copyOf(raw, raw.length + 1);
    }
}
