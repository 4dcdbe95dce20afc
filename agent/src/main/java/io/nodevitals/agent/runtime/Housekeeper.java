// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.aggregate.MemoryTotals;
import io.nodevitals.agent.attribute.CgroupTable;
import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.source.KernelClock;
import io.nodevitals.agent.source.WorkloadSeries;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** What the collector does after each snapshot, so that what is gone takes no room. */
final class Housekeeper implements Collector.Housekeeping {
    private static final long LINK_CHECK_NANOS = 10_000_000_000L;

    private final CgroupTable cgroups;
    private final WorkloadSeries series;
    private final KernelClock clock;
    private final Consumer<List<Workload>> onEnded;
    private final Runnable checkLinks;
    private final FoldRepair repair;
    private long linksCheckedBootNanos;

    /**
     * A housekeeper.
     *
     * @param onEnded takes workloads whose series have ended
     * @param checkLinks looks whether every probe is still attached
     * @param repair puts right what missed records left wrong
     */
    Housekeeper(
            CgroupTable cgroups,
            WorkloadSeries series,
            KernelClock clock,
            Consumer<List<Workload>> onEnded,
            Runnable checkLinks,
            FoldRepair repair) {
        this.cgroups = cgroups;
        this.series = series;
        this.clock = clock;
        this.onEnded = onEnded;
        this.checkLinks = checkLinks;
        this.repair = repair;
    }

    @Override
    public void perform(MemoryTotals memory) throws IOException {
        repair.perform(memory);
        long now = clock.nowBootNanos();
        series.retire(memory, cgroups::isRemoved, now);
        List<Workload> ended = series.end(memory, now);
        if (!ended.isEmpty()) {
            onEnded.accept(ended);
        }
        if (now - linksCheckedBootNanos >= LINK_CHECK_NANOS) {
            linksCheckedBootNanos = now;
            checkLinks.run();
        }
    }
}
