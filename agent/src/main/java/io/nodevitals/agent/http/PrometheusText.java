// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.http;

import io.nodevitals.agent.counter.AgentCounter;
import io.nodevitals.agent.counter.AgentCounters;
import io.nodevitals.otel.model.MetricDescriptor;
import io.nodevitals.otel.model.MetricPoint;
import io.nodevitals.otel.model.MetricPoint.DoublePoint;
import io.nodevitals.otel.model.MetricPoint.HistogramPoint;
import io.nodevitals.otel.model.MetricPoint.LongPoint;
import io.nodevitals.otel.model.TelemetrySnapshot;
import io.nodevitals.otel.model.TelemetrySnapshot.ResourcePoints;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A snapshot in Prometheus's text format 0.0.4, a point at a time: the whole of a busy node is megabytes, which nobody needs in
 * memory at once. One thread.
 *
 * <p>Exponential histograms become classic ones: bucket i's upper bound base^(i+1) is an {@code le}, counts are cumulative. All
 * series of a family have the same bounds, because adding up series whose bounds differ gives nonsense; there is one bound
 * below the smallest value, so that quantiles in the first bucket do not start from 0.
 */
final class PrometheusText {
    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final Iterator<Family> families;
    private Iterator<Series> series = java.util.Collections.emptyIterator();
    private Family family = new Family("", "", "");

    private record Series(String resourceLabels, MetricPoint point) {}

    private static final class Family {
        final String name;
        final String type;
        final String help;
        final List<Series> series = new ArrayList<>();
        int scale;
        int firstBucket = Integer.MAX_VALUE;
        int lastBucket = Integer.MIN_VALUE;

        Family(String name, String type, String help) {
            this.name = name;
            this.type = type;
            this.help = help;
        }
    }

    PrometheusText(TelemetrySnapshot snapshot, AgentCounters counters) {
        this.families = families(snapshot, counters).iterator();
    }

    /**
     * Appends the next lines, whole ones.
     *
     * @return false when there are no more
     */
    boolean appendNext(StringBuilder out) {
        while (!series.hasNext()) {
            if (!families.hasNext()) {
                return false;
            }
            family = families.next();
            series = family.series.iterator();
            appendHeader(out);
        }
        Series next = series.next();
        String labels =
                PrometheusLabels.join(next.resourceLabels(), next.point().attributes());
        MetricPoint point = next.point();
        if (point instanceof LongPoint number) {
            appendSample(out, "", labels, Long.toString(number.value()));
        } else if (point instanceof DoublePoint number) {
            appendSample(out, "", labels, format(number.value()));
        } else if (point instanceof HistogramPoint histogram) {
            appendHistogram(out, labels, histogram);
        }
        return true;
    }

    private static Collection<Family> families(TelemetrySnapshot snapshot, AgentCounters counters) {
        Map<MetricDescriptor, Family> ofDescriptor = new HashMap<>();
        Map<String, Family> byName = new TreeMap<>();
        for (ResourcePoints workload : snapshot.workloads()) {
            String resourceLabels = PrometheusLabels.ofResource(workload.resource());
            for (MetricPoint point : workload.points()) {
                Family family = ofDescriptor.computeIfAbsent(
                        point.descriptor(),
                        descriptor -> byName.computeIfAbsent(
                                PrometheusNames.family(descriptor),
                                name -> new Family(name, type(descriptor), descriptor.description())));
                if (!family.type.equals(type(point.descriptor())) || !fits(family, point)) {
                    counters.increment(AgentCounter.METRIC_TYPE_CONFLICTS);
                    continue;
                }
                family.series.add(new Series(resourceLabels, point));
            }
        }
        byName.values().removeIf(family -> family.series.isEmpty());
        return byName.values();
    }

    // Histograms of one family must have one scale, else they have no bounds in common.
    private static boolean fits(Family family, MetricPoint point) {
        if (!(point instanceof HistogramPoint histogram)) {
            return true;
        }
        if (family.series.isEmpty()) {
            family.scale = histogram.scale();
        } else if (family.scale != histogram.scale()) {
            return false;
        }
        long[] counts = histogram.bucketCounts();
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] != 0) {
                family.firstBucket = Math.min(family.firstBucket, histogram.offset() + i - 1);
                family.lastBucket = Math.max(family.lastBucket, histogram.offset() + i);
            }
        }
        return true;
    }

    private static String type(MetricDescriptor descriptor) {
        return switch (descriptor.kind()) {
            case COUNTER -> "counter";
            case UP_DOWN_COUNTER, GAUGE -> "gauge";
            case EXPONENTIAL_HISTOGRAM -> "histogram";
        };
    }

    private void appendHeader(StringBuilder out) {
        String help = family.help.replace("\\", "\\\\").replace("\n", "\\n");
        out.append("# HELP ").append(family.name).append(' ').append(help).append('\n');
        out.append("# TYPE ")
                .append(family.name)
                .append(' ')
                .append(family.type)
                .append('\n');
    }

    private void appendHistogram(StringBuilder out, String labels, HistogramPoint histogram) {
        String separator = labels.isEmpty() ? "" : ",";
        double base = Math.pow(2, Math.pow(2, -family.scale));
        long[] counts = histogram.bucketCounts();
        long below = 0;
        for (int bucket = family.firstBucket; bucket <= family.lastBucket; bucket++) {
            int i = bucket - histogram.offset();
            below += i >= 0 && i < counts.length ? counts[i] : 0;
            String bound = format(family.scale == 0 ? Math.scalb(1.0, bucket + 1) : Math.pow(base, bucket + 1));
            appendSample(out, "_bucket", labels + separator + "le=\"" + bound + '"', Long.toString(below));
        }
        appendSample(out, "_bucket", labels + separator + "le=\"+Inf\"", Long.toString(histogram.count()));
        appendSample(out, "_sum", labels, format(histogram.sum()));
        appendSample(out, "_count", labels, Long.toString(histogram.count()));
    }

    private void appendSample(StringBuilder out, String suffix, String labels, String value) {
        out.append(family.name).append(suffix);
        if (!labels.isEmpty()) {
            out.append('{').append(labels).append('}');
        }
        out.append(' ').append(value).append('\n');
    }

    private static String format(double value) {
        if (Double.isInfinite(value)) {
            return value > 0 ? "+Inf" : "-Inf";
        }
        // Double.toString differs between Java versions for large numbers; a bound must stay the same series.
        if (value == Math.rint(value)) {
            return Math.abs(value) < 1e15 ? Long.toString((long) value) : new BigDecimal(value).toPlainString();
        }
        return Double.toString(value);
    }
}
