// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nodevitals.agent.process.CgroupRef;
import io.nodevitals.agent.process.LifecycleEvent;
import io.nodevitals.agent.process.LifecycleEvent.Header;
import io.nodevitals.agent.process.LifecycleEvent.ProcessForked;
import io.nodevitals.agent.process.ProcessId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class DiagnoserLoopTest {
    private final List<String> calls = new ArrayList<>();
    private final DiagnoserLoop loop = new DiagnoserLoop(new DiagnoserLoop.Listener() {
        @Override
        public void onEvent(LifecycleEvent event) {
            calls.add("event " + event.header().bootNanos());
        }

        @Override
        public boolean onTick(long bootNanos) {
            calls.add("tick " + bootNanos);
            return waits;
        }
    });
    private boolean waits;

    @Test
    void whoReadsTheRingsIsWokenOnceWhenSomethingBeginsToWait() throws Exception {
        loop.onWaiting(() -> calls.add("wake"));
        perform();
        assertThat(loop.isWaiting()).isFalse();

        waits = true;
        perform();
        perform();
        assertThat(loop.isWaiting()).isTrue();
        assertThat(calls).containsExactly("tick 0", "tick 0", "wake", "tick 0");

        waits = false;
        perform();
        assertThat(loop.isWaiting()).isFalse();
    }

    @Test
    void timePassesOnlyAsFarAsEventsAreComplete() throws Exception {
        loop.offer(event(10));
        loop.offer(event(20));
        loop.completeUntil(15);
        perform();

        assertThat(calls).containsExactly("event 10", "event 20", "tick 15");
    }

    @Test
    void timeStandsStillWhileMoreEventsWaitThanOneRoundTakes() throws Exception {
        for (int i = 1; i <= 600; i++) {
            loop.offer(event(i));
        }
        loop.completeUntil(1_000);
        perform();
        assertThat(calls).hasSize(512).doesNotContain("tick 1000");

        perform();
        assertThat(calls).hasSize(601).endsWith("event 600", "tick 1000");
    }

    @Test
    void commandsRunAfterTheEventsBeforeThem() throws Exception {
        loop.offer(event(1));
        var result = loop.call(() -> List.copyOf(calls));
        perform();

        assertThat(result.get(1, TimeUnit.SECONDS)).containsExactly("event 1", "tick 0");
    }

    @Test
    void aCommandThatThrowsFailsItsOwnFutureAlone() throws Exception {
        var failing = loop.call(() -> {
            throw new IllegalStateException("no");
        });
        var next = loop.call(() -> 1);
        perform();

        assertThatThrownBy(() -> failing.get(1, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasRootCauseMessage("no");
        assertThat(next.get(1, TimeUnit.SECONDS)).isEqualTo(1);
    }

    @Test
    void moreThanThereIsRoomForIsRefusedLoudly() {
        int room = loop.room();
        for (int i = 0; i < room; i++) {
            loop.offer(event(i));
        }
        assertThat(loop.room()).isZero();
        assertThatThrownBy(() -> loop.offer(event(1))).isInstanceOf(IllegalStateException.class);
    }

    /** One round; the sleep at its end is cut short by the wake-up before it. */
    private void perform() throws InterruptedException {
        Thread.currentThread().setName("diagnoser-loop-test");
        java.util.concurrent.locks.LockSupport.unpark(Thread.currentThread());
        loop.perform();
    }

    private static LifecycleEvent event(long bootNanos) {
        ProcessId process = new ProcessId(1, 1);
        return new ProcessForked(new Header(bootNanos, process, 1, 0, CgroupRef.ofId(1, 0), process), "sh");
    }
}
