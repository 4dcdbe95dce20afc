// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.nodevitals.agent.aggregate.Calls;
import io.nodevitals.agent.aggregate.MemoryTables;
import io.nodevitals.agent.aggregate.MemoryTotals;
import io.nodevitals.agent.attribute.Workload;
import io.nodevitals.agent.attribute.Workload.Kind;
import io.nodevitals.agent.diagnose.LifecycleTotals;
import io.nodevitals.otel.model.MetricPoint.HistogramPoint;
import io.nodevitals.otel.model.MetricPoint.LongPoint;
import io.nodevitals.otel.model.TelemetrySnapshot.ResourcePoints;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.resources.Resource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WorkloadSeriesTest {
    private static final int PAGE = 4096;
    private static final int ANON = 5;
    private static final Workload POD = new Workload(
            Kind.CONTAINER,
            "0b9e6d2e-7f51-4b5a-9f0e-6a1d9c1e2f30",
            "c".repeat(64),
            Workload.ContainerRuntime.CONTAINERD,
            null);

    private final MemoryTotals memory = new MemoryTotals();
    private final Map<Long, Workload> cgroups = Map.of(1L, Workload.HOST, 2L, Workload.HOST, 3L, POD, 4L, POD);
    private final WorkloadSeries series = new WorkloadSeries(
            PAGE,
            new WorkloadResources(Resource.create(Attributes.of(WorkloadResources.HOST_NAME, "n")), workload -> null),
            id -> cgroups.getOrDefault(id, Workload.UNKNOWN));

    @Test
    void cgroupsOfOneWorkloadAreOneSeries() {
        mmap(3, 2, 100);
        mmap(4, 3, 50);

        ResourcePoints pod = only(POD.podUid());
        assertThat(pod.resource().getAttribute(WorkloadResources.CONTAINER_ID)).isEqualTo(POD.containerId());
        assertThat(longs(pod, "nodevitals.mmap.bytes")).containsExactly(5L * PAGE);
        assertThat(longs(pod, "nodevitals.mapped")).containsExactly(150L * PAGE);
        assertThat(pod.points())
                .filteredOn(HistogramPoint.class::isInstance)
                .singleElement()
                .satisfies(point -> {
                    HistogramPoint histogram = (HistogramPoint) point;
                    // 2 pages are in (2^12, 2^13], 3 pages in (2^13, 2^14].
                    assertThat(histogram.offset()).isEqualTo(12);
                    assertThat(histogram.bucketCounts()).containsExactly(1, 1);
                    assertThat(histogram.sum()).isEqualTo(5.0 * PAGE);
                });
    }

    @Test
    void aRemovedCgroupStaysInItsWorkloadsSum() {
        mmap(1, 7, 10);
        mmap(2, 1, 10);
        series.retire(memory, id -> id == 1, 0);
        assertThat(memory.counters(1)).isNull();

        ResourcePoints host = only(null);
        assertThat(longs(host, "nodevitals.mmap.bytes")).containsExactly(8L * PAGE);
    }

    @Test
    void theHostNeverEndsAndAContainerEndsAfterItsGrace() {
        mmap(1, 1, 1);
        mmap(3, 1, 1);
        series.retire(memory, id -> true, 1_000);

        assertThat(series.end(memory, 1_000 + WorkloadSeries.GRACE_NANOS - 1)).isEmpty();
        assertThat(series.end(memory, 1_000 + WorkloadSeries.GRACE_NANOS)).containsExactly(POD);
        assertThat(points()).hasSize(1);
    }

    @Test
    void aContainerWithALivingCgroupDoesNotEnd() {
        mmap(3, 1, 1);
        series.retire(memory, id -> true, 0);
        mmap(4, 1, 1);

        assertThat(series.end(memory, 2 * WorkloadSeries.GRACE_NANOS)).isEmpty();
    }

    @Test
    void eachResourceComesOnceThoughTheAgentSpeaksForTheHostToo() {
        mmap(1, 1, 1);
        LongPoint own = new LongPoint(Metrics.ATTRIBUTION_UNKNOWN, Attributes.empty(), 0);

        List<ResourcePoints> all = series.points(memory, new LifecycleTotals.Snapshot(List.of()), List.of(own));
        assertThat(all)
                .singleElement()
                .satisfies(host -> assertThat(host.points()).contains(own));
    }

    @Test
    void failuresAreCountedByCallAndErrno() {
        MemoryTables tables = new MemoryTables();
        Calls.addFailure(tables, 3, 3_000, 3, 0, 12);
        Calls.addFailure(tables, 3, 3_000, 3, 0, 12);
        Calls.addFailure(tables, 3, 3_000, 3, 3, 12);
        memory.merge(tables);

        assertThat(only(POD.podUid()).points())
                .extracting(point -> point.attributes().asMap().toString())
                .hasSize(2)
                .anySatisfy(text -> assertThat(text).contains("mmap").contains("ENOMEM"))
                .anySatisfy(text -> assertThat(text).contains("brk").contains("ENOMEM"));
    }

    private void mmap(long cgroupId, long pages, long totalVmPages) {
        MemoryTables tables = new MemoryTables();
        Calls.add(tables, (int) cgroupId, cgroupId * 1000, cgroupId, 1, totalVmPages, ANON, pages);
        memory.merge(tables);
    }

    private List<ResourcePoints> points() {
        return series.points(memory, new LifecycleTotals.Snapshot(List.of()), List.of());
    }

    private ResourcePoints only(String podUid) {
        List<ResourcePoints> all = points();
        assertThat(all).hasSize(1);
        assertThat(all.get(0).resource().getAttribute(WorkloadResources.POD_UID))
                .isEqualTo(podUid);
        return all.get(0);
    }

    private static List<Long> longs(ResourcePoints points, String metric) {
        return points.points().stream()
                .filter(point -> point.descriptor().name().equals(metric))
                .map(point -> ((LongPoint) point).value())
                .toList();
    }
}
