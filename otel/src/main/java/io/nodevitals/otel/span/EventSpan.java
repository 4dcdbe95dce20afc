// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.span;

import io.nodevitals.otel.model.Scope;
import io.nodevitals.otel.model.TelemetryEvent;
import io.nodevitals.otel.model.TelemetryEvent.Severity;
import io.nodevitals.otel.model.TelemetryEvent.SpanPart;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.IdGenerator;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The finished span of an occurrence that lasted: a root span of kind INTERNAL, sampled, with random ids. Status is ERROR with
 * the summary as description, unless the occurrence was harmless (severity INFO). It is both what the SDK's batch processor
 * takes and what its exporters read, because the SDK's own spans cannot carry a resource each. Immutable; any thread.
 */
public final class EventSpan implements SpanData, ReadableSpan {
    private final Resource resource;
    private final SpanContext context;
    private final String name;
    private final StatusData status;
    private final Attributes attributes;
    private final long startEpochNanos;
    private final long endEpochNanos;

    private EventSpan(
            TelemetryEvent event,
            SpanPart span,
            Resource resource,
            Attributes attributes,
            SpanContext context,
            StatusData status) {
        this.resource = resource;
        this.context = context;
        this.name = span.name();
        this.status = status;
        this.attributes = attributes;
        // A clock that is converted twice may put the start after the end; a negative duration must not leave the node.
        this.startEpochNanos = Math.min(span.startEpochNanos(), event.epochNanos());
        this.endEpochNanos = event.epochNanos();
    }

    /**
     * The span of an occurrence.
     *
     * @param span the occurrence's span part
     * @param resource equal to the occurrence's; exporters group what has the same object
     * @param attributes of the span, shared with the log record
     */
    public static EventSpan create(TelemetryEvent event, SpanPart span, Resource resource, Attributes attributes) {
        IdGenerator ids = IdGenerator.random();
        SpanContext context = SpanContext.create(
                ids.generateTraceId(), ids.generateSpanId(), TraceFlags.getSampled(), TraceState.getDefault());
        StatusData status = event.severity() == Severity.INFO
                ? StatusData.unset()
                : StatusData.create(StatusCode.ERROR, event.summary());
        return new EventSpan(event, span, resource, attributes, context, status);
    }

    @Override
    public SpanData toSpanData() {
        return this;
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
    @Deprecated
    @SuppressWarnings("deprecation") // both interfaces still require it
    public io.opentelemetry.sdk.common.InstrumentationLibraryInfo getInstrumentationLibraryInfo() {
        return io.opentelemetry.sdk.common.InstrumentationLibraryInfo.create(Scope.INFO.getName(), Scope.VERSION);
    }

    @Override
    public SpanContext getSpanContext() {
        return context;
    }

    @Override
    public SpanContext getParentSpanContext() {
        return SpanContext.getInvalid();
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public SpanKind getKind() {
        return SpanKind.INTERNAL;
    }

    @Override
    public StatusData getStatus() {
        return status;
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
    public long getStartEpochNanos() {
        return startEpochNanos;
    }

    @Override
    public long getEndEpochNanos() {
        return endEpochNanos;
    }

    @Override
    public long getLatencyNanos() {
        return endEpochNanos - startEpochNanos;
    }

    @Override
    public boolean hasEnded() {
        return true;
    }

    @Override
    public List<EventData> getEvents() {
        return List.of();
    }

    @Override
    public List<LinkData> getLinks() {
        return List.of();
    }

    @Override
    public int getTotalRecordedEvents() {
        return 0;
    }

    @Override
    public int getTotalRecordedLinks() {
        return 0;
    }

    @Override
    public int getTotalAttributeCount() {
        return attributes.size();
    }
}
