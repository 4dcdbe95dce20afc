// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.nodevitals.agent.diagnose.Look;
import io.nodevitals.agent.diagnose.Look.Unavailable;
import io.nodevitals.agent.process.ProcessId;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** A file system whose server is gone holds one thread, never the caller. */
class StuckFileSystemTest {
    private static final ProcessId PROCESS = new ProcessId(1, 1);
    private static final Look ENDED = new Unavailable("the process had ended already");

    @Test
    void aLookThatHangsIsGivenUpAndOthersAreRefusedUntilItReturns() {
        CountDownLatch answer = new CountDownLatch(1);
        try (SafeFileOpener opener = new SafeFileOpener(new HangingCalls(answer), "/proc", 10_000_000)) {
            Look first = opener.read(PROCESS, 0, "/app", 0);
            Look second = opener.read(PROCESS, 0, "/app", 0);
            answer.countDown();

            assertThat(first).isEqualTo(new Unavailable("its file system did not answer within 100 ms"));
            assertThat(second).isEqualTo(new Unavailable("an earlier look is still waiting for its file system"));
            await().untilAsserted(
                            () -> assertThat(opener.read(PROCESS, 0, "/app", 0)).isEqualTo(ENDED));
        } finally {
            answer.countDown();
        }
    }

    /** Whose first call waits for the latch; all fail. */
    private record HangingCalls(CountDownLatch answer) implements SafeFileOpener.Calls {
        @Override
        public int openat(int directory, byte[] path, int flags) {
            try {
                answer.await();
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
            }
            return -1;
        }

        @Override
        public long syscall(long number, long directory, byte[] path, byte[] how, long howSize) {
            return -1;
        }

        @Override
        public int statx(int directory, byte[] path, int flags, int mask, byte[] buffer) {
            return -1;
        }

        @Override
        public int fstatfs(int fd, byte[] buffer) {
            return -1;
        }

        @Override
        public long readlinkat(int directory, byte[] path, byte[] buffer, long size) {
            return -1;
        }

        @Override
        public long pread(int fd, byte[] buffer, long size, long offset) {
            return -1;
        }

        @Override
        public int close(int fd) {
            return 0;
        }
    }
}
