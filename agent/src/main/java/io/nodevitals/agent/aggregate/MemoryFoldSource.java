// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

import io.nodevitals.bpf.event.MemoryFold;
import io.nodevitals.bpf.event.MemoryFoldKey;
import io.nodevitals.bpf.event.MemoryFoldLevel;
import org.jspecify.annotations.Nullable;

/** What the kernel added up because the memory ring had no room, and how far that ring has been read. The collector's thread. */
public interface MemoryFoldSource {
    /** Takes one entry. */
    @FunctionalInterface
    interface Visitor {
        /** An entry; key and fold are to be read during the call. */
        void onFold(MemoryFoldLevel level, MemoryFoldKey key, MemoryFold fold);
    }

    /** Which entry: the fields of its key. */
    record EntryKey(MemoryFoldLevel level, long startBootNanos, long cgroupId, int tgid, int what) {}

    /** Calls that the programs say they have folded; each counted only after it was added to an entry. */
    long foldedCalls();

    /** Every entry. One that is added meanwhile may be missed until the next time. */
    void forEach(Visitor visitor);

    /** An entry as it is now, to be read before the next call; null when there is none. Not of {@link MemoryFoldLevel#NODE}. */
    @Nullable
    MemoryFold find(EntryKey key);

    /** Removes an entry that nobody adds to any more. Not of {@link MemoryFoldLevel#NODE}. */
    void remove(EntryKey key);

    /** Position below which all records were put into the ring by now. */
    long producedPosition();

    /** Position below which all records were taken from the ring into the tables by now. */
    long consumedPosition();
}
