// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.aggregate.MemoryTables;
import io.nodevitals.agent.aggregate.MemoryTotals;
import io.nodevitals.agent.aggregate.SnapshotHandover;
import io.nodevitals.agent.decode.LifecycleDecoder;
import io.nodevitals.agent.decode.MemoryRecordHandler;
import io.nodevitals.agent.decode.MemoryRecords;
import io.nodevitals.bpf.event.EventHeader;
import io.nodevitals.bpf.event.Program;
import io.nodevitals.bpf.object.FakeCounters;
import io.nodevitals.bpf.object.MappedCounters.Field;
import io.nodevitals.bpf.ring.FakeRing;
import io.nodevitals.bpf.ring.RingConsumer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Submitted = consumed + still in the ring, on rings in ordinary memory. */
class RingAccountsTest {
    private static final long SNAPSHOT = 5_000_000_000L;

    private final FakeCounters kernel = new FakeCounters(2);
    private final FakeRing ring = new FakeRing(4096);
    private final RingConsumer consumer = new RingConsumer(ring, e -> {});
    private long now;

    @Nested
    class Memory {
        private static final int ANON = 5;

        private final SnapshotHandover handover =
                new SnapshotHandover(new MemoryTables(), new MemoryTables(), () -> {});
        private final MemoryRecordHandler handler = new MemoryRecordHandler(handover);
        private final MemoryTotals totals = new MemoryTotals();
        private final MemoryRingAccount account = new MemoryRingAccount(kernel.mapped(), consumer::producedPosition);

        @Test
        void whatIsInTheRingOrInTheTotalsIsNotMissed() {
            for (int i = 0; i < 200; i++) {
                call(i % 4);
                if (i % 3 == 0) {
                    drain(2);
                }
                assertThat(check()).as("record %d", i).isEmpty();
            }
            drain(4096);
            assertThat(check()).isEmpty();
            assertThat(totals.records(0) + totals.records(1) + totals.records(2) + totals.records(3))
                    .isEqualTo(200);
        }

        @Test
        void aRecordThatTheTablesCannotReadIsAccountedForAsUnknown() {
            submit(9);
            drain(10);

            assertThat(check()).isEmpty();
            assertThat(totals.unknownRecords()).isEqualTo(1);
        }

        @Test
        void aRecordThatLeavesTheRingAndReachesNoTotalIsAnErrorAtOnce() {
            call(0);
            call(1);
            consumer.drainRuns((data, begin, end, length) -> {}, 1);
            drain(10);

            assertThat(check()).containsExactly(new Residual(Account.RINGS, "memory ring to totals", 1));
        }

        @Test
        void aRecordOfAnotherLengthIsAnError() {
            ring.write(1, 2, 3);
            kernel.add(Program.MMAP, 0, Field.SUBMITTED, 1);
            for (int i = 0; i < 3; i++) {
                call(0);
            }
            drain(10);

            assertThat(check()).isNotEmpty();
        }

        @Test
        void moreSubmittedThanReservedIsAnErrorAtOnce() {
            call(0);
            kernel.add(Program.BRK, 1, Field.SUBMITTED, 2);

            assertThat(check()).containsExactly(new Residual(Account.RINGS, "memory ring, submitted and not in it", 2));
        }

        @Test
        void aReservedRecordThatIsNeverSubmittedIsAnErrorOnceItLasts() {
            call(0);
            drain(10);
            ring.reserve(40);

            assertThat(check()).isEmpty();
            assertThat(check()).isEmpty();
            assertThat(check())
                    .containsExactly(new Residual(Account.RINGS, "memory ring, reserved and not submitted", 1));
        }

        private void call(int call) {
            assertThat(MemoryRecords.write(ring, 7, 70, 1, 1, call, call == 0 ? ANON : 0, false, 1, 10))
                    .isTrue();
            count(call);
        }

        private void submit(int call) {
            assertThat(MemoryRecords.write(ring, 7, 70, 1, 1, call, 0, false, 1, 10))
                    .isTrue();
            count(0);
        }

        private void count(int call) {
            Program program = List.of(Program.MMAP, Program.MUNMAP, Program.MREMAP, Program.BRK)
                    .get(call);
            kernel.add(program, 1, Field.SUBMITTED, 1);
        }

        private void drain(int limit) {
            consumer.drainRuns(handler, limit);
        }

        private List<Residual> check() {
            handler.drainedTo(consumer.drainedPosition());
            assertThat(handover.collect(totals::merge, handler::betweenBatches, 1))
                    .isTrue();
            List<Residual> found = account.check(totals, now);
            now += SNAPSHOT;
            return found;
        }
    }

    @Nested
    class Lifecycle {
        private static final int CPU = 1;

