// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.decode;

import io.nodevitals.agent.process.LifecycleEvent;
import io.nodevitals.bpf.event.CgroupEvent;
import io.nodevitals.bpf.event.EventHeader;
import io.nodevitals.bpf.event.EventType;
import io.nodevitals.bpf.event.ExecEvent;
import io.nodevitals.bpf.event.ExecFailureEvent;
import io.nodevitals.bpf.event.ExitEvent;
import io.nodevitals.bpf.event.FaultEvent;
import io.nodevitals.bpf.event.ForkEvent;
import io.nodevitals.bpf.event.OomEvent;
import io.nodevitals.bpf.event.Program;
import io.nodevitals.bpf.event.SignalEvent;
import io.nodevitals.bpf.ring.RecordHandler;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Turns records of the lifecycle ring into {@link LifecycleEvent} values and keeps the ring's half of the loss account.
 *
 * <p>No bytes make it throw: a record that is not sound is counted and skipped, and so is one of a type or layout version that this
 * build does not know. {@link #onRecord} is for the ring's thread; the counts may be read by any thread.
 */
public final class LifecycleDecoder implements RecordHandler {
    private final Consumer<? super LifecycleEvent> sink;
    private final LifecycleReader reader = new LifecycleReader();
    private final EventHeader header = new EventHeader();
    private final LifecycleAccount account;
    private final AtomicLong decoded = new AtomicLong();
    private final AtomicLong malformed = new AtomicLong();
    private final AtomicLong unknown = new AtomicLong();

    /**
     * A decoder that has seen nothing yet.
     *
     * @param cpus possible CPUs: every record's CPU number is below
     * @param sink takes each event on the ring's thread; what it throws leaves {@link #onRecord}
     */
    public LifecycleDecoder(int cpus, Consumer<? super LifecycleEvent> sink) {
        this.account = new LifecycleAccount(Program.ALL.size(), cpus);
        this.sink = sink;
    }

    @Override
    public void onRecord(ByteBuffer data, int offset, int length) {
        if (length < EventHeader.SIZE) {
            increment(malformed);
            return;
        }
        header.wrap(data, offset);
        if (header.version() != EventHeader.LAYOUT_VERSION) {
            increment(unknown);
            return;
        }
        if (header.size() != length || !account.covers(header.program(), header.cpu())) {
            increment(malformed);
            return;
        }
        account.consumed(header.program(), header.cpu(), (int) header.sequence());
        int needed = size(header.type());
        if (needed == 0) {
            increment(unknown);
            return;
        }
        LifecycleEvent event = length < needed ? null : read(data, offset);
        if (event == null) {
            increment(malformed);
            return;
        }
        increment(decoded);
        sink.accept(event);
    }

    /** Records that became events. */
    public long decoded() {
        return decoded.get();
    }

    /** Records skipped because they contradict themselves. */
    public long malformed() {
        return malformed.get();
    }

    /** Records skipped because their type or layout version is another build's. */
    public long unknown() {
        return unknown.get();
    }

    /** Records of a program on a CPU that came out of the ring, whether or not they could be decoded. */
    public long consumed(Program program, int cpu) {
        return account.consumed(program.number(), cpu);
    }

    /** Highest sequence number seen of a program on a CPU, unwrapped to 64 bits; 0 before the first record. */
    public long highestSequence(Program program, int cpu) {
        return account.highest(program.number(), cpu);
    }

    /**
     * Sequence numbers of a program on a CPU up to the highest one that no record carried. Once the ring is drained these are the
     * failed reserves before the last record: a second proof beside the kernel side's own {@code failed} counter.
     */
    public long gaps(Program program, int cpu) {
        return account.gaps(program.number(), cpu);
    }

    private @Nullable LifecycleEvent read(ByteBuffer data, int offset) {
        return switch (header.type()) {
            case EventType.FORK -> reader.fork(data, offset);
            case EventType.EXEC -> reader.exec(data, offset);
            case EventType.EXEC_FAILURE -> reader.execFailure(data, offset);
            case EventType.EXIT -> reader.exit(data, offset);
            case EventType.SIGNAL_GENERATE -> reader.signal(data, offset);
            case EventType.SIGNAL_DELIVER -> reader.fault(data, offset);
            case EventType.OOM -> reader.oom(data, offset);
            case EventType.CGROUP -> reader.cgroup(data, offset);
            default -> throw new IllegalStateException("size() knows what read() does not: type=" + header.type());
        };
    }

    // A newer build may append fields without a new version: a longer record is fine, its tail is skipped.
    private static int size(int type) {
        return switch (type) {
            case EventType.FORK -> ForkEvent.SIZE;
            case EventType.EXEC -> ExecEvent.SIZE;
            case EventType.EXEC_FAILURE -> ExecFailureEvent.SIZE;
            case EventType.EXIT -> ExitEvent.SIZE;
            case EventType.SIGNAL_GENERATE -> SignalEvent.SIZE;
            case EventType.SIGNAL_DELIVER -> FaultEvent.SIZE;
            case EventType.OOM -> OomEvent.SIZE;
            case EventType.CGROUP -> CgroupEvent.SIZE;
            default -> 0;
        };
    }

    // One writer: a release store is enough, an atomic add would cost a locked instruction for nothing.
    private static void increment(AtomicLong counter) {
        counter.setRelease(counter.getPlain() + 1);
    }
}
