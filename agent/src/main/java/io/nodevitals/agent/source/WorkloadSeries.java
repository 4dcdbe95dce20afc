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
import java.util.function.LongPredicate;

/**
 * Groups the cgroups' memory counters into workloads and joins them with the workloads' lifecycle counters. One thread.
 *
 * <p>What a workload counted stays with it: when a cgroup is removed its counters move to its workload, so that the host's sums,
 * made of many cgroups that come and go, never fall. A container's series end some time after its cgroup.
 */
public final class WorkloadSeries {
    /** How long the series of a container go on after its cgroup was removed: long enough for any scrape or export interval. */
    static final long GRACE_NANOS = 600_000_000_000L;

    private static final Attributes OVERFLOW = Attributes.of(Metrics.OVERFLOW, true);

    private final int pageSizeBytes;
    private final WorkloadResources resources;
    private final LongFunction<Workload> workloads;
    private final Map<Workload, Retired> retired = new HashMap<>();

    /**
     * A grouping with nothing retired yet.
     *
     * @param workloads of a cgroup id; must know a removed cgroup until {@link #retire} has been called after its removal
     */
    public WorkloadSeries(int pageSizeBytes, WorkloadResources resources, LongFunction<Workload> workloads) {
        this.pageSizeBytes = pageSizeBytes;
        this.resources = resources;
        this.workloads = workloads;
    }

    /** Moves the counters of every removed cgroup to its workload; the cgroup's row is free again. */
    public void retire(MemoryTotals memory, LongPredicate isRemoved, long nowNanos) {
        List<Long> removed = new ArrayList<>();
        memory.forEachCgroup((cgroupId, counters, mappedPages) -> {
            if (isRemoved.test(cgroupId)) {
                Retired entry = retired.computeIfAbsent(workloads.apply(cgroupId), unused -> new Retired());
                entry.counters.add(counters);
                entry.lastNanos = nowNanos;
                removed.add(cgroupId);
            }
        });
        removed.forEach(memory::retire);
    }

    /** Ends the series of containers whose last cgroup is long gone, and names them. */
    public List<Workload> end(MemoryTotals memory, long nowNanos) {
        Map<Workload, Retired> candidates = new HashMap<>(retired);
        candidates.keySet().removeIf(workload -> !isMortal(workload));
        candidates.values().removeIf(entry -> nowNanos - entry.lastNanos < GRACE_NANOS);
        if (!candidates.isEmpty()) {
            memory.forEachCgroup((cgroupId, counters, mappedPages) -> candidates.remove(workloads.apply(cgroupId)));
        }
        candidates.keySet().forEach(workload -> {
            retired.remove(workload);
            resources.forget(workload);
        });
        return List.copyOf(candidates.keySet());
    }

    private static boolean isMortal(Workload workload) {
        return switch (workload.kind()) {
            case CONTAINER, POD -> true;
            case HOST, UNKNOWN -> false;
        };
    }

    /**
     * All points, each workload's together.
     *
     * @param hostPoints what else belongs to the host: the agent's own
     */
    public List<ResourcePoints> points(
            MemoryTotals memory, LifecycleTotals.Snapshot lifecycle, List<MetricPoint> hostPoints) {
        Map<Workload, Sums> sums = new LinkedHashMap<>();
        retired.forEach((workload, entry) -> sums(sums, workload).counters.add(entry.counters));
        memory.forEachCgroup((cgroupId, counters, mappedPages) -> {
            Sums sum = sums(sums, workloads.apply(cgroupId));
            sum.counters.add(counters);
            sum.mappedPages += mappedPages;
        });
        sums.forEach((workload, sum) -> new MemoryPoints(pageSizeBytes, Attributes.empty(), sum.points::add)
                .add(sum.counters, sum.mappedPages));
        new MemoryPoints(pageSizeBytes, OVERFLOW, sums(sums, Workload.UNKNOWN).points::add)
                .add(memory.overflow(), memory.overflowMappedPages());
        lifecycle
                .workloads()
                .forEach(totals -> new LifecyclePoints(sums(sums, totals.workload()).points::add).add(totals));
        sums(sums, Workload.HOST).points.addAll(hostPoints);
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

    private static final class Retired {
        final MemoryCounters counters = new MemoryCounters();
        long lastNanos;
    }

    private static final class Sums {
        final MemoryCounters counters = new MemoryCounters();
        final List<MetricPoint> points = new ArrayList<>();
        long mappedPages;
    }
}