        private final LifecycleDecoder decoder = new LifecycleDecoder(2, event -> {});
        private final LifecycleRingAccount account = new LifecycleRingAccount(
                kernel.mapped(), decoder, consumer::producedPosition, consumer::drainedPosition);

        @Test
        void recordsAndFailedReservesBalance() {
            for (int i = 0; i < 100; i++) {
                if (i % 7 == 3) {
                    kernel.add(Program.EXIT, CPU, Field.SEQUENCE, 1);
                    kernel.add(Program.EXIT, CPU, i % 2 == 0 ? Field.FAILED : Field.FOLDED, 1);
                } else {
                    submit(Program.EXIT);
                }
                if (i % 5 == 0) {
                    consumer.drain(decoder, 100);
                }
                assertThat(check()).as("event %d", i).isEmpty();
            }
            consumer.drain(decoder, 100);
            assertThat(check()).isEmpty();
            assertThat(decoder.gaps(Program.EXIT, CPU)).isEqualTo(14);
        }

        @Test
        void aRecordThatIsSubmittedAndNeverReadFailsBothProofs() {
            submit(Program.FORK);
            submit(Program.FORK);
            consumer.drain((data, offset, length) -> {}, 1);
            consumer.drain(decoder, 10);

            assertThat(check()).containsExactly(new Residual(Account.RINGS, "fork on CPU 1", 1));
            check();
            assertThat(check())
                    .containsExactly(
                            new Residual(Account.RINGS, "fork on CPU 1", 1),
                            new Residual(Account.SEQUENCES, "fork on CPU 1", 1));
        }

        @Test
        void nothingIsJudgedWhileTheRingHoldsRecordsAndEverythingOnceItIsEmpty() {
            submit(Program.OOM);
            consumer.drain((data, offset, length) -> {}, 1);
            submit(Program.OOM);

            assertThat(check()).isEmpty();
            consumer.drain(decoder, 10);
            assertThat(check()).containsExactly(new Residual(Account.RINGS, "oom on CPU 1", 1));
            submit(Program.OOM);
            assertThat(check()).as("the last result stands").hasSize(1);
        }

        @Test
        void aRecordBeforeItsCountIsInFlightAndOneThatIsNeverCountedCameTwice() {
            write(Program.EXEC, 1);
            kernel.add(Program.EXEC, CPU, Field.SEQUENCE, 1);
            consumer.drain(decoder, 10);

            assertThat(check()).isEmpty();
            kernel.add(Program.EXEC, CPU, Field.SUBMITTED, 1);
            assertThat(check()).isEmpty();

            write(Program.EXEC, 1);
            consumer.drain(decoder, 10);
            check();
            check();
            assertThat(check())
                    .containsExactlyInAnyOrder(
                            new Residual(Account.RINGS, "exec on CPU 1", -1),
                            new Residual(Account.SEQUENCES, "exec on CPU 1", -1));
        }

        @Test
        void aNumberThatWasNeverTakenIsAnErrorAtOnce() {
            submit(Program.EXEC);
            write(Program.EXEC, 5);
            kernel.add(Program.EXEC, CPU, Field.SEQUENCE, 1);
            kernel.add(Program.EXEC, CPU, Field.SUBMITTED, 1);
            consumer.drain(decoder, 10);

            assertThat(check()).containsExactly(new Residual(Account.SEQUENCES, "exec on CPU 1", -3));
        }

        private void submit(Program program) {
            long sequence = kernel.mapped().value(program, CPU, Field.SEQUENCE) + 1;
            kernel.add(program, CPU, Field.SEQUENCE, 1);
            write(program, sequence);
            kernel.add(program, CPU, Field.SUBMITTED, 1);
        }

        private void write(Program program, long sequence) {
            ByteBuffer record = ByteBuffer.allocate(EventHeader.SIZE).order(ByteOrder.nativeOrder());
            record.putShort(EventHeader.SIZE_OFFSET, (short) EventHeader.SIZE);
            record.put(EventHeader.VERSION_OFFSET, (byte) EventHeader.LAYOUT_VERSION);
            record.put(EventHeader.PROGRAM_OFFSET, (byte) program.number());
            record.putShort(EventHeader.CPU_OFFSET, (short) CPU);
            record.putInt(EventHeader.SEQUENCE_OFFSET, (int) sequence);
            long position = ring.reserve(EventHeader.SIZE);
            assertThat(position).isNotNegative();
            for (int at = 0; at < EventHeader.SIZE; at += Long.BYTES) {
                ring.putLong(position, at, record.getLong(at));
            }
            ring.commit(position);
        }

        private List<Residual> check() {
            List<Residual> found = account.check(now);
            now += SNAPSHOT;
            return found;
        }
    }
}
