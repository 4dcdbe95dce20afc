// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.nodevitals.agent.aggregate.MemoryTables;
import io.nodevitals.agent.aggregate.MemoryTotals;
import io.nodevitals.agent.aggregate.SnapshotHandover;
import io.nodevitals.agent.process.LifecycleEvent;
import io.nodevitals.agent.process.LifecycleEvent.ExecFailed;
import io.nodevitals.bpf.event.CgroupEvent;
import io.nodevitals.bpf.event.EventHeader;
import io.nodevitals.bpf.event.EventType;
import io.nodevitals.bpf.event.ExecEvent;
import io.nodevitals.bpf.event.ExecFailureEvent;
import io.nodevitals.bpf.event.ExitEvent;
import io.nodevitals.bpf.event.FaultEvent;
import io.nodevitals.bpf.event.ForkEvent;
import io.nodevitals.bpf.event.MemoryEvent;
import io.nodevitals.bpf.event.OomEvent;
import io.nodevitals.bpf.event.Program;
import io.nodevitals.bpf.event.SignalEvent;
import io.nodevitals.bpf.ring.FakeRing;
import io.nodevitals.bpf.ring.RingConsumer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Bytes of a record, whole, cut and longer, to the decoders of both rings. */
class RecordFuzzTest {
    private static final int CPUS = 4;
    private static final int BEFORE = 24;

    static Stream<byte[]> records() {
        return Stream.of(
                record(EventType.FORK, ForkEvent.SIZE),
                record(EventType.EXEC, ExecEvent.SIZE),
                record(EventType.EXEC, ExecEvent.SIZE + 520),
                record(EventType.EXEC_FAILURE, ExecFailureEvent.SIZE),
                record(EventType.EXIT, ExitEvent.SIZE),
                record(EventType.SIGNAL_GENERATE, SignalEvent.SIZE),
                record(EventType.SIGNAL_DELIVER, FaultEvent.SIZE),
                record(EventType.OOM, OomEvent.SIZE),
                record(EventType.CGROUP, CgroupEvent.SIZE),
                record(99, EventHeader.SIZE),
                new byte[MemoryEvent.SIZE_BYTES],
                new byte[0]);
    }

    @MethodSource("records")
    @FuzzTest(maxDuration = "10m")
    void everyRecordIsDecodedOrCountedOnceAndNothingBehindItIsRead(byte[] record) {
        List<String> events = decoded(record, record.length, (byte) 0);

        // What lies around it in the ring is another's.
        assertThat(decoded(record, record.length, (byte) 0xff)).isEqualTo(events);
        for (int length : new int[] {0, EventHeader.SIZE - 1, record.length / 2, record.length - 1}) {
            if (length >= 0 && length < record.length) {
                decoded(record, length, (byte) 1);
            }
        }
        if (record.length > EventHeader.SIZE) {
            // As a newer build would write it: the size says what it is.
            byte[] longer = Arrays.copyOf(record, record.length + 8);
            ByteBuffer.wrap(longer).order(ByteOrder.nativeOrder()).putShort(EventHeader.SIZE_OFFSET, (short)
                    longer.length);
            decoded(longer, longer.length, (byte) 2);
        }
        throughRings(record);
    }

    private static List<String> decoded(byte[] record, int length, byte surroundings) {
        byte[] ring = new byte[BEFORE + length + 8];
        Arrays.fill(ring, surroundings);
        System.arraycopy(record, 0, ring, BEFORE, length);
        // The limit is where the record ends: whoever reads on gets an exception.
        ByteBuffer data = ByteBuffer.wrap(ring).limit(BEFORE + length).order(ByteOrder.nativeOrder());
        List<String> events = new ArrayList<>();
        LifecycleDecoder decoder = new LifecycleDecoder(CPUS, event -> events.add(text(event)));
        decoder.onRecord(data, BEFORE, length);
        assertThat(decoder.decoded()).isEqualTo(events.size());
        assertThat(decoder.decoded() + decoder.malformed() + decoder.unknown()).isOne();
        return events;
    }

    // An array's own text is its address.
    private static String text(LifecycleEvent event) {
        return event instanceof ExecFailed failed && failed.head() != null
                ? event.toString().replaceAll("head=.*", Arrays.toString(failed.head()))
                : event.toString();
    }

    private static void throughRings(byte[] record) {
        List<RuntimeException> errors = new ArrayList<>();
        LifecycleDecoder lifecycle = new LifecycleDecoder(CPUS, event -> {});
        FakeRing ring = ring(record);
        assertThat(new RingConsumer(ring, errors::add).drain(lifecycle, 8)).isEqualTo(2);
        assertThat(lifecycle.decoded() + lifecycle.malformed() + lifecycle.unknown())
                .isEqualTo(2);

        SnapshotHandover handover = new SnapshotHandover(new MemoryTables(), new MemoryTables(), () -> {});
        MemoryRecordHandler memory = new MemoryRecordHandler(handover);
        assertThat(new RingConsumer(ring(record), errors::add).drainRuns(memory, 8))
                .isEqualTo(2);
        MemoryTotals totals = new MemoryTotals();
        totals.merge(handover.active());
        long counted = memory.malformed() + totals.unknownRecords();
        for (int call = 0; call < 4; call++) {
            counted += totals.records(call);
        }
        assertThat(counted).isEqualTo(2);
        assertThat(errors).isEmpty();
    }

    private static FakeRing ring(byte[] record) {
        FakeRing ring = new FakeRing(1 << 14);
        byte[] padded = Arrays.copyOf(record, (record.length + 3) / 4 * 4);
        ByteBuffer words = ByteBuffer.wrap(padded).order(ByteOrder.nativeOrder());
        for (int i = 0; i < 2; i++) {
            long position = ring.reserve(Math.min(record.length, 4096));
            for (int at = 0; at + 4 <= Math.min(padded.length, 4096); at += 4) {
                ring.putInt(position, at, words.getInt(at));
            }
            ring.commit(position);
        }
        return ring;
    }

    private static byte[] record(int type, int size) {
        ByteBuffer record = ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
        record.putShort(EventHeader.TYPE_OFFSET, (short) type);
        record.putShort(EventHeader.SIZE_OFFSET, (short) size);
        record.put(EventHeader.VERSION_OFFSET, (byte) EventHeader.LAYOUT_VERSION);
        record.put(EventHeader.PROGRAM_OFFSET, (byte) Program.ALL.get(1).number());
        record.putShort(EventHeader.CPU_OFFSET, (short) 1);
        record.putInt(EventHeader.SEQUENCE_OFFSET, 1);
        return record.array();
    }
}
