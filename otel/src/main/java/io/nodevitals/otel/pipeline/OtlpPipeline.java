// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.otel.pipeline;

import io.nodevitals.otel.log.EventLogRecord;
import io.nodevitals.otel.metric.SnapshotMetricProducer;
import io.nodevitals.otel.model.TelemetryEvent;
import io.nodevitals.otel.model.TelemetryEvent.SpanPart;
import io.nodevitals.otel.model.TelemetryEventSink;
import io.nodevitals.otel.model.TelemetrySource;
import io.nodevitals.otel.span.EventSpan;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.Clock;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.InternalTelemetryVersion;
import io.opentelemetry.sdk.logs.export.BatchLogRecordProcessor;
import io.opentelemetry.sdk.logs.export.LogRecordExporter;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.metrics.export.PeriodicMetricReader;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends metrics, spans and log events by OTLP as the standard OTEL_* environment says, with the SDK's batch processors, metric
 * reader and exporters. Without an OTLP endpoint it does nothing and starts no thread. A backend that is away or slow costs
 * nothing but what is dropped and counted. Thread-safe.
 */
public final class OtlpPipeline implements TelemetryEventSink, AutoCloseable {
    private static final int FLUSHES = 10;
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration DEFAULT_METRIC_INTERVAL = Duration.ofMinutes(1);

    private final Map<Signal, ExportGate> gates = new EnumMap<>(Signal.class);
    private final SenderTap senders;
    private final ResourceInterner resources = new ResourceInterner();
    private final List<Runnable> exporterShutdowns = new ArrayList<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private @Nullable SdkLogging logging;
    private @Nullable BatchSpanProcessor spans;
    private @Nullable BatchLogRecordProcessor logs;
    private @Nullable SdkMeterProvider metrics;

    private OtlpPipeline(SenderTap senders) {
        this.senders = senders;
    }

    /**
     * Starts what the environment asks for; a disabled pipeline when that is nothing.
     *
     * @param variables usually {@code System.getenv()}; nothing else is read
     * @param source of the metrics; asked once per interval and once at the end, so close the pipeline before it
     * @param log takes single lines for people, from any thread
     * @throws OtlpConfigurationException when a variable cannot be honoured; nothing is running then
     */
    public static OtlpPipeline start(Map<String, String> variables, TelemetrySource source, Consumer<String> log) {
        SenderTap senders = new SenderTap();
        Environment environment = Environment.of(variables, senders);
        UnusedVariables.report(environment, log);
        OtlpPipeline pipeline = new OtlpPipeline(senders);
        if (environment.getBoolean("otel.sdk.disabled", false)) {
            return pipeline;
        }
        Map<Signal, SignalSettings> settings = new EnumMap<>(Signal.class);
        for (Signal signal : Signal.values()) {
            SignalSettings read = SignalSettings.read(signal, environment);
            if (read != null) {
                settings.put(signal, read);
            }
        }
        BatchSettings spanBatch = BatchSettings.read("otel.bsp", environment);
        BatchSettings logBatch = BatchSettings.read("otel.blrp", environment);
        Duration metricInterval = metricInterval(environment);
        if (!settings.isEmpty()) {
            SdkLogging logging = SdkLogging.install(log);
            pipeline.logging = logging;
            List<Runnable> starters = new ArrayList<>();
            try {
                starters.add(pipeline.prepareSpans(settings.get(Signal.TRACES), spanBatch, log));
                starters.add(pipeline.prepareLogs(settings.get(Signal.LOGS), logBatch, log));
                starters.add(pipeline.prepareMetrics(settings.get(Signal.METRICS), metricInterval, source, log));
            } catch (OtlpConfigurationException e) {
                logging.close();
                throw e;
            }
            starters.forEach(Runnable::run);
        }
        return pipeline;
    }

    private static Duration metricInterval(Environment environment) {
        String property = "otel.metric.export.interval";
        Duration interval = environment.getDuration(property, DEFAULT_METRIC_INTERVAL);
        if (interval.isZero()) {
            throw new OtlpConfigurationException(
                    environment.assignment(property) + " is not positive; write milliseconds such as 60000.");
        }
        return interval;
    }

