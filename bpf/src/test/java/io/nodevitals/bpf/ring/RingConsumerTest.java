// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.bpf.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RingConsumerTest {
    private static final int CAPACITY = 4096;

    private final List<RuntimeException> errors = new ArrayList<>();
    private final List<Long> seen = new ArrayList<>();
    private final RecordHandler firstWord = (data, offset, length) -> seen.add(data.getLong(offset));

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

    @Test
    void runsAreOfOneLengthAndWithoutDiscardedOrBusyRecords() {
        FakeRing ring = new FakeRing(CAPACITY);
        RingConsumer consumer = new RingConsumer(ring, errors::add);
        ring.write(1);
        ring.write(2);
        ring.discard(ring.reserve(8));
        ring.write(3);
        ring.write(40, 41);
        ring.write(42, 43);
        ring.reserve(8);
        ring.write(5);
        List<String> runs = new ArrayList<>();

        int taken = consumer.drainRuns(
                (data, begin, end, length) -> {
                    StringBuilder run = new StringBuilder().append(length).append(':');
                    for (int at = begin; at < end; at += RingDescriptor.span(length) / Long.BYTES) {
                        run.append(' ').append(data.get(at + 1));
                    }
                    runs.add(run.toString());
                },
                100);

        assertThat(runs).containsExactly("8: 1 2", "8: 3", "16: 40 42");
        assertThat(taken).isEqualTo(6);
        assertThat(consumer.records()).isEqualTo(5);
        assertThat(consumer.discarded()).isEqualTo(1);
        assertThat(ring.consumerPosition()).isEqualTo(4 * 16 + 2 * 24);
    }

    @Test
    void aRunIsBoundedByTheBatch() {
        FakeRing ring = new FakeRing(CAPACITY);
        RingConsumer consumer = new RingConsumer(ring, errors::add);
        for (long i = 0; i < 10; i++) {
            ring.write(i);
        }

        assertThat(consumer.drainRuns(eachWord(), 4)).isEqualTo(4);
        assertThat(ring.consumerPosition()).isEqualTo(4 * 16);
        assertThat(consumer.drainRuns(eachWord(), 100)).isEqualTo(6);
        assertThat(seen).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
    }

    @Test
    void aRunWhoseHandlerThrowsIsCountedAndTheNextStillComes() {
        FakeRing ring = new FakeRing(CAPACITY);
        RingConsumer consumer = new RingConsumer(ring, errors::add);
        ring.write(1);
        ring.write(2, 2);
        List<Integer> lengths = new ArrayList<>();

        consumer.drainRuns(
                (data, begin, end, length) -> {
                    lengths.add(length);
                    throw new IllegalStateException("no");
                },
                100);

        assertThat(lengths).containsExactly(8, 16);
        assertThat(consumer.handlerFailures()).isEqualTo(2);
        assertThat(errors).hasSize(2);
        assertThat(ring.consumerPosition()).isEqualTo(ring.producerPosition());
    }

    @Test
    void damageInTheMiddleOfABatchCostsOnlyWhatIsBehindIt() {
        FakeRing ring = new FakeRing(CAPACITY);
        RingConsumer consumer = new RingConsumer(ring, errors::add);
        ring.write(1);
        ring.damageLengthWord(ring.reserve(8), RingDescriptor.LENGTH_MASK);
        ring.write(3);

        consumer.drainRuns(eachWord(), 100);

        assertThat(seen).containsExactly(1L);
        assertThat(consumer.corruptions()).isEqualTo(1);
        assertThat(ring.consumerPosition()).isEqualTo(ring.producerPosition());
    }

    private RunHandler eachWord() {
        return (data, begin, end, length) -> {
            for (int at = begin; at < end; at += RingDescriptor.span(length) / Long.BYTES) {
                seen.add(data.get(at + 1));
            }
        };
    }
}
