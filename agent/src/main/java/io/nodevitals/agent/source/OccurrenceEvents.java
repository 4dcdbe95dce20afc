// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.source;

import io.nodevitals.agent.diagnose.ExecFailure;
import io.nodevitals.agent.diagnose.Occurrence;
import io.nodevitals.agent.diagnose.OomKill;
import io.nodevitals.agent.diagnose.Subject;
import io.nodevitals.agent.diagnose.Termination;
import io.nodevitals.otel.model.TelemetryEvent;
import io.nodevitals.otel.model.TelemetryEvent.Severity;
import io.nodevitals.otel.model.TelemetryEvent.SpanPart;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import org.jspecify.annotations.Nullable;

/** Turns an occurrence into what is sent, streamed and shown. Any thread. */
public final class OccurrenceEvents {
    /** EventName of a process that ended badly. */
    public static final String PROCESS_TERMINATED = "nodevitals.process.terminated";
    /** EventName of a program that did not start. */
    public static final String EXEC_FAILED = "nodevitals.exec.failed";
    /** EventName of a process that the OOM killer chose. */
    public static final String OOM_KILLED = "nodevitals.oom.killed";

    private final KernelClock clock;
    private final WorkloadResources resources;
    private final boolean spans;

    /**
     * A converter.
     *
     * @param spans whether events that lasted also become spans
     */
    public OccurrenceEvents(KernelClock clock, WorkloadResources resources, boolean spans) {
        this.clock = clock;
        this.resources = resources;
        this.spans = spans;
    }

    /** The event of an occurrence. */
    public TelemetryEvent of(Occurrence occurrence) {
        long offsetNanos = clock.offsetNanos();
        AttributesBuilder attributes = Attributes.builder();
        subject(attributes, occurrence.subject(), offsetNanos);
        if (occurrence instanceof Termination termination) {
            OccurrenceAttributes.termination(attributes, termination);
            SpanPart span = span("process " + name(termination.subject()), termination.startBootNanos() + offsetNanos);
            return event(occurrence, PROCESS_TERMINATED, severity(termination), attributes, span, offsetNanos);
        }
        if (occurrence instanceof ExecFailure failure) {
            OccurrenceAttributes.execFailure(attributes, failure);
            SpanPart span = span("exec " + baseName(failure.file()), failure.startBootNanos() + offsetNanos);
            return event(occurrence, EXEC_FAILED, Severity.WARN, attributes, span, offsetNanos);
        }
        if (occurrence instanceof OomKill kill) {
            OccurrenceAttributes.oom(attributes, kill.facts());
            return event(occurrence, OOM_KILLED, Severity.ERROR, attributes, null, offsetNanos);
        }
        throw new IllegalStateException("unknown occurrence: " + occurrence.getClass());
    }

    private TelemetryEvent event(
            Occurrence occurrence,
            String eventName,
            Severity severity,
            AttributesBuilder attributes,
            @Nullable SpanPart span,
            long offsetNanos) {
        return new TelemetryEvent(
                resources.of(occurrence.subject().workload()),
                eventName,
                severity,
                occurrence.summary(),
                attributes.build(),
                occurrence.bootNanos() + offsetNanos,
                span);
    }

    private static Severity severity(Termination termination) {
        if (termination.signal() != 0) {
            return Severity.ERROR;
        }
        return termination.exitCode() == 0 ? Severity.INFO : Severity.WARN;
    }

    private @Nullable SpanPart span(String name, long startEpochNanos) {
        return spans ? new SpanPart(name, startEpochNanos) : null;
    }

    private static void subject(AttributesBuilder attributes, Subject subject, long offsetNanos) {
        attributes.put(OccurrenceAttributes.PID, (long) subject.pid());
        if (subject.parent().tgid() != 0) {
            attributes.put(
                    OccurrenceAttributes.PARENT_PID, (long) subject.parent().tgid());
        }
        attributes.put(OccurrenceAttributes.EXECUTABLE_NAME, subject.executableName());
        if (subject.executablePath() != null) {
            attributes.put(OccurrenceAttributes.EXECUTABLE_PATH, subject.executablePath());
        }
        if (subject.commandArgs() != null) {
            attributes.put(OccurrenceAttributes.COMMAND_ARGS, subject.commandArgs());
        }
        if (subject.process().startBootNanos() != 0) {
            attributes.put(
                    OccurrenceAttributes.CREATION_TIME,
                    IsoTime.ofEpochNanos(subject.process().startBootNanos() + offsetNanos));
        }
    }

    private static String name(Subject subject) {
        return subject.executableName().isEmpty() ? "unknown" : subject.executableName();
    }

    private static String baseName(String file) {
        String name = file.substring(file.lastIndexOf('/') + 1);
        return name.isEmpty() ? file.isEmpty() ? "unknown" : file : name;
    }
}
