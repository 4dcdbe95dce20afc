// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.bpf.event.Program;
import io.nodevitals.bpf.object.FakeCounters;
import io.nodevitals.bpf.object.MappedCounters.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class OutcomeAccountTest {
    private static final long SNAPSHOT = 5_000_000_000L;
    private static final Field[] OUTCOMES = {Field.SUBMITTED, Field.FOLDED, Field.FILTERED, Field.FAILED};

    private final FakeCounters kernel = new FakeCounters(2);
    private final OutcomeAccount account = new OutcomeAccount(kernel.mapped());
    private long now;

    @Test
    void anEventWithoutAnOutcomeIsLostOnceItHasLasted() {
        balanced(Program.EXEC, 1, 10);
        kernel.add(Program.EXEC, 1, Field.SEEN, 2);

        assertThat(check()).isEmpty();
        assertThat(check()).isEmpty();
        assertThat(check()).containsExactly(new Residual(Account.OUTCOMES, "exec on CPU 1", 2));
    }

    @Test
    void manySnapshotsInAShortTimeAreNotEnough() {
        kernel.add(Program.EXEC, 0, Field.SEEN, 1);

        for (int i = 0; i < 50; i++) {
            assertThat(account.check(now)).isEmpty();
            now += 100_000_000;
        }
        now += SNAPSHOT;
        assertThat(account.check(now)).hasSize(1);
    }

    @Test
    void anOutcomeWithoutAnEventIsAnErrorAtOnce() {
        balanced(Program.OOM, 0, 3);
        kernel.add(Program.OOM, 0, Field.FILTERED, 1);

        assertThat(check()).containsExactly(new Residual(Account.OUTCOMES, "oom on CPU 0", -1));
    }

    @Test
    void whatEndsLateWasNotLost() {
        kernel.add(Program.MMAP, 0, Field.SEEN, 1);
        check();
        check();
        assertThat(check()).hasSize(1);

        kernel.add(Program.MMAP, 0, Field.FOLDED, 1);

        assertThat(check()).isEmpty();
    }

    @Test
    void atRestEveryDifferenceIsNamedAtOnce() {
        balanced(Program.EXIT, 0, 7);
        kernel.add(Program.EXIT, 1, Field.SEEN, 4);
        kernel.add(Program.FORK, 0, Field.FAILED, 2);

        assertThat(OutcomeAccount.unbalanced(kernel.mapped())).containsExactly("fork on CPU 0: -2", "exit on CPU 1: 4");
    }

    /**
     * Between two snapshots programs begin and end, nested as deep as they like, and may lose events. None is in flight for three
     * snapshots. Then a loss is found, in full, and never more than it.
     */
    @Property
    void inFlightIsNeverTakenForLostAndLostAlwaysFound(
            @ForAll @Size(min = 8, max = 40) List<@IntRange(min = 0, max = 5) Integer> begun, @ForAll Random random) {
        FakeCounters counters = new FakeCounters(1);
        OutcomeAccount checked = new OutcomeAccount(counters.mapped());
        List<Integer> inFlight = new ArrayList<>();
        long lost = 0;
        long time = 0;
        List<Residual> found = List.of();
        for (int round = 0; round < begun.size() + 2 * LastingDifference.ROUNDS; round++) {
            int fresh = round < begun.size() ? begun.get(round) : 0;
            for (int i = 0; i < fresh; i++) {
                counters.add(Program.MUNMAP, 0, Field.SEEN, 1);
                if (random.nextInt(20) == 0) {
                    lost++;
                } else {
                    inFlight.add(round + random.nextInt(2));
                }
            }
            int last = round;
            inFlight.removeIf(end -> {
                boolean over = end <= last;
                if (over) {
                    counters.add(Program.MUNMAP, 0, OUTCOMES[random.nextInt(4)], 1);
                }
                return over;
            });
            found = checked.check(time);
            time += SNAPSHOT;
            long claimed = found.stream().mapToLong(Residual::events).sum();
            assertThat(claimed).isLessThanOrEqualTo(lost + inFlight.size());
            if (lost == 0 && round >= begun.size()) {
                assertThat(found).isEmpty();
            }
        }
        assertThat(found.stream().mapToLong(Residual::events).sum()).isEqualTo(lost);
    }

    @Test
    void aReadingIsNeverNegativeWhileNestedProgramsStorm() throws Exception {
        Thread storm = new Thread(() -> {
            Random random = new Random(7);
            while (!Thread.currentThread().isInterrupted()) {
                nest(random, 3);
            }
        });
        storm.start();
        try {
            for (int i = 0; i < 100_000; i++) {
                assertThat(kernel.mapped().residual(Program.SIGNAL_GENERATE, 1)).isBetween(0L, Long.MAX_VALUE);
            }
        } finally {
            storm.interrupt();
            storm.join();
        }
        assertThat(kernel.mapped().value(Program.SIGNAL_GENERATE, 1, Field.SEEN))
                .isPositive();
        assertThat(OutcomeAccount.unbalanced(kernel.mapped())).isEmpty();
    }

    /** A program that an interrupt may run again before it ends. */
    private void nest(Random random, int depth) {
        kernel.add(Program.SIGNAL_GENERATE, 1, Field.SEEN, 1);
        if (depth > 0 && random.nextBoolean()) {
            nest(random, depth - 1);
        }
        kernel.add(Program.SIGNAL_GENERATE, 1, OUTCOMES[random.nextInt(4)], 1);
    }

    private void balanced(Program program, int cpu, long events) {
        kernel.add(program, cpu, Field.SEEN, events);
        kernel.add(program, cpu, Field.SUBMITTED, events);
    }

    private List<Residual> check() {
        List<Residual> found = account.check(now);
        now += SNAPSHOT;
        return found;
    }
}
