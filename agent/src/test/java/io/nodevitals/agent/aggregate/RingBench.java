// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

import io.nodevitals.agent.decode.MemoryRecordHandler;
import io.nodevitals.bpf.event.MemoryEvent;
import io.nodevitals.bpf.ring.FakeRing;
import io.nodevitals.bpf.ring.RingConsumer;
import io.nodevitals.bpf.ring.RingMemory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * {@code scripts/bench ring}: drains a real BPF ring into the tables, in turn with a C program that does the same with libbpf.
 *
 * <p>Arguments: the peer's program, its BPF object. The peer (scripts/bench.d/ring/peer.c) makes the ring, fills it before
 * each drain and says by a digest what it added up; a differing digest fails the run.
 */
final class RingBench {
    private static final int WARM_UP_ROUNDS = 4;
    private static final int ROUNDS = 10;
    /** Of which a round's figure is the median: what the neighbours on a shared machine do is short. */
    private static final int DRAINS = 5;

    private static final int BATCH = 4_096;

    // The thread's own time: what else runs on the machine counts for neither.
    private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();

    /** As many rows as table.h has. */
    private static final TableCapacity CAPACITY = new TableCapacity(4_096, 1_024, 16_384);

    private final RingMemory ring;
    private final Peer peer;
    private final MemoryTables tables = new MemoryTables(CAPACITY, CAPACITY);
    private final MemoryTables spare = new MemoryTables(CAPACITY, CAPACITY);

    private RingBench(RingMemory ring, Peer peer) {
        this.ring = ring;
        this.peer = peer;
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 2) {
            System.err.println("usage: RingBench PEER FILL_OBJECT");
            System.exit(2);
        }
        String pin = "/sys/fs/bpf/nodevitals-bench-" + ProcessHandle.current().pid();
        try (Peer peer = new Peer(arguments[0], arguments[1], pin)) {
            int records = Integer.parseInt(peer.expect("ready")[1]);
            RingMemory ring = PinnedRing.open(pin);
            peer.ask("unpin", "unpinned");
            new RingBench(ring, peer).run(records);
        }
    }

    private void run(int records) throws IOException {
        profileAsInTheAgent();
        double[] ours = new double[ROUNDS];
        double[] theirs = new double[ROUNDS];
        for (int round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
            double[] our = new double[DRAINS];
            double[] their = new double[DRAINS];
            for (int turn = 0; turn < 2 * DRAINS; turn++) {
                // Who goes first changes, so that neither always has the warmer cache or the quieter moment.
                if ((round + turn & 1) == 0) {
                    our[turn / 2] = drainOurs(records);
                } else {
                    their[turn / 2] = drainTheirs(records);
                }
            }
            if (round >= 0) {
                ours[round] = median(our);
                theirs[round] = median(their);
            }
        }
        report(records, ours, theirs);
    }

    private long digest;

    private double drainOurs(int records) throws IOException {
        peer.ask("fill", "filled");
        SnapshotHandover handover = new SnapshotHandover(tables, spare, () -> {});
        MemoryRecordHandler handler = new MemoryRecordHandler(handover);
        RingConsumer consumer = new RingConsumer(ring, failure -> {
            throw failure;
        });
        // As the peer does: the empty table is as warm.
        tables.clear();
        long begin = CPU.getCurrentThreadCpuTime();
        while (consumer.drainRuns(handler, BATCH) > 0) {
            handler.betweenBatches();
        }
        long end = CPU.getCurrentThreadCpuTime();
        if (consumer.records() != records || consumer.corruptions() != 0 || handover.active() != tables) {
            throw new IllegalStateException("records=" + consumer.records() + " corruptions=" + consumer.corruptions());
        }
        digest = TableDigest.of(tables) + tables.unknownRecords() + handler.malformed();
        return (end - begin) / (double) records;
    }

    private double drainTheirs(int records) throws IOException {
        peer.ask("fill", "filled");
        String[] answer = peer.ask("drain", "drained");
        long theirDigest = Long.parseUnsignedLong(answer[3], 16);
        if (Integer.parseInt(answer[1]) != records || (digest != 0 && theirDigest != digest)) {
            throw new IllegalStateException(
                    "sums differ: ours " + Long.toHexString(digest) + ", the peer's " + answer[3]);
        }
        return Long.parseLong(answer[2]) / (double) records;
    }

    // The agent drains two rings with the same code and two handlers; with one only, the compiler would know more here.
    private static void profileAsInTheAgent() {
        FakeRing lifecycle = new FakeRing(1 << 16);
        RingConsumer consumer = new RingConsumer(lifecycle, failure -> {});
        long[] sum = new long[1];
        for (int i = 0; i < 200_000; i++) {
            lifecycle.write(i, i);
            consumer.drain((data, offset, length) -> sum[0] += MemoryEvent.what(data, offset), BATCH);
        }
        if (sum[0] == 0) {
            throw new IllegalStateException("nothing drained");
        }
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        int middle = values.length / 2;
        return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    private static void report(int records, double[] ours, double[] theirs) {
        // Round by round: the machine's slow moments slow both sides of a round, and so leave the ratio alone.
        double[] ratios = new double[ROUNDS];
        Arrays.setAll(ratios, round -> ours[round] / theirs[round]);
        double ratio = median(ratios);
        double our = median(ours);
        double their = median(theirs);
        System.out.printf(
                "%nCPU ns per record: drain, decode, add; %,d records a drain, %d drains a round, %d rounds, equal sums%n%n",
                records, DRAINS, ROUNDS);
        System.out.printf("%-32s %8s %8s %8s%n", "", "median", "least", "most");
        String row = "%-32s %8.2f %8.2f %8.2f%n";
        System.out.printf(Locale.ROOT, row, "Java, mapped ring", our, ours[0], ours[ROUNDS - 1]);
        System.out.printf(Locale.ROOT, row, "C, libbpf ring_buffer__consume", their, theirs[0], theirs[ROUNDS - 1]);
        System.out.printf(Locale.ROOT, row, "ratio of a round", ratio, ratios[0], ratios[ROUNDS - 1]);
        System.out.println();
        System.out.printf(
                Locale.ROOT,
                "{\"name\":\"ring\",\"ratio\":%.3f,\"ours\":%.2f,\"peer\":%.2f,\"unit\":\"ns/record\"}%n",
                ratio,
                our,
                their);
    }

    /** The C program, spoken to line by line. */
    private static final class Peer implements AutoCloseable {
        private final Process process;
        private final PrintWriter requests;
        private final BufferedReader answers;

        Peer(String program, String object, String pin) throws IOException {
            process = new ProcessBuilder(program, object, pin)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            requests = new PrintWriter(process.getOutputStream(), true, StandardCharsets.US_ASCII);
            answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
        }

        String[] ask(String request, String answer) throws IOException {
            requests.println(request);
            return expect(answer);
        }

        String[] expect(String answer) throws IOException {
            String line = answers.readLine();
            if (line == null || !line.startsWith(answer)) {
                throw new IOException("the peer said " + line + " where " + answer + " was due");
            }
            return line.split(" ");
        }

        @Override
        public void close() {
            requests.close();
            process.onExit().join();
        }
    }
}
