// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.BeforeTry;
import org.junit.jupiter.api.Test;

class RingConsumerTest {
    private static final int CAPACITY = 4096;

    private final List<RuntimeException> errors = new ArrayList<>();
    private final List<Long> seen = new ArrayList<>();
    private final RecordHandler firstWord = (data, offset, length) -> seen.add(data.getLong(offset));

    @BeforeTry
    void forget() {
        errors.clear();
        seen.clear();
    }

    @Test
    void recordsComeInOrderAndTheirSpaceGoesBack() {
        FakeRing ring = new FakeRing(CAPACITY);
        RingConsumer consumer = new RingConsumer(ring, errors::add);
        assertThat(ring.write(1, 10)).isTrue();
        assertThat(ring.write(2)).isTrue();

        assertThat(consumer.drain(firstWord, 100)).isEqualTo(2);

        assertThat(seen).containsExactly(1L, 2L);
        assertThat(ring.consumerPosition()).isEqualTo(ring.producerPosition()).isEqualTo(24 + 16);
        assertThat(consumer.records()).isEqualTo(2);
        assertThat(consumer.drain(firstWord, 100)).isZero();
    }

    @Test
    void aBusyRecordHoldsBackWhatIsBehindItUntilItIsCommitted() {
        FakeRing ring = new FakeRing(CAPACITY);
        RingConsumer consumer = new RingConsumer(ring, errors::add);
        ring.write(1);
        long busy = ring.reserve(8);
        ring.write(3);

        assertThat(consumer.drain(firstWord, 100)).isEqualTo(1);
        assertThat(ring.consumerPosition()).isEqualTo(busy);
        assertThat(consumer.unreadBytes()).isEqualTo(32);

        ring.putLong(busy, 0, 2);
        ring.commit(busy);
        consumer.drain(firstWord, 100);
        assertThat(seen).containsExactly(1L, 2L, 3L);
    }

    @Test
    void aDiscardedRecordIsSkippedAndCounted() {
        FakeRing ring = new FakeRing(CAPACITY);
        RingConsumer consumer = new RingConsumer(ring, errors::add);
        ring.discard(ring.reserve(100));
        ring.write(7);

        assertThat(consumer.drain(firstWord, 100)).isEqualTo(2);

        assertThat(seen).containsExactly(7L);
        assertThat(consumer.discarded()).isEqualTo(1);
        assertThat(consumer.records()).isEqualTo(1);
    }

    @Test
    void aBatchIsBoundedAndTheNextGoesOnWhereItEnded() {
        FakeRing ring = new FakeRing(CAPACITY);
        RingConsumer consumer = new RingConsumer(ring, errors::add);
        for (long i = 0; i < 10; i++) {
            ring.write(i);
        }

        assertThat(consumer.drain(firstWord, 4)).isEqualTo(4);
        assertThat(ring.consumerPosition()).isEqualTo(4 * 16);
        assertThat(consumer.drain(firstWord, 100)).isEqualTo(6);
        assertThat(seen).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
    }

    @Test
    void theSpaceIsGivenBackOnceWhenTheBatchIsOver() {
        FakeRing ring = new FakeRing(CAPACITY);
        RingConsumer consumer = new RingConsumer(ring, errors::add);
        ring.write(1);
        ring.write(2);
        List<Long> during = new ArrayList<>();

        consumer.drain((data, offset, length) -> during.add(ring.consumerPosition()), 100);

        assertThat(during).containsExactly(0L, 0L);
    }

    @Test
    void aHandlerThatThrowsCostsNoOtherRecordAndIsCounted() {
        FakeRing ring = new FakeRing(CAPACITY);
        RingConsumer consumer = new RingConsumer(ring, errors::add);
        ring.write(1);
        ring.write(2);
        ring.write(3);

        consumer.drain(
                (data, offset, length) -> {
                    firstWord.onRecord(data, offset, length);
                    if (data.getLong(offset) == 2) {
                        throw new IllegalStateException("two");
                    }
                },
                100);

        assertThat(seen).containsExactly(1L, 2L, 3L);
        assertThat(errors).singleElement().satisfies(e -> assertThat(e).hasMessage("two"));
        assertThat(consumer.handlerFailures()).isEqualTo(1);
        assertThat(ring.consumerPosition()).isEqualTo(ring.producerPosition());
    }

