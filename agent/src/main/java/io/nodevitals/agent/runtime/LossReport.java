// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.bpf.event.Program;
import io.nodevitals.bpf.object.MappedCounters;
import io.nodevitals.bpf.object.MappedCounters.Field;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Says in the log that events were lost in the kernel: those that found no room, neither in a ring nor in the maps that events fold
 * into. Unlike a residual they are known in number, so they are no reason not to be ready: any workload can storm, and none may switch
 * a node's agent to not ready. One thread.
 */
final class LossReport {
    private static final long LOG_NANOS = 60_000_000_000L;
    private static final System.Logger LOG = System.getLogger(LossReport.class.getName());

    private final MappedCounters counters;
    private final LongSupplier nanoTime;
    private final Map<Program, Long> reported = new EnumMap<>(Program.class);
    private boolean any;
    private long reportedNanos;

    LossReport(MappedCounters counters, LongSupplier nanoTime) {
        this.counters = counters;
        this.nanoTime = nanoTime;
    }

    /** Logs what is new, at most once a minute. */
    void check() {
        long now = nanoTime.getAsLong();
        if (any && now - reportedNanos < LOG_NANOS) {
            return;
        }
        List<String> losses = new ArrayList<>();
        for (Program program : Program.ALL) {
            long failed = counters.total(program, Field.FAILED);
            long known = reported.getOrDefault(program, 0L);
            if (failed > known) {
                reported.put(program, failed);
                losses.add(program.label() + " " + (failed - known));
            }
        }
        if (!losses.isEmpty()) {
            any = true;
            reportedNanos = now;
            LOG.log(
                    System.Logger.Level.ERROR,
                    "Events were lost in the kernel, because neither their ring nor a map had room: "
                            + String.join(", ", losses)
                            + ". The sums lack them; a larger ring (NODEVITALS_MEMORY_RING_SIZE,"
                            + " NODEVITALS_LIFECYCLE_RING_SIZE) helps.");
        }
    }
}