    /** Makes the exporter, which may refuse its variables, and returns what starts the thread. */
    private Runnable prepareSpans(@Nullable SignalSettings settings, BatchSettings batch, Consumer<String> log) {
        if (settings == null) {
            return () -> {};
        }
        SpanExporter exporter = SdkExporters.spans(settings);
        exporterShutdowns.add(exporter::shutdown);
        ExportGate gate = open(settings, batch.maxQueueSize(), log);
        return () -> spans = BatchSpanProcessor.builder(gate.spans(exporter))
                .setScheduleDelay(batch.scheduleDelay())
                .setMaxQueueSize(batch.maxQueueSize())
                .setMaxExportBatchSize(batch.maxExportBatchSize())
                .setExporterTimeout(batch.exportTimeout())
                .build();
    }

    private Runnable prepareLogs(@Nullable SignalSettings settings, BatchSettings batch, Consumer<String> log) {
        if (settings == null) {
            return () -> {};
        }
        LogRecordExporter exporter = SdkExporters.logs(settings);
        exporterShutdowns.add(exporter::shutdown);
        ExportGate gate = open(settings, batch.maxQueueSize(), log);
        return () -> logs = BatchLogRecordProcessor.builder(gate.logs(exporter))
                .setScheduleDelay(batch.scheduleDelay())
                .setMaxQueueSize(batch.maxQueueSize())
                .setMaxExportBatchSize(batch.maxExportBatchSize())
                .setExporterTimeout(batch.exportTimeout())
                .build();
    }

    private Runnable prepareMetrics(
            @Nullable SignalSettings settings, Duration interval, TelemetrySource source, Consumer<String> log) {
        if (settings == null) {
            return () -> {};
        }
        MetricExporter exporter = SdkExporters.metrics(settings);
        exporterShutdowns.add(exporter::shutdown);
        ExportGate gate = open(settings, Integer.MAX_VALUE, log);
        return () -> {
            PeriodicMetricReader reader = PeriodicMetricReader.builder(gate.metrics(exporter))
                    .setInterval(interval)
                    // The newer telemetry adds series of the SDK's own, without a resource, to every export.
                    .setInternalTelemetryVersion(InternalTelemetryVersion.LEGACY)
                    .build();
            metrics = SdkMeterProvider.builder()
                    .setResource(Resource.empty())
                    .registerMetricReader(reader)
                    .registerMetricProducer(new SnapshotMetricProducer(source))
                    .build();
        };
    }

    private ExportGate open(SignalSettings settings, int capacity, Consumer<String> log) {
        ExportGate gate = new ExportGate(
                new SignalAccount(capacity), new BackendHealth(settings.signal(), settings.endpoint(), log));
        gates.put(settings.signal(), gate);
        return gate;
    }

    /** What is exported; empty when the pipeline is disabled. */
    public Set<Signal> signals() {
        return Set.copyOf(gates.keySet());
    }

    /** Where to, for people: each endpoint once, without credentials. */
    public List<String> endpoints() {
        return gates.values().stream()
                .map(gate -> gate.health().endpoint())
                .distinct()
                .toList();
    }

    /** Why the last request of some signal failed; null when all went well. */
    public @Nullable String failure() {
        for (ExportGate gate : gates.values()) {
            String failure = gate.health().failure();
            if (failure != null) {
                return failure;
            }
        }
        return null;
    }

    /** Queues the event's log record and span, each if its signal is exported and its queue has room. */
    @Override
    public void accept(TelemetryEvent event) {
        if (spans == null && logs == null) {
            return;
        }
        Resource resource = resources.intern(event.resource());
        Attributes attributes = event.attributesWithSummary();
        SpanContext context = offerSpan(event, resource, attributes);
        BatchLogRecordProcessor logProcessor = logs;
        if (logProcessor != null && account(Signal.LOGS).offer()) {
            long now = Clock.getDefault().now();
            logProcessor.onEmit(Context.root(), new EventLogRecord(event, resource, attributes, context, now));
        }
    }

