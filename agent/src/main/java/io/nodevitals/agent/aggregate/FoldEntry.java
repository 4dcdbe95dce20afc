// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.aggregate;

import io.nodevitals.bpf.event.MemoryFold;
import io.nodevitals.bpf.event.MemoryFoldKey;
import io.nodevitals.bpf.event.MemoryFoldLevel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One entry of the kernel's folds: what it held when it was last read, so that only what came since is added. */
final class FoldEntry {
    private static final int GROUP = 8;
    private static final int[] NONE = {};

    final MemoryFoldSource.EntryKey key;
    /** Null for what is nobody's. */
    final @Nullable FoldGroup group;

    final int generation;
    private final int call;
    private final int errno;
    private final boolean failed;
    private final int series;

    private long pages;
    // As long as the largest class asks: most entries have calls of a few sizes.
    private int[] calls = NONE;
    private long totalVmPages;
    private long lastBootNanos;

    FoldEntry(MemoryFoldSource.EntryKey key, MemoryFoldKey fields, @Nullable FoldGroup group) {
        this.key = key;
        this.group = group;
        generation = fields.generation();
        call = fields.call();
        errno = fields.error();
        failed = fields.isFailed();
        series = MemoryCounters.series(call, fields.kind(), fields.isShrink());
    }

    /** Whether nothing was ever added. */
    static boolean isNothing(MemoryFold fold) {
        int calls = 0;
        for (int sizeClass = 0; sizeClass < MemoryFold.CLASSES; sizeClass++) {
            calls |= fold.calls(sizeClass);
        }
        return calls == 0 && fold.pages() == 0;
    }

    /** {@code mm->total_vm} after the last call that succeeded. */
    long totalVmPages() {
        return totalVmPages;
    }

    /** When that call ended. */
    long lastBootNanos() {
        return lastBootNanos;
    }

    boolean isFailure() {
        return failed;
    }

    /**
     * Adds to the totals what came since the last time.
     *
     * <p>Differences are signed, of 32 bits as the counts are. A count that wrapped gives the right one, up to 2^31 calls between two
     * looks; and should the kernel ever copy a sum while it changes and give half of the old and half of the new one, the next look
     * takes back what was too much.
     *
     * @return whether anything came
     */
    boolean take(MemoryFold fold, MemoryTotals totals) {
        long addedPages = fold.pages() - pages;
        boolean changed = addedPages != 0;
        pages = fold.pages();
        totalVmPages = fold.totalVmPages();
        lastBootNanos = fold.lastBootNanos();
        if (!failed) {
            totals.addFoldedPages(cgroupId(), series, addedPages);
        }
        for (int sizeClass = 0; sizeClass < MemoryFold.CLASSES; sizeClass++) {
            int now = fold.calls(sizeClass);
            int added = now - (sizeClass < calls.length ? calls[sizeClass] : 0);
            if (added != 0) {
                changed = true;
                remember(sizeClass, now);
                if (failed) {
                    totals.addFoldedFailures(cgroupId(), call, errno, added);
                } else {
                    totals.addFoldedCalls(cgroupId(), call, series, sizeClass, added);
                }
            }
        }
        return changed;
    }

    private long cgroupId() {
        return key.level() == MemoryFoldLevel.NODE ? MemoryTables.OVERFLOW_CGROUP_ID : key.cgroupId();
    }

    private void remember(int sizeClass, int count) {
        if (sizeClass >= calls.length) {
            calls = Arrays.copyOf(calls, (sizeClass / GROUP + 1) * GROUP);
        }
        calls[sizeClass] = count;
    }
}
