// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.otel.pipeline.ExportAccount.Counts;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The account balances in every snapshot, whoever writes at the time. */
class SignalAccountTest {

    private static void assertBalanced(Counts counts) {
        assertThat(counts.exported() + counts.queued() + counts.droppedTotal() + counts.rejected())
                .as(counts.toString())
                .isEqualTo(counts.consumed());
    }

    @Test
    void everySnapshotBalancesWhileOthersOfferAndSettle() throws InterruptedException {
        SignalAccount account = new SignalAccount(64);
        BlockingQueue<Integer> queue = new ArrayBlockingQueue<>(64);
        AtomicLong accepted = new AtomicLong();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            threads.add(new Thread(() -> {
                for (int n = 0; n < 50_000; n++) {
                    if (account.offer()) {
                        queue.add(n); // throws when the account let in more than fits
                        accepted.incrementAndGet();
                    }
                }
            }));
        }
        Thread exporter = new Thread(() -> {
            int turn = 0;
            List<Integer> batch = new ArrayList<>();
            while (threads.stream().anyMatch(Thread::isAlive) || !queue.isEmpty()) {
                queue.drainTo(batch, 16);
                if (!batch.isEmpty()) {
                    settle(account, batch.size(), turn++);
                    batch.clear();
                }
            }
        });
        threads.forEach(Thread::start);
        exporter.start();
        while (exporter.isAlive()) {
            assertBalanced(account.counts());
        }
        exporter.join();
        Counts end = account.counts();
        assertBalanced(end);
        assertThat(end.consumed()).isEqualTo(100_000);
        assertThat(end.queued()).isZero();
        assertThat(end.dropped().get(DropReason.QUEUE_FULL)).isEqualTo(100_000 - accepted.get());
        assertThat(end.exported() + end.rejected() + end.dropped().get(DropReason.UNREACHABLE))
                .isEqualTo(accepted.get());
    }

    private static void settle(SignalAccount account, int items, int turn) {
        ExportAttempt attempt = account.begin(items);
        switch (turn % 3) {
            case 0 -> attempt.accepted(new PartialSuccess(1, ""));
            case 1 -> attempt.refused(false, "");
            default -> attempt.unanswered(null);
        }
        assertThat(account.settle(attempt)).isTrue();
    }

    @Test
    void anAnswerAfterTheCloseChangesNothing() {
        SignalAccount account = new SignalAccount(10);
        account.consume(10);
        ExportAttempt late = account.begin(10);
        account.close();
        late.accepted(PartialSuccess.NONE);
        assertThat(account.settle(late)).isFalse();
        assertThat(account.begin(1)).isNull();
        account.consume(3);
        Counts counts = account.counts();
        assertThat(counts.exported()).isZero();
        assertThat(counts.dropped()).containsEntry(DropReason.SHUTDOWN, 13L);
        assertBalanced(counts);
    }
}
