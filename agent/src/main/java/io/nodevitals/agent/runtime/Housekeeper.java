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
    private final CgroupTable cgroups;
    private final WorkloadSeries series;
    private final KernelClock clock;
    private final Consumer<List<Workload>> onEnded;
    private final FoldRepair repair;

    /**
     * A housekeeper.
     *
     * @param onEnded takes workloads whose series have ended
     * @param repair puts right what missed records left wrong
     */
    Housekeeper(
            CgroupTable cgroups,
            WorkloadSeries series,
            KernelClock clock,
            Consumer<List<Workload>> onEnded,
            FoldRepair repair) {
        this.cgroups = cgroups;
        this.series = series;
        this.clock = clock;
        this.onEnded = onEnded;
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
    }
}
