// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import java.util.EnumMap;
import java.util.Map;

/**
 * What became of everything that was handed over for export, per signal. In every snapshot of a signal,
 * {@code consumed = exported + queued + dropped + rejected}. Immutable; any thread.
 *
 * @param signals one entry per exported signal; none when nothing is exported
 */
public record ExportAccount(Map<Signal, Counts> signals) {

    public ExportAccount {
        signals = Map.copyOf(signals);
    }

    /** The counts of one signal, all zero when it is not exported. */
    public Counts of(Signal signal) {
        return signals.getOrDefault(signal, Counts.NONE);
    }

    /**
     * The counts of one signal, in its own items; all but {@code queued} only grow.
     *
     * @param consumed handed over
     * @param exported accepted by the backend
     * @param queued waiting or being sent
     * @param dropped never delivered, by reason; every reason is present
     * @param rejected refused by the backend for good, whole requests and the refused part of partial successes
     */
    public record Counts(long consumed, long exported, long queued, Map<DropReason, Long> dropped, long rejected) {
        static final Counts NONE = new Counts(0, 0, 0, zero(), 0);

        public Counts {
            dropped = Map.copyOf(dropped);
        }

        /** Dropped for any reason. */
        public long droppedTotal() {
            return dropped.values().stream().mapToLong(Long::longValue).sum();
        }

        private static Map<DropReason, Long> zero() {
            Map<DropReason, Long> zero = new EnumMap<>(DropReason.class);
            for (DropReason reason : DropReason.values()) {
                zero.put(reason, 0L);
            }
            return zero;
        }
    }
}
