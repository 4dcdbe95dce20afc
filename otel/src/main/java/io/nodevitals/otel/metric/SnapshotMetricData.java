// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.metric;

import io.nodevitals.otel.model.MetricDescriptor;
import io.nodevitals.otel.model.Scope;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.metrics.data.Data;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.resources.Resource;

/** One metric of one resource; the SDK has an interface for it but no public factory. */
record SnapshotMetricData(Resource resource, MetricDescriptor descriptor, MetricDataType type, Data<?> data)
        implements MetricData {

    @Override
    public Resource getResource() {
        return resource;
    }

    @Override
    public InstrumentationScopeInfo getInstrumentationScopeInfo() {
        return Scope.INFO;
    }

    @Override
    public String getName() {
        return descriptor.name();
    }

    @Override
    public String getDescription() {
        return descriptor.description();
    }

    @Override
    public String getUnit() {
        return descriptor.unit();
    }

    @Override
    public MetricDataType getType() {
        return type;
    }

    @Override
    public Data<?> getData() {
        return data;
    }
}
