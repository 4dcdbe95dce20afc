// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.aggregate.MemoryTotals;
import io.nodevitals.agent.attribute.CgroupReview;
import io.nodevitals.agent.process.Census;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Puts right what the agent believes after events that were counted without a record: who lives, and which cgroups there are. It
 * looks at /proc and at the tree of cgroups, at most every {@link #PAUSE}. The collector's thread.
 */
final class FoldRepair {
    static final Duration PAUSE = Duration.ofSeconds(5);

    /** Once more, for what was still under way at the first: a memory record in its ring, a cgroup between walk and removal. */
    private static final int ROUNDS = 2;

    /** Looks at /proc. */
    interface Scan {
        Census census(long begunBootNanos) throws IOException;
    }

    /** Looks at the tree of cgroups. */
    interface Walk {
        CgroupReview review() throws IOException;
    }

    private final Scan scan;
    private final Consumer<Census> onCensus;
    private final Walk walk;
    private final Consumer<CgroupReview> onReview;
    private final LongSupplier bootNanos;
    private int censusesDue;
    private int walksDue;
    private long doneBootNanos = -PAUSE.toNanos();

    FoldRepair(
            Scan scan, Consumer<Census> onCensus, Walk walk, Consumer<CgroupReview> onReview, LongSupplier bootNanos) {
        this.scan = scan;
        this.onCensus = onCensus;
        this.walk = walk;
        this.onReview = onReview;
        this.bootNanos = bootNanos;
    }

    /** Forks, execs or exits had no record. */
    void processesMissed() {
        censusesDue = ROUNDS;
    }

    /** Changes of cgroups had no record. */
    void cgroupsMissed() {
        walksDue = ROUNDS;
    }

    void perform(MemoryTotals memory) throws IOException {
        long now = bootNanos.getAsLong();
        if (censusesDue + walksDue == 0 || now - doneBootNanos < PAUSE.toNanos()) {
            return;
        }
        doneBootNanos = now;
        if (censusesDue > 0) {
            Census census = scan.census(now);
            memory.endUnless(census::mayLive);
            onCensus.accept(census);
            censusesDue--;
        }
        if (walksDue > 0) {
            onReview.accept(walk.review());
            walksDue--;
        }
    }
}
