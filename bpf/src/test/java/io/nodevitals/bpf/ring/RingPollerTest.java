// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nodevitals.bpf.libbpf.Libc;
import io.nodevitals.bpf.libbpf.Native;
import io.nodevitals.bpf.libbpf.NativeCallException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import jnr.ffi.Pointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Eventfds stand in for rings: they are readable under our control. */
@Timeout(30)
class RingPollerTest {
    private static final int FOREVER = -1;

    private final Native natives = Native.load();
    private final int first = natives.checkLibc("eventfd", natives.libc().eventfd(0, Libc.EFD_NONBLOCK));
    private final int second = natives.checkLibc("eventfd", natives.libc().eventfd(0, Libc.EFD_NONBLOCK));
    private final Pointer value = natives.allocate(Long.BYTES);

    @AfterEach
    void closeDescriptors() {
        natives.libc().close(first);
        natives.libc().close(second);
    }

    @Test
    void nothingReadableIsNoBitAndNoWakeUp() {
        try (RingPoller poller = new RingPoller(natives, first, second)) {
            assertThat(poller.poll(0)).isZero();
            assertThat(poller.poll(5)).isZero();
            assertThat(poller.wakeUps()).isZero();
        }
    }

    @Test
    void aReadableRingIsItsPlaceInTheList() {
        try (RingPoller poller = new RingPoller(natives, first, second)) {
            makeReadable(second);
            assertThat(poller.poll(FOREVER)).isEqualTo(0b10);
            makeReadable(first);
            assertThat(poller.poll(FOREVER)).isEqualTo(0b11);
            assertThat(poller.wakeUps()).isEqualTo(2);
        }
    }

    @Test
    void aRingThatIsNotReadYetIsReportedAgain() {
        try (RingPoller poller = new RingPoller(natives, first)) {
            makeReadable(first);
            assertThat(poller.poll(FOREVER)).isEqualTo(1);
            assertThat(poller.poll(FOREVER)).isEqualTo(1);
        }
    }

    @Test
    void wakeUpEndsAPollThatWaitsForEver() throws Exception {
        try (RingPoller poller = new RingPoller(natives, first)) {
            CompletableFuture<Integer> polled = CompletableFuture.supplyAsync(() -> poller.poll(FOREVER));
            poller.wakeUp();
            assertThat(polled.get(20, TimeUnit.SECONDS)).isZero();
        }
    }

    @Test
    void aWakeUpIsTakenOnce() {
        try (RingPoller poller = new RingPoller(natives, first)) {
            poller.wakeUp();
            poller.wakeUp();
            assertThat(poller.poll(FOREVER)).isZero();
            assertThat(poller.poll(0)).isZero();
            assertThat(poller.wakeUps()).isEqualTo(1);
        }
    }

    @Test
    void aDescriptorThatIsNoneIsATypedError() {
        assertThatThrownBy(() -> new RingPoller(natives, -1))
                .isInstanceOf(NativeCallException.class)
                .hasMessage("epoll_ctl: EBADF (9): bad file descriptor");
    }

    @Test
    void closeIsIdempotent() {
        RingPoller poller = new RingPoller(natives, first);
        poller.close();
        poller.close();
        makeReadable(first);
        assertThat(natives.libc().read(first, value, Long.BYTES)).isEqualTo(Long.BYTES);
    }

    private void makeReadable(int fd) {
        value.putLong(0, 1);
        assertThat(natives.libc().write(fd, value, Long.BYTES)).isEqualTo(Long.BYTES);
    }
}
