// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.bpf.object.LifecycleFolds;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongPredicate;

/**
 * Turns the kernel's cumulative counts of lifecycle events without a record into what was added since the last look. The collector's
 * thread.
 *
 * <p>Entries of cgroups that are gone are removed from the kernel's map once they have been read and have not grown since.
 */
final class LifecycleFold {
    /** Takes what was added. */
    interface Visitor {
        /** See {@link LifecycleFolds.Visitor#count}. */
        void onEvents(long cgroupId, int kind, int detail, long added);
    }

    /** Where the counts are: {@link LifecycleFolds} but in tests. */
    interface Source {
        void forEach(LifecycleFolds.Visitor visitor);

        boolean remove(long cgroupId, int kind, int detail);
    }

    private record Key(long cgroupId, int kind, int detail) {}

    private final Source source;
    private final LongPredicate isGone;
    private final Map<Key, Long> known = new HashMap<>();

    LifecycleFold(LifecycleFolds folds, LongPredicate isGone) {
        this(
                new Source() {
                    @Override
                    public void forEach(LifecycleFolds.Visitor visitor) {
                        folds.forEach(visitor);
                    }

                    @Override
                    public boolean remove(long cgroupId, int kind, int detail) {
                        return folds.remove(cgroupId, kind, detail);
                    }
                },
                isGone);
    }

    LifecycleFold(Source source, LongPredicate isGone) {
        this.source = source;
        this.isGone = isGone;
    }

    void read(Visitor visitor) {
        source.forEach((cgroupId, kind, detail, count) -> {
            Key key = new Key(cgroupId, kind, detail);
            Long before = known.put(key, count);
            long added = count - (before == null ? 0 : before);
            if (added != 0) {
                visitor.onEvents(cgroupId, kind, detail, added);
            } else if (cgroupId != 0 && isGone.test(cgroupId) && source.remove(cgroupId, kind, detail)) {
                known.remove(key);
            }
        });
    }
}
