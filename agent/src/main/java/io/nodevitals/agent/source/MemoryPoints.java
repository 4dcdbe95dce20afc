// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.source;

import io.nodevitals.agent.aggregate.MemoryCounters;
import io.nodevitals.agent.diagnose.Errnos;
import io.nodevitals.otel.model.MetricDescriptor;
import io.nodevitals.otel.model.MetricPoint;
import io.nodevitals.otel.model.MetricPoint.HistogramPoint;
import io.nodevitals.otel.model.MetricPoint.LongPoint;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** One workload's memory counters as points. Series that never counted anything are left out. */
final class MemoryPoints {
    /** By enum nv_memory_kind. */
    private static final List<String> KINDS = List.of("hugetlb", "stack", "exec", "shared", "file", "anon");
    /** By enum nv_memory_call. */
    private static final List<String> CALLS = List.of("mmap", "munmap", "mremap", "brk");

    private final int pageSizeBytes;
    private final Attributes fixed;
    private final Consumer<MetricPoint> out;

    /**
     * Points go to {@code out}.
     *
     * @param fixed attributes of every series
     */
    MemoryPoints(int pageSizeBytes, Attributes fixed, Consumer<MetricPoint> out) {
        this.pageSizeBytes = pageSizeBytes;
        this.fixed = fixed;
        this.out = out;
    }

    void add(MemoryCounters counters, long mappedPages) {
        for (int kind = 0; kind < MemoryCounters.KINDS; kind++) {
            mmaps(counters, kind);
        }
        bytes(Metrics.MUNMAP_BYTES, fixed, counters, MemoryCounters.MUNMAP);
        bytes(Metrics.BRK_BYTES, direction("grow"), counters, MemoryCounters.BRK_GROW);
        bytes(Metrics.BRK_BYTES, direction("shrink"), counters, MemoryCounters.BRK_SHRINK);
        counters.forEachFailure((call, errno, count) -> {
            Attributes attributes = with().put(Metrics.MEMORY_CALL, CALLS.get(call))
                    .put(Metrics.ERROR_TYPE, errno == 0 ? "_OTHER" : Errnos.name(errno))
                    .build();
            out.accept(new LongPoint(Metrics.MEMORY_FAILURES, attributes, count));
        });
        if (mappedPages > 0) {
            out.accept(new LongPoint(Metrics.MAPPED, fixed, mappedPages * pageSizeBytes));
        }
    }

    private void mmaps(MemoryCounters counters, int kind) {
        long[] classes = counters.sizeClasses(kind);
        if (classes.length == 0) {
            return;
        }
        int first = 0;
        while (classes[first] == 0) {
            first++;
        }
        Attributes attributes = with().put(Metrics.MEMORY_KIND, KINDS.get(kind)).build();
        long bytes = counters.pages(kind) * pageSizeBytes;
        out.accept(new HistogramPoint(
                Metrics.MMAP_SIZE,
                attributes,
                bytes,
                0,
                MemoryCounters.bucket(first, pageSizeBytes),
                Arrays.copyOfRange(classes, first, classes.length)));
        out.accept(new LongPoint(Metrics.MMAP_BYTES, attributes, bytes));
    }

    private void bytes(MetricDescriptor metric, Attributes attributes, MemoryCounters counters, int series) {
        if (counters.pages(series) != 0) {
            out.accept(new LongPoint(metric, attributes, counters.pages(series) * pageSizeBytes));
        }
    }

    private Attributes direction(String direction) {
        return with().put(Metrics.DIRECTION, direction).build();
    }

    private AttributesBuilder with() {
        return fixed.toBuilder();
    }
}
