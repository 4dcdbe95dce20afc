// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.model;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.resources.Resource;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened, sent as a log record with an event name and, when it lasted, as a span with the same attributes;
 * the log record then carries the span's context. Immutable; any thread.
 *
 * @param resource whom it happened to
 * @param eventName such as {@code nodevitals.process.terminated}
 * @param severity of the log record
 * @param summary one sentence for a person: the log record's body, and attribute nodevitals.summary
 * @param attributes of both
 * @param epochNanos when it happened; the span's end
 * @param span name and start, or null for an event without a duration
 */
public record TelemetryEvent(
        Resource resource,
        String eventName,
        Severity severity,
        String summary,
        Attributes attributes,
        long epochNanos,
        @Nullable SpanPart span) {

    /** The summary as an attribute. */
    public static final AttributeKey<String> SUMMARY = AttributeKey.stringKey("nodevitals.summary");

    /** What the span and the log record carry: the attributes and the summary. */
    public Attributes attributesWithSummary() {
        return attributes.toBuilder().put(SUMMARY, summary).build();
    }

    /** OpenTelemetry's severities, as far as this project uses them. */
    public enum Severity {
        INFO,
        WARN,
        ERROR
    }

    /**
     * The span of an event that lasted.
     *
     * @param name such as {@code process java}
     * @param startEpochNanos at most {@code epochNanos}
     */
    public record SpanPart(String name, long startEpochNanos) {}
}
