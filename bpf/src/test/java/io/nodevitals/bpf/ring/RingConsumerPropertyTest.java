// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.BeforeTry;

class RingConsumerPropertyTest {
    private static final int CAPACITY = 4096;

    private final List<RuntimeException> errors = new ArrayList<>();
    private final List<Long> seen = new ArrayList<>();
    private final RecordHandler firstWord = (data, offset, length) -> seen.add(data.getLong(offset));

    @BeforeTry
    void forget() {
        errors.clear();
        seen.clear();
    }

    private RunHandler eachWord() {
        return (data, begin, end, length) -> {
            for (int at = begin; at < end; at += RingDescriptor.span(length) / Long.BYTES) {
                seen.add(data.get(at + 1));
            }
        };
    }

    @Property(tries = 300)
    void whateverTheProducerDoesRecordsArriveOnceAndInOrder(@ForAll long seed, @ForAll @IntRange(max = 3) int start) {
        Random random = new Random(seed);
        FakeRing ring = new FakeRing(512, (1L << 32) * start - 8L * start);
        RingConsumer consumer = new RingConsumer(ring, errors::add);
        Queue<Long> expected = new ArrayDeque<>();
        Queue<Long> busy = new ArrayDeque<>();
        List<Long> wanted = new ArrayList<>();
        for (long number = 0; number < 400; number++) {
            long position = ring.reserve(random.nextBoolean() ? 40 : 8 + random.nextInt(60));
            if (position >= 0) {
                ring.putLong(position, 0, number);
                busy.add(position);
                expected.add(number);
            }
            while (!busy.isEmpty() && random.nextInt(3) != 0) {
                long done = busy.remove();
                long its = expected.remove();
                if (random.nextInt(5) == 0) {
                    ring.discard(done);
                } else {
                    ring.commit(done);
                    wanted.add(its);
                }
            }
            if (random.nextInt(4) == 0) {
                drainEitherWay(consumer, random);
            }
        }
        while (drainEitherWay(consumer, random) > 0) {
            assertThat(consumer.corruptions()).isZero();
        }
        assertThat(seen).containsExactlyElementsOf(wanted);
    }

    private int drainEitherWay(RingConsumer consumer, Random random) {
        int limit = 1 + random.nextInt(10);
        return random.nextBoolean() ? consumer.drain(firstWord, limit) : consumer.drainRuns(eachWord(), limit);
    }

    @Property(tries = 2_000)
    void randomBytesNeverThrowNeverSpinAndNeverLeaveTheRing(@ForAll long seed) {
        Random random = new Random(seed);
        FakeRing ring = new FakeRing(CAPACITY);
        for (int at = 0; at < 2 * CAPACITY; at += 8) {
            ring.data().putLong(at, random.nextLong() & (random.nextBoolean() ? -1L : 0xff00_00ffL));
        }
        ring.damageProducerPosition(random.nextBoolean() ? random.nextLong() : random.nextInt(CAPACITY + 64));
        long end = ring.producerPosition() & -8;
        RingConsumer consumer = new RingConsumer(ring, errors::add);
        int[] calls = {0};

        for (int round = 0; round < 20; round++) {
            long before = ring.consumerPosition();
            int limit = 1 + random.nextInt(200);
            int taken = random.nextBoolean()
                    ? consumer.drain(
                            (data, offset, length) -> {
                                calls[0]++;
                                assertThat(offset).isBetween(8, CAPACITY);
                                assertThat(offset + length).isLessThanOrEqualTo(2 * CAPACITY);
                            },
                            limit)
                    : consumer.drainRuns(
                            (data, begin, behind, length) -> {
                                calls[0] += (behind - begin) / (RingDescriptor.span(length) / Long.BYTES);
                                assertThat(begin).isBetween(0, CAPACITY / 8 - 1);
                                assertThat(behind).isBetween(begin + 1, 2 * CAPACITY / 8);
                            },
                            limit);
            long after = ring.consumerPosition();
            assertThat(after - before).isGreaterThanOrEqualTo(0L + (after == end ? Long.MIN_VALUE : 8L * taken));
        }

        assertThat(calls[0]).isLessThanOrEqualTo(CAPACITY / 8);
        assertThat(errors).isEmpty();
        // Either a busy record holds the ring or all of it was passed.
        boolean busy = ring.data().getInt((int) ring.consumerPosition() & CAPACITY - 1) < 0;
        assertThat(busy || ring.consumerPosition() == end).isTrue();
    }
}
