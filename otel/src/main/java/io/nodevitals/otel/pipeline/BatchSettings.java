// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import java.time.Duration;

/**
 * How spans or log records are gathered into requests: OTEL_BSP_* or OTEL_BLRP_*.
 *
 * @param maxQueueSize items that wait or are on their way, at most
 */
record BatchSettings(Duration scheduleDelay, int maxQueueSize, int maxExportBatchSize, Duration exportTimeout) {
    /** Ours, so that a death is at the backend within a second; the specification's 5 s and 1 s are for busy services. */
    private static final Duration DEFAULT_DELAY = Duration.ofMillis(200);

    private static final int DEFAULT_QUEUE_SIZE = 2048;
    private static final int DEFAULT_BATCH_SIZE = 512;
    private static final Duration DEFAULT_EXPORT_TIMEOUT = Duration.ofSeconds(30);

    /** A queue is allocated whole by the SDK. */
    private static final int LARGEST_QUEUE = 1 << 20;

    /**
     * The settings under a prefix.
     *
     * @param prefix "otel.bsp" or "otel.blrp"
     */
    static BatchSettings read(String prefix, Environment environment) {
        int queueSize = positive(prefix + ".max.queue.size", DEFAULT_QUEUE_SIZE, environment);
        if (queueSize > LARGEST_QUEUE) {
            throw new OtlpConfigurationException(environment.assignment(prefix + ".max.queue.size")
                    + " is too large; write at most " + LARGEST_QUEUE + ".");
        }
        String batchProperty = prefix + ".max.export.batch.size";
        int batchSize = positive(batchProperty, Math.min(DEFAULT_BATCH_SIZE, queueSize), environment);
        if (batchSize > queueSize) {
            throw new OtlpConfigurationException(environment.assignment(batchProperty) + " is larger than the queue, "
                    + Environment.variable(prefix + ".max.queue.size") + "=" + queueSize + "; make it at most that.");
        }
        return new BatchSettings(
                environment.getDuration(prefix + ".schedule.delay", DEFAULT_DELAY),
                queueSize,
                batchSize,
                environment.getDuration(prefix + ".export.timeout", DEFAULT_EXPORT_TIMEOUT));
    }

    private static int positive(String property, int defaultValue, Environment environment) {
        int value = environment.getInt(property, defaultValue);
        if (value < 1) {
            throw new OtlpConfigurationException(
                    environment.assignment(property) + " is not positive; write at least 1.");
        }
        return value;
    }
}
