// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.bpf.ring.RingConsumer;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How far behind the kernel the ring thread is: the age of the oldest moment of which it is sure to have read everything.
 *
 * <p>The ring thread notes both producer positions and the time, and once it has drained both rings up to there, notes them anew. A
 * ring need never be empty for that. A thread that hangs or is stopped notes nothing, so its age grows, whoever asks.
 * {@link #afterRound} is for the ring thread, {@link #checked} for the collector's, the rest for any.
 */
final class RingProgress {
    /** A full ring takes milliseconds to read; the longest collections of garbage take tens of them. */
    static final long LIMIT_NANOS = 5_000_000_000L;

    private static final System.Logger LOG = System.getLogger(RingProgress.class.getName());

    private final List<RingConsumer> rings;
    private final LongSupplier nanoTime;
    private final long[] marks;
    private long markNanos;
    private boolean begun;
    private @Nullable Stall logged;
    private volatile long completeNanos;
    private volatile @Nullable Stall stall;

    /** A time without progress that is over. */
    private record Stall(long lengthNanos, long endNanos) {}

    RingProgress(List<RingConsumer> rings, LongSupplier nanoTime) {
        this.rings = List.copyOf(rings);
        this.nanoTime = nanoTime;
        this.marks = new long[rings.size()];
        markNanos = nanoTime.getAsLong();
        completeNanos = markNanos;
    }

    /** After each drain of both rings. */
    void afterRound() {
        for (int i = 0; i < marks.length; i++) {
            if (rings.get(i).drainedPosition() - marks[i] < 0) {
                return;
            }
        }
        long now = nanoTime.getAsLong();
        // Before the age falls: whoever asks in between finds one of the two.
        if (begun && now - completeNanos >= LIMIT_NANOS) {
            stall = new Stall(now - completeNanos, now);
        }
        completeNanos = begun ? markNanos : now;
        begun = true;
        markNanos = now;
        for (int i = 0; i < marks.length; i++) {
            marks[i] = rings.get(i).producedPosition();
        }
    }

    /** The accounts were looked at: a stall is forgotten once they have had the time to show a loss. */
    void checked() {
        Stall last = stall;
        if (last == null) {
            return;
        }
        if (!last.equals(logged)) {
            logged = last;
            LOG.log(
                    System.Logger.Level.WARNING,
                    "The ring thread stood still for " + seconds(last.lengthNanos)
                            + " s: the agent was stopped, or had too little CPU. What waited has been read.");
        }
        if (nanoTime.getAsLong() - last.endNanos >= LastingDifference.NANOS + LIMIT_NANOS) {
            stall = null;
        }
    }

    /** Why the agent is not ready as far as reading the rings goes. */
    Optional<String> complaint() {
        long now = nanoTime.getAsLong();
        long age = now - completeNanos;
        if (age >= LIMIT_NANOS) {
            return Optional.of("The rings have not been read to their end for " + seconds(age)
                    + " s: nothing that happened since is"
                    + " reported. The agent was stopped, or has too little CPU; it catches up by itself.");
        }
        Stall last = stall;
        return last == null
                ? Optional.empty()
                : Optional.of("The ring thread stood still for " + seconds(last.lengthNanos) + " s until "
                        + seconds(now - last.endNanos)
                        + " s ago. What waited has been read; the accounts are being checked for losses.");
    }

    private static long seconds(long nanos) {
        return nanos / 1_000_000_000;
    }
}
