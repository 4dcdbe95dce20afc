// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.counter.AgentCounter;
import io.nodevitals.agent.counter.AgentCounters;
import io.nodevitals.agent.diagnose.Occurrence;
import io.nodevitals.agent.diagnose.ReportedExits;
import io.nodevitals.agent.diagnose.Termination;
import io.nodevitals.agent.source.AgentStatus;
import io.nodevitals.agent.source.OccurrenceEvents;
import io.nodevitals.otel.model.TelemetryEvent;
import io.nodevitals.otel.model.TelemetryEventSink;
import io.nodevitals.otel.pipeline.ExportAccount;
import io.nodevitals.otel.pipeline.OtlpPipeline;
import io.nodevitals.otel.pipeline.Signal;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Where occurrences leave the agent: every sink, and the exporter once there is one. */
final class EventOutlet {
    private final OccurrenceEvents events;
    private final ReportedExits exitEvents;
    private final List<TelemetryEventSink> sinks;
    private final AgentCounters counters;
    private volatile @Nullable OtlpPipeline pipeline;

    /**
     * An outlet without an exporter.
     *
     * @param exitEvents which plain exits are events; the others that come here become spans alone
     */
    EventOutlet(
            OccurrenceEvents events, ReportedExits exitEvents, List<TelemetryEventSink> sinks, AgentCounters counters) {
        this.events = events;
        this.exitEvents = exitEvents;
        this.sinks = sinks;
        this.counters = counters;
    }

    void exportTo(OtlpPipeline exporter) {
        pipeline = exporter;
    }

    /** Sends an occurrence everywhere; the diagnoser's thread. */
    void accept(Occurrence occurrence) {
        TelemetryEvent event = events.of(occurrence);
        OtlpPipeline exporter = pipeline;
        if (isSpanAlone(occurrence)) {
            if (exporter != null) {
                exporter.acceptSpan(event);
            }
            return;
        }
        publish(event);
    }

    /** Sends what is no span everywhere. Any thread. */
    void publish(TelemetryEvent event) {
        OtlpPipeline exporter = pipeline;
        if (exporter != null) {
            exporter.accept(event);
        }
        sinks.forEach(sink -> sink.accept(event));
        counters.increment(AgentCounter.EVENTS_PUBLISHED);
    }

    private boolean isSpanAlone(Occurrence occurrence) {
        return occurrence instanceof Termination termination
                && termination.signal() == 0
                && !exitEvents.include(termination.exitCode());
    }

    /** The export account by signal and outcome; empty when nothing is exported. Any thread. */
    Map<String, Map<String, Long>> exports() {
        Map<String, Map<String, Long>> exports = new TreeMap<>();
        OtlpPipeline exporter = pipeline;
        if (exporter != null) {
            ExportAccount account = exporter.account();
            for (Signal signal : exporter.signals()) {
                exports.put(signal.name().toLowerCase(Locale.ROOT), outcomes(account.of(signal)));
            }
        }
        return exports;
    }

    private static Map<String, Long> outcomes(ExportAccount.Counts counts) {
        Map<String, Long> outcomes = new TreeMap<>();
        outcomes.put("exported", counts.exported());
        outcomes.put("rejected", counts.rejected());
        counts.dropped()
                .forEach((reason, items) ->
                        outcomes.put("dropped_" + reason.name().toLowerCase(Locale.ROOT), items));
        return outcomes;
    }

    /** For the status; null when nothing is exported. Any thread. */
    AgentStatus.@Nullable Exporter exporter() {
        OtlpPipeline exporter = pipeline;
        if (exporter == null || exporter.signals().isEmpty()) {
            return null;
        }
        long exported = 0;
        long failed = 0;
        long dropped = 0;
        for (Signal signal : exporter.signals()) {
            ExportAccount.Counts counts = exporter.account().of(signal);
            exported += counts.exported();
            failed += counts.rejected();
            dropped += counts.droppedTotal();
        }
        return new AgentStatus.Exporter(
                String.join(", ", exporter.endpoints()), exported, failed, dropped, exporter.failure());
    }
}