    /** As {@link #accept} for what lasted but is no event: the span alone. */
    public void acceptSpan(TelemetryEvent event) {
        if (spans != null) {
            offerSpan(event, resources.intern(event.resource()), event.attributesWithSummary());
        }
    }

    private SpanContext offerSpan(TelemetryEvent event, Resource resource, Attributes attributes) {
        BatchSpanProcessor spanProcessor = spans;
        SpanPart part = event.span();
        if (spanProcessor == null || part == null) {
            return SpanContext.getInvalid();
        }
        EventSpan span = EventSpan.create(event, part, resource, attributes);
        if (account(Signal.TRACES).offer()) {
            spanProcessor.onEnd(span);
        }
        return span.getSpanContext();
    }

    private SignalAccount account(Signal signal) {
        ExportGate gate = gates.get(signal);
        if (gate == null) {
            throw new IllegalStateException("signal=" + signal + " is not exported");
        }
        return gate.account();
    }

    /** What became of everything so far. */
    public ExportAccount account() {
        Map<Signal, ExportAccount.Counts> counts = new EnumMap<>(Signal.class);
        gates.forEach((signal, gate) -> counts.put(signal, gate.account().counts()));
        return new ExportAccount(counts);
    }

    /**
     * Sends what is queued, and the metrics of now. Blocks.
     *
     * @return whether all requests ended in time, in whatever way: the account tells which
     */
    public boolean flush(Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        List<CompletableResultCode> first = flushQueues();
        if (metrics != null) {
            first.add(metrics.forceFlush());
        }
        boolean done = join(first, deadline);
        // The SDK's processors answer a flush that comes right after another with the other's result. Metrics have no
        // queue: flushed again, they would be collected and sent again.
        for (int again = 0; again < FLUSHES && done && isQueued() && System.nanoTime() < deadline; again++) {
            done = join(flushQueues(), deadline);
        }
        return done;
    }

    private List<CompletableResultCode> flushQueues() {
        List<CompletableResultCode> results = new ArrayList<>();
        if (spans != null) {
            results.add(spans.forceFlush());
        }
        if (logs != null) {
            results.add(logs.forceFlush());
        }
        return results;
    }

    private static boolean join(List<CompletableResultCode> results, long deadline) {
        return CompletableResultCode.ofAll(results)
                .join(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS)
                .isDone();
    }

    private boolean isQueued() {
        return account().signals().values().stream().anyMatch(counts -> counts.queued() > 0);
    }

    /** As {@link #close(Duration)}, within 5 s. */
    @Override
    public void close() {
        close(CLOSE_TIMEOUT);
    }

    /**
     * Sends what is queued and the metrics of now, and stops. What is not delivered in time is counted as dropped, and requests
     * still under way are cancelled. Blocks at most that long; all threads are daemons.
     */
    public void close(Duration timeout) {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        List<CompletableResultCode> results = new ArrayList<>();
        if (spans != null) {
            results.add(spans.shutdown());
        }
        if (logs != null) {
            results.add(logs.shutdown());
        }
        if (metrics != null) {
            results.add(shutdownMetrics(metrics));
        }
        CompletableResultCode all = CompletableResultCode.ofAll(results).join(timeout.toNanos(), TimeUnit.NANOSECONDS);
        gates.values().forEach(gate -> gate.account().close());
        if (!all.isDone()) {
            // Cancels the requests under way, which are accounted for by now. The SDK's threads are about to complain,
            // so
            // that its logging stays ours.
            exporterShutdowns.forEach(Runnable::run);
        } else if (logging != null) {
            logging.close();
        }
        senders.close();
    }

    /** The SDK's metric reader shuts down on the caller's thread and may take 15 s. */
    private static CompletableResultCode shutdownMetrics(SdkMeterProvider metrics) {
        CompletableResultCode result = new CompletableResultCode();
        Thread thread = new Thread(() -> metrics.shutdown().whenComplete(result::succeed), "nodevitals-otlp-close");
        thread.setDaemon(true);
        thread.start();
        return result;
    }
}
