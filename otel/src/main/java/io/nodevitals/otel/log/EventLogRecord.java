// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.log;

import io.nodevitals.otel.model.Scope;
import io.nodevitals.otel.model.TelemetryEvent;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.logs.ReadWriteLogRecord;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.resources.Resource;
import org.jspecify.annotations.Nullable;

/**
 * The log record of an occurrence: event name, summary as body, severity, when it happened and when it was seen, and the
 * context of its span. It is both what the SDK's batch processor takes and what its exporters read, because the SDK's own
 * records cannot carry a resource each. Immutable; any thread.
 */
public final class EventLogRecord implements LogRecordData, ReadWriteLogRecord {
    private final TelemetryEvent event;
    private final Resource resource;
    private final Attributes attributes;
    private final SpanContext context;
    private final long observedEpochNanos;

    /**
     * The log record of an occurrence.
     *
     * @param resource equal to the occurrence's; exporters group what has the same object
     * @param attributes of the record, shared with the span
     * @param context of the span, or the invalid one
     * @param observedEpochNanos when this process learnt of it
     */
    public EventLogRecord(
            TelemetryEvent event,
            Resource resource,
            Attributes attributes,
            SpanContext context,
            long observedEpochNanos) {
        this.event = event;
        this.resource = resource;
        this.attributes = attributes;
        this.context = context;
        this.observedEpochNanos = observedEpochNanos;
    }

    @Override
    public LogRecordData toLogRecordData() {
        return this;
    }

    /** Refused: an occurrence's record is complete, and no processor of ours changes it. */
    @Override
    public <T> ReadWriteLogRecord setAttribute(AttributeKey<T> key, T value) {
        throw new UnsupportedOperationException("event=" + event.eventName() + " attribute=" + key + ": immutable");
    }

    @Override
    public Resource getResource() {
        return resource;
    }

    @Override
    public InstrumentationScopeInfo getInstrumentationScopeInfo() {
        return Scope.INFO;
    }

    @Override
    public long getTimestampEpochNanos() {
        return event.epochNanos();
    }

    @Override
    public long getObservedTimestampEpochNanos() {
        return observedEpochNanos;
    }

    @Override
    public SpanContext getSpanContext() {
        return context;
    }

    @Override
    public Severity getSeverity() {
        return switch (event.severity()) {
            case INFO -> Severity.INFO;
            case WARN -> Severity.WARN;
            case ERROR -> Severity.ERROR;
        };
    }

    @Override
    public String getSeverityText() {
        return event.severity().name();
    }

    @Override
    @Deprecated
    @SuppressWarnings("deprecation") // the interface still requires it
    public io.opentelemetry.sdk.logs.data.Body getBody() {
        return io.opentelemetry.sdk.logs.data.Body.string(event.summary());
    }

    @Override
    public Value<?> getBodyValue() {
        return Value.of(event.summary());
    }

    @Override
    public Attributes getAttributes() {
        return attributes;
    }

    @Override
    public <T> @Nullable T getAttribute(AttributeKey<T> key) {
        return attributes.get(key);
    }

    @Override
    public int getTotalAttributeCount() {
        return attributes.size();
    }

    @Override
    public String getEventName() {
        return event.eventName();
    }
}
