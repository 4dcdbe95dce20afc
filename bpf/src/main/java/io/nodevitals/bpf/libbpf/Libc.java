// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.libbpf;

import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * The functions of libc that the agent calls. All give -1 when they fail and leave errno for {@link Native#lastErrno()} on the same
 * thread.
 */
@SuppressWarnings({"MemberName", "checkstyle:MethodName"})
public interface Libc {
    int PROT_READ = 1;
    int PROT_WRITE = 2;
    int MAP_SHARED = 1;
    int MAP_PRIVATE = 2;
    int MAP_ANONYMOUS = 0x20;

    int O_RDONLY = 0;
    int O_DIRECTORY = 0x10000;
    int O_CLOEXEC = 0x80000;

    int LOCK_EX = 2;
    int LOCK_NB = 4;

    int EPOLL_CLOEXEC = 0x80000;
    int EPOLL_CTL_ADD = 1;
    int EPOLLIN = 1;

    int EFD_CLOEXEC = 0x80000;
    int EFD_NONBLOCK = 0x800;

    /**
     * Address as a number; -1 when it fails. {@code address} is a pointer because jnr-ffi 2.3.4 garbles the offset when all six
     * arguments are primitive (its x86_64 stub).
     */
    long mmap(@Nullable Pointer address, long lengthBytes, int protection, int flags, int fd, long offset);

    int munmap(long address, long lengthBytes);

    /** Address as a number; -1 when it fails. */
    long mremap(long address, long oldLengthBytes, long newLengthBytes, int flags);

    /** A system call that libc has no function for; its number differs between architectures. */
    long syscall(long number, long argument);

    int open(String path, int flags);

    /** flock(2): a lock of the open file, gone with its last descriptor. */
    int flock(int fd, int operation);

    int getpagesize();

    int clock_gettime(int clock, Pointer timespec);

    int close(int fd);

    int epoll_create1(int flags);

    int epoll_ctl(int epollFd, int operation, int fd, Pointer event);

    int epoll_wait(int epollFd, Pointer events, int maxEvents, int timeoutMillis);

    int eventfd(int initial, int flags);

    long read(int fd, Pointer buffer, long count);

    long write(int fd, Pointer buffer, long count);

    /** Replaces the JVM when it succeeds: only for a file that cannot exist. */
    int execve(String path, Pointer argv, Pointer envp);
}
