// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.source;

import io.nodevitals.agent.aggregate.MemoryCounters;
import io.nodevitals.agent.aggregate.MemoryTotals;
import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.diagnose.LifecycleTotals;
import io.nodevitals.otel.model.MetricPoint;
import io.nodevitals.otel.model.TelemetrySnapshot.ResourcePoints;
import io.opentelemetry.api.common.Attributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;

/**
 * Groups the cgroups' memory counters into workloads and joins them with the workloads' lifecycle counters. The collector's thread.
 *
 * <p>What a workload counted stays with it: a cgroup's counters move to its workload for good when the cgroup is retired, so that
 * the host's sums, made of many cgroups that come and go, never fall.
 */
public final class WorkloadSeries {
    private static final Attributes OVERFLOW = Attributes.of(Metrics.OVERFLOW, true);

    private final int pageSizeBytes;
    private final WorkloadResources resources;
    private final LongFunction<Workload> workloads;
    private final Map<Workload, MemoryCounters> retired = new HashMap<>();

    /**
     * A grouping with nothing retired yet.
     *
     * @param workloads of a cgroup id
     */
    public WorkloadSeries(int pageSizeBytes, WorkloadResources resources, LongFunction<Workload> workloads) {
        this.pageSizeBytes = pageSizeBytes;
        this.resources = resources;
        this.workloads = workloads;
    }

    /** The cgroup is gone: its counters stay with its workload, its row is free again. */
    public void retire(MemoryTotals memory, long cgroupId) {
        MemoryCounters counters = memory.counters(cgroupId);
        if (counters != null) {
            retired.computeIfAbsent(workloads.apply(cgroupId), unused -> new MemoryCounters())
                    .add(counters);
            memory.retire(cgroupId);
        }
    }

    /** The workload is gone: its series end. */
    public void end(Workload workload) {
        retired.remove(workload);
        resources.forget(workload);
    }

    /** All points, each workload's together. */
    public List<ResourcePoints> points(MemoryTotals memory, LifecycleTotals.Snapshot lifecycle) {
        Map<Workload, Sums> sums = new LinkedHashMap<>();
        retired.forEach((workload, counters) -> sums(sums, workload).counters.add(counters));
        memory.forEachCgroup((cgroupId, counters, mappedPages) -> {
            Sums sum = sums(sums, workloads.apply(cgroupId));
            sum.counters.add(counters);
            sum.mappedPages += mappedPages;
        });
        sums.forEach((workload, sum) ->
                new MemoryPoints(pageSizeBytes, Attributes.empty(), sum.points::add).add(sum.counters, sum.mappedPages));
        new MemoryPoints(pageSizeBytes, OVERFLOW, sums(sums, Workload.UNKNOWN).points::add)
                .add(memory.overflow(), memory.overflowMappedPages());
        lifecycle.workloads().forEach(totals ->
                new LifecyclePoints(sums(sums, totals.workload()).points::add).add(totals));
        List<ResourcePoints> all = new ArrayList<>(sums.size());
        sums.forEach((workload, sum) -> {
            if (!sum.points.isEmpty()) {
                all.add(new ResourcePoints(resources.of(workload), sum.points));
            }
        });
        return all;
    }

    private static Sums sums(Map<Workload, Sums> sums, Workload workload) {
        return sums.computeIfAbsent(workload, unused -> new Sums());
    }

    private static final class Sums {
        final MemoryCounters counters = new MemoryCounters();
        final List<MetricPoint> points = new ArrayList<>();
        long mappedPages;
    }
}
