// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.model;

import io.opentelemetry.api.common.Attributes;

/** One value of one series. Immutable; any thread. */
public sealed interface MetricPoint {

    /** Which metric. */
    MetricDescriptor descriptor();

    /** Which series of it, beside the resource. */
    Attributes attributes();

    /** A counter's, up-down counter's or gauge's value. */
    record LongPoint(MetricDescriptor descriptor, Attributes attributes, long value) implements MetricPoint {
        public LongPoint {
            requireHistogram(descriptor, false);
        }
    }

    /** A value with a fraction. */
    record DoublePoint(MetricDescriptor descriptor, Attributes attributes, double value) implements MetricPoint {
        public DoublePoint {
            requireHistogram(descriptor, false);
        }
    }

    /**
     * An exponential histogram of positive values.
     *
     * @param scale of the buckets: base 2^(2^-scale)
     * @param offset index of the first entry of {@code bucketCounts}: bucket i covers (base^i, base^(i+1)]
     * @param bucketCounts not to be changed after construction
     */
    record HistogramPoint(
            MetricDescriptor descriptor, Attributes attributes, double sum, int scale, int offset, long[] bucketCounts)
            implements MetricPoint {

        public HistogramPoint {
            requireHistogram(descriptor, true);
        }

        /** Number of values. */
        public long count() {
            long count = 0;
            for (long bucketCount : bucketCounts) {
                count += bucketCount;
            }
            return count;
        }
    }

    private static void requireHistogram(MetricDescriptor descriptor, boolean histogram) {
        if ((descriptor.kind() == MetricDescriptor.Kind.EXPONENTIAL_HISTOGRAM) != histogram) {
            throw new IllegalArgumentException(
                    "metric=" + descriptor.name() + " kind=" + descriptor.kind() + " does not take this kind of point");
        }
    }
}
