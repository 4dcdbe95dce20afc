// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.bpf.ring.FakeRing;
import io.nodevitals.bpf.ring.RingConsumer;
import java.util.List;
import org.junit.jupiter.api.Test;

class RingProgressTest {
    private static final long SECOND = 1_000_000_000L;

    private final FakeRing lifecycleRing = new FakeRing(4096);
    private final FakeRing memoryRing = new FakeRing(4096);
    private final RingConsumer lifecycle = new RingConsumer(lifecycleRing, e -> {});
    private final RingConsumer memory = new RingConsumer(memoryRing, e -> {});
    private long now = 77 * SECOND;
    private final RingProgress progress = new RingProgress(List.of(lifecycle, memory), () -> now);

    @Test
    void anIdleThreadIsNotBehind() {
        rounds(200, SECOND / 10);

        assertThat(progress.complaint()).isEmpty();
    }

    @Test
    void aRingThatIsNeverEmptyIsNoReasonWhileItsRecordsAreRead() {
        memoryRing.write(1);
        for (int i = 0; i < 100; i++) {
            memoryRing.write(1);
            memory.drain((data, offset, length) -> {}, 1);
            progress.afterRound();
            now += SECOND;
            assertThat(memory.unreadBytes()).isPositive();
            assertThat(progress.complaint()).isEmpty();
        }
    }

    @Test
    void aThreadThatStandsStillIsBehindFromTheFifthSecondOn() {
        rounds(3, 1);
        now += 5 * SECOND - 3;
        assertThat(progress.complaint()).isEmpty();
        now += 2 * SECOND + 1;

        assertThat(progress.complaint())
                .hasValueSatisfying(sentence ->
                        assertThat(sentence).startsWith("The rings have not been read to their end for 7 s: "));
    }

    @Test
    void aThreadThatGoesRoundWithoutReadingOneRingIsBehind() {
        rounds(2, 1);
        lifecycleRing.write(1);
        rounds(70, SECOND / 10);

        assertThat(progress.complaint()).isPresent();

        lifecycle.drain((data, offset, length) -> {}, 1);
        rounds(2, 1);
        assertThat(progress.complaint())
                .hasValueSatisfying(sentence ->
                        assertThat(sentence).startsWith("The ring thread stood still for 7 s until 0 s ago."));
    }

    @Test
    void aStallIsForgottenOnceTheAccountsHadTheTimeToShowALoss() {
        rounds(3, 1);
        now += 10 * SECOND;
        rounds(2, SECOND / 10);
        for (int second = 0; second < 14; second++) {
            rounds(1, SECOND);
            progress.checked();
            assertThat(progress.complaint()).as("second %d", second).isPresent();
        }

        rounds(1, SECOND);
        progress.checked();

        assertThat(progress.complaint()).isEmpty();
    }

    @Test
    void aSlowStartIsNoStall() {
        now += 20 * SECOND;
        rounds(3, 1);

        assertThat(progress.complaint()).isEmpty();
    }

    private void rounds(int count, long nanos) {
        for (int i = 0; i < count; i++) {
            progress.afterRound();
            now += nanos;
        }
    }
}
