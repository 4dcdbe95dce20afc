// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.aggregate.MemoryTables;
import io.nodevitals.agent.aggregate.MemoryTotals;
import io.nodevitals.agent.aggregate.SnapshotHandover;
import io.nodevitals.bpf.event.EventHeader;
import io.nodevitals.bpf.event.MemoryEvent;
import io.nodevitals.bpf.ring.FakeRing;
import io.nodevitals.bpf.ring.RingConsumer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Rings of damaged bytes through consumer, decoder and tables: each record that the ring gave is accounted for once. */
class RingBytesPropertyTest {
    private static final int CAPACITY = 1 << 14;
    private static final int CPUS = 4;

    private final List<RuntimeException> errors = new ArrayList<>();

    @Property(tries = 300)
    void damagedLifecycleRecordsAreDecodedOrCountedEachOnce(@ForAll long seed) {
        Random random = new Random(seed);
        FakeRing ring = new FakeRing(CAPACITY);
        int written = fill(ring, random, EventHeader.SIZE, 600);
        long[] accepted = new long[1];
        LifecycleDecoder decoder = new LifecycleDecoder(CPUS, event -> {
            assertThat(event.toString()).isNotEmpty();
            accepted[0]++;
        });
        RingConsumer consumer = new RingConsumer(ring, errors::add);
        int given = 0;
        for (int taken = 1; taken > 0; given += taken) {
            taken = consumer.drain(decoder, 7);
        }

        assertThat(errors).isEmpty();
        assertThat(decoder.decoded()).isEqualTo(accepted[0]);
        assertThat(decoder.decoded() + decoder.malformed() + decoder.unknown()).isEqualTo(given - consumer.discarded());
        assertSound(ring, consumer, written, given);
    }

    @Property(tries = 300)
    void damagedMemoryRecordsReachTheTablesOrAreCountedEachOnce(@ForAll long seed) {
        Random random = new Random(seed);
        FakeRing ring = new FakeRing(CAPACITY);
        int written = fill(ring, random, MemoryEvent.SIZE_BYTES, MemoryEvent.SIZE_BYTES + 1);
        SnapshotHandover handover = new SnapshotHandover(new MemoryTables(), new MemoryTables(), () -> {});
        MemoryRecordHandler handler = new MemoryRecordHandler(handover);
        RingConsumer consumer = new RingConsumer(ring, errors::add);
        int given = 0;
        for (int taken = 1; taken > 0; given += taken) {
            taken = consumer.drainRuns(handler, 7);
        }
        MemoryTotals totals = new MemoryTotals();
        totals.merge(handover.active());

        assertThat(errors).isEmpty();
        long counted = handler.malformed() + totals.unknownRecords();
        for (int call = 0; call < 4; call++) {
            counted += totals.records(call);
        }
        assertThat(counted).isEqualTo(given - consumer.discarded());
        assertSound(ring, consumer, written, given);
    }

    /** Records whose bytes are half zero, half noise; now and then a length word is overwritten. Gives how many were written. */
    private static int fill(FakeRing ring, Random random, int shortest, int beyondLongest) {
        List<Long> positions = new ArrayList<>();
        while (true) {
            int length = random.nextInt(10) == 0 ? random.nextInt(shortest) : random.nextInt(shortest, beyondLongest);
            long position = ring.reserve(length);
            if (position < 0) {
                break;
            }
            for (int at = 0; at + Integer.BYTES <= length; at += Integer.BYTES) {
                ring.putInt(
                        position, at, random.nextBoolean() ? 0 : random.nextInt() & (random.nextBoolean() ? -1 : 15));
            }
            ring.commit(position);
            positions.add(position);
        }
        if (random.nextBoolean()) {
            int damaged = random.nextInt(positions.size());
            ring.damageLengthWord(positions.get(damaged), random.nextInt() & Integer.MAX_VALUE);
        }
        return positions.size();
    }

    private static void assertSound(FakeRing ring, RingConsumer consumer, int written, int given) {
        assertThat(ring.consumerPosition()).isEqualTo(ring.producerPosition());
        if (consumer.corruptions() == 0 && consumer.discarded() == 0) {
            assertThat(given).isPositive();
        } else {
            assertThat(given).isLessThanOrEqualTo(written);
        }
    }
}
