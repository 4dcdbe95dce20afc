// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.bpf.object.SignalCounts;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongPredicate;

/**
 * Turns the kernel's cumulative counts of signals into what was added since the last look. The collector's thread.
 *
 * <p>Entries of cgroups that are gone are removed from the kernel's map once they have been read, to make room; nothing can be added
 * to them any more.
 */
final class SignalFold {
    /** Takes what was added. */
    interface Visitor {
        void onSignals(long cgroupId, int signal, int action, long added);
    }

    private record Key(long cgroupId, int signal, int action) {}

    private final SignalCounts counts;
    private final LongPredicate isGone;
    private final Map<Key, Long> known = new HashMap<>();

    SignalFold(SignalCounts counts, LongPredicate isGone) {
        this.counts = counts;
        this.isGone = isGone;
    }

    void read(Visitor visitor) {
        counts.forEach((cgroupId, signal, action, count) -> {
            Key key = new Key(cgroupId, signal, action);
            Long before = known.put(key, count);
            long added = count - (before == null ? 0 : before);
            if (added != 0) {
                visitor.onSignals(cgroupId, signal, action, added);
            } else if (cgroupId != 0 && isGone.test(cgroupId) && counts.remove(cgroupId, signal, action)) {
                known.remove(key);
            }
        });
    }
}
