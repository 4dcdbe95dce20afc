// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.model;

import io.opentelemetry.sdk.resources.Resource;
import java.util.List;

/**
 * All series at one moment. Immutable; any thread.
 *
 * @param startEpochNanos since when the counters count: the same for the life of the agent
 * @param epochNanos the moment
 * @param workloads one entry per resource, each resource once
 */
public record TelemetrySnapshot(long startEpochNanos, long epochNanos, List<ResourcePoints> workloads) {

    public TelemetrySnapshot {
        workloads = List.copyOf(workloads);
    }

    /** The series of one resource. */
    public record ResourcePoints(Resource resource, List<MetricPoint> points) {
        public ResourcePoints {
            points = List.copyOf(points);
        }
    }
}
