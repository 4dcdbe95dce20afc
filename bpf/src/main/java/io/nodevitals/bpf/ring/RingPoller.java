// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.ring;

import io.nodevitals.bpf.libbpf.Errno;
import io.nodevitals.bpf.libbpf.Libc;
import io.nodevitals.bpf.libbpf.Native;
import io.nodevitals.bpf.libbpf.NativeCallException;
import java.util.concurrent.atomic.AtomicLong;
import jnr.ffi.Platform;
import jnr.ffi.Pointer;

/**
 * Sleeps until one of several BPF rings has something to read: epoll over the rings' descriptors and an eventfd for shutdown.
 *
 * <p>A ring's descriptor is readable while its consumer position is behind its producer position ({@code kernel/bpf/ringbuf.c},
 * {@code ringbuf_map_poll_kern}), level-triggered. {@link #poll} and {@link #close} belong to one thread, {@link #wakeUp} and
 * {@link #wakeUps} to any thread before close.
 */
public final class RingPoller implements AutoCloseable {
    /** {@code struct epoll_event} is packed on x86_64 only. */
    private static final boolean PACKED = Platform.getNativePlatform().getCPU() == Platform.CPU.X86_64;

    private static final int EVENT_BYTES = PACKED ? 12 : 16;
    private static final int EVENT_DATA = PACKED ? 4 : 8;
    private static final int MAX_RINGS = 31;

    private final Native natives;
    private final AtomicLong wakeUps = new AtomicLong();
    private final int rings;
    private final int epollFd;
    private final int eventFd;
    private final Pointer events;
    private final Pointer one;
    private final Pointer drained;
    private boolean closed;

    /**
     * Watches rings; the descriptors stay the caller's.
     *
     * @param ringFds descriptors of ring buffer maps, at most 31; a ring's place in the list is its bit in {@link #poll}'s result
     * @throws NativeCallException when epoll or eventfd cannot be had
     */
    public RingPoller(Native natives, int... ringFds) {
        if (ringFds.length > MAX_RINGS) {
            throw new IllegalArgumentException("rings=" + ringFds.length + " max=" + MAX_RINGS);
        }
        this.natives = natives;
        this.rings = ringFds.length;
        this.events = natives.allocate((rings + 1) * EVENT_BYTES);
        this.one = natives.allocate(Long.BYTES);
        this.drained = natives.allocate(Long.BYTES);
        one.putLong(0, 1);
        Libc libc = natives.libc();
        this.epollFd = natives.checkLibc("epoll_create1", libc.epoll_create1(Libc.EPOLL_CLOEXEC));
        int wakeFd = -1;
        try {
            wakeFd = natives.checkLibc("eventfd", libc.eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK));
            for (int ring = 0; ring < rings; ring++) {
                watch(ringFds[ring], ring);
            }
            watch(wakeFd, rings);
        } catch (NativeCallException failure) {
            if (wakeFd >= 0) {
                libc.close(wakeFd);
            }
            libc.close(epollFd);
            throw failure;
        }
        this.eventFd = wakeFd;
    }

    private void watch(int fd, int index) {
        events.putInt(0, Libc.EPOLLIN);
        events.putLong(EVENT_DATA, index);
        natives.checkLibc("epoll_ctl", natives.libc().epoll_ctl(epollFd, Libc.EPOLL_CTL_ADD, fd, events));
    }

    /**
     * Waits until a ring is readable, {@link #wakeUp} is called, a signal arrives or the time is over.
     *
     * @param timeoutMillis 0 looks without waiting, -1 waits for ever
     * @return bit per readable ring; 0 when there is none
     * @throws NativeCallException when epoll_wait fails otherwise than by EINTR
     */
    public int poll(int timeoutMillis) {
        int ready = natives.libc().epoll_wait(epollFd, events, rings + 1, timeoutMillis);
        if (ready < 0) {
            int errno = natives.lastErrno();
            if (errno == Errno.EINTR) {
                return 0;
            }
            throw new NativeCallException("epoll_wait", errno);
        }
        int readable = 0;
        for (int i = 0; i < ready; i++) {
            int index = (int) events.getLong((long) i * EVENT_BYTES + EVENT_DATA);
            if (index == rings) {
                drainWakeUp();
            } else {
                readable |= 1 << index;
            }
        }
        if (ready > 0) {
            wakeUps.lazySet(wakeUps.get() + 1);
        }
        return readable;
    }

    /** EAGAIN means that another poll has taken the wake-up already: nothing is left to drain. */
    private void drainWakeUp() {
        if (natives.libc().read(eventFd, drained, Long.BYTES) < 0 && natives.lastErrno() != Errno.EAGAIN) {
            throw new NativeCallException("read(eventfd)", natives.lastErrno());
        }
    }

    /** Makes the running {@link #poll}, or else the next one, return at once. Any thread. */
    public void wakeUp() {
        if (natives.libc().write(eventFd, one, Long.BYTES) < 0 && natives.lastErrno() != Errno.EAGAIN) {
            throw new NativeCallException("write(eventfd)", natives.lastErrno());
        }
    }

    /** How often {@link #poll} returned because something was ready, not because the time was over. Any thread. */
    public long wakeUps() {
        return wakeUps.get();
    }

    /** Closes what the poller opened; the rings stay open. Idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            natives.libc().close(eventFd);
            natives.libc().close(epollFd);
        }
    }
}