    @Test
    void anErrorEndsTheBatchButKeepsThePosition() {
        FakeRing ring = new FakeRing(CAPACITY);
        RingConsumer consumer = new RingConsumer(ring, errors::add);
        ring.write(1);
        ring.write(2);
        RecordHandler failing = (data, offset, length) -> {
            throw new StackOverflowError();
        };

        assertThatThrownBy(() -> consumer.drain(failing, 100)).isInstanceOf(StackOverflowError.class);

        assertThat(ring.consumerPosition()).isEqualTo(16);
        consumer.drain(firstWord, 100);
        assertThat(seen).containsExactly(2L);
    }

    @Test
    void aRecordAcrossTheEndOfTheRingIsReadInOnePiece() {
        FakeRing ring = new FakeRing(CAPACITY, CAPACITY - 16);
        RingConsumer consumer = new RingConsumer(ring, errors::add);
        ring.write(11, 12, 13, 14);
        List<Long> words = new ArrayList<>();

        consumer.drain(
                (data, offset, length) -> {
                    for (int i = 0; i < length; i += 8) {
                        words.add(data.getLong(offset + i));
                    }
                },
                100);

        assertThat(words).containsExactly(11L, 12L, 13L, 14L);
    }

    @Test
    void positionsPastTheRangeOfIntAreFollowed() {
        FakeRing ring = new FakeRing(CAPACITY, (1L << 40) + 8);
        RingConsumer consumer = new RingConsumer(ring, errors::add);
        ring.write(5);

        consumer.drain(firstWord, 100);

        assertThat(seen).containsExactly(5L);
        assertThat(ring.consumerPosition()).isEqualTo((1L << 40) + 24);
    }

    @Test
    void aLengthBeyondTheProducerIsCountedAndSkippedUpToTheProducer() {
        FakeRing ring = new FakeRing(CAPACITY);
        RingConsumer consumer = new RingConsumer(ring, errors::add);
        ring.write(1);
        long bad = ring.reserve(8);
        ring.damageLengthWord(bad, RingDescriptor.LENGTH_MASK);
        ring.write(3);

        consumer.drain(firstWord, 100);
        assertThat(seen).containsExactly(1L);
        assertThat(consumer.corruptions()).isEqualTo(1);
        assertThat(ring.consumerPosition()).isEqualTo(ring.producerPosition());

        ring.write(4);
        consumer.drain(firstWord, 100);
        assertThat(seen).containsExactly(1L, 4L);
    }

    @Test
    void aProducerPositionOutOfReachIsCountedAndFollowed() {
        FakeRing ring = new FakeRing(CAPACITY);
        RingConsumer consumer = new RingConsumer(ring, errors::add);
        ring.damageProducerPosition(CAPACITY * 3L);

        assertThat(consumer.drain(firstWord, 100)).isZero();

        assertThat(consumer.corruptions()).isEqualTo(1);
        assertThat(ring.consumerPosition()).isEqualTo(CAPACITY * 3L);
        assertThat(seen).isEmpty();
    }

    @Test
    void partsThatDoNotFitAreRefused() {
        FakeRing ring = new FakeRing(CAPACITY);
        RingMemory odd = new RingMemory() {
            @Override
            public java.nio.ByteBuffer consumerPage() {
                return ring.consumerPage();
            }

            @Override
            public java.nio.ByteBuffer producerPage() {
                return ring.producerPage();
            }

            @Override
            public java.nio.ByteBuffer data() {
                return ring.data();
            }

            @Override
            public int capacityBytes() {
                return CAPACITY * 2;
            }
        };
        assertThatThrownBy(() -> new RingConsumer(odd, errors::add))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("data.capacity=8192");
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
            long position = ring.reserve(8 + random.nextInt(60));
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
                consumer.drain(firstWord, 1 + random.nextInt(10));
            }
        }
        while (consumer.drain(firstWord, 5) > 0) {
            assertThat(consumer.corruptions()).isZero();
        }
        assertThat(seen).containsExactlyElementsOf(wanted);
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
            int taken = consumer.drain(
                    (data, offset, length) -> {
                        calls[0]++;
                        assertThat(offset).isBetween(8, CAPACITY);
                        assertThat(offset + length).isLessThanOrEqualTo(2 * CAPACITY);
                    },
                    1 + random.nextInt(200));
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
