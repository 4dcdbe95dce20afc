// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.diagnose;

import io.nodevitals.agent.diagnose.Look.Unavailable;

/** Keeps a storm of failing execs from turning into a storm of file system calls: a token bucket in the records' time. */
final class LookBudget {
    static final int BURST = 500;
    static final long NANOS_PER_LOOK = 5_000_000L;

    private static final TargetFileReader BLIND = (caller, path, offset) ->
            new Unavailable("too many programs fail to start at the moment to look at each file");

    private final TargetFileReader reader;
    private long spentUntilNanos = Long.MIN_VALUE;

    LookBudget(TargetFileReader reader) {
        this.reader = reader;
    }

    /** The reader for one more failed exec, or one that never looks. */
    TargetFileReader readerAt(long bootNanos) {
        long oldest = bootNanos - BURST * NANOS_PER_LOOK;
        long spent = Math.max(spentUntilNanos, oldest);
        if (spent + NANOS_PER_LOOK > bootNanos) {
            return BLIND;
        }
        spentUntilNanos = spent + NANOS_PER_LOOK;
        return reader;
    }
}
