// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.aggregate.MemoryTables;
import io.nodevitals.agent.aggregate.SnapshotHandover;
import io.nodevitals.agent.attribute.CgroupHierarchy;
import io.nodevitals.agent.attribute.CgroupTable;
import io.nodevitals.agent.config.AgentVersion;
import io.nodevitals.agent.config.ExitEvents;
import io.nodevitals.agent.config.Setting;
import io.nodevitals.agent.config.Settings;
import io.nodevitals.agent.config.SpanMode;
import io.nodevitals.agent.counter.AgentCounters;
import io.nodevitals.agent.decode.LifecycleDecoder;
import io.nodevitals.agent.decode.MemoryRecordHandler;
import io.nodevitals.agent.diagnose.Diagnoser;
import io.nodevitals.agent.diagnose.DiagnoserSettings;
import io.nodevitals.agent.diagnose.LifecycleTotals;
import io.nodevitals.agent.diagnose.ProcRootReader;
import io.nodevitals.agent.diagnose.ReportedExits;
import io.nodevitals.agent.diagnose.SignalAction;
import io.nodevitals.agent.process.LifecycleEvent;
import io.nodevitals.agent.process.ProcScan;
import io.nodevitals.agent.process.ProcessRegistry;
import io.nodevitals.agent.source.AgentSeries;
import io.nodevitals.agent.source.KernelClock;
import io.nodevitals.agent.source.OccurrenceEvents;
import io.nodevitals.agent.source.WorkloadResources;
import io.nodevitals.agent.source.WorkloadSeries;
import io.nodevitals.bpf.libbpf.BootClock;
import io.nodevitals.bpf.libbpf.Native;
import io.nodevitals.bpf.object.BpfSession;
import io.nodevitals.bpf.object.ExecCanary;
import io.nodevitals.bpf.ring.RingConsumer;
import io.nodevitals.bpf.ring.RingPoller;
import io.nodevitals.otel.model.TelemetryEventSink;
import io.nodevitals.otel.pipeline.BaseResource;
import io.nodevitals.otel.pipeline.OtlpPipeline;
import io.opentelemetry.sdk.resources.Resource;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** Wires one agent together: what exists, who feeds whom, and in which order it starts and stops. Used once. */
final class AgentAssembly {
    private static final System.Logger LOG = System.getLogger(AgentAssembly.class.getName());
    private static final int MAX_PROCESSES = 32_768;
    private static final int MAX_WORKLOADS = 4_096;
    private static final int MAX_SERIES = 128;
    private static final long LIFECYCLE_PATIENCE_MILLIS = 2_500;

    private static final Duration HTTP_PATIENCE = Duration.ofMillis(250);

    private final LinuxNodeAgent agent;
    private final Native natives;
    private final Map<String, String> environment;
    private final Settings settings;
    private final List<TelemetryEventSink> sinks;
    private final AgentCounters counters;
    private final ThreadErrors errors;

    AgentAssembly(
            LinuxNodeAgent agent,
            Native natives,
            Map<String, String> environment,
            Settings settings,
            List<TelemetryEventSink> sinks,
            AgentCounters counters) {
        this.agent = agent;
        this.natives = natives;
        this.environment = environment;
        this.settings = settings;
        this.sinks = List.copyOf(sinks);
        this.counters = counters;
        this.errors = new ThreadErrors(counters, agent::fail);
    }

    void start(NodeAgentFactory.Purpose purpose) throws IOException {
        KernelClock clock = new KernelClock(new BootClock(natives)::nanos, AgentAssembly::epochNanos);
        Resource base = BaseResource.create(environment, NodeIdentity.attributes(settings));
        String nodeName = NodeIdentity.name(settings, base);
        CgroupHierarchy hierarchy = Attribution.hierarchy(settings);
        Attribution attribution = new Attribution(settings, hierarchy);
        BpfSession session = agent.owns(BpfSession.open(natives, KernelSettings.of(settings, hierarchy)));
        attribution.walk();

        WorkloadResources resources = new WorkloadResources(base, attribution::names);
        EventOutlet outlet = new EventOutlet(
                new OccurrenceEvents(clock, resources, settings.get(Setting.SPANS) != SpanMode.OFF),
                settings.get(Setting.EXIT_EVENTS) == ExitEvents.NONZERO ? ReportedExits.NONZERO : ReportedExits.NONE,
                sinks,
                counters);
        CanaryWatch canary = new CanaryWatch(new ExecCanary(natives), counters, System::nanoTime);
        LifecycleTotals totals = new LifecycleTotals(MAX_WORKLOADS, MAX_SERIES);
        Diagnoser diagnoser = diagnoser(attribution, totals, outlet, canary);

        Queue<LifecycleEvent> addressSpaces = new ConcurrentLinkedQueue<>();
        DiagnoserLoop diagnoserLoop = new DiagnoserLoop(new EventFlow(attribution.cgroups(), diagnoser, addressSpaces));
        SnapshotHandover handover = new SnapshotHandover(new MemoryTables(), new MemoryTables(), () -> {});
        LifecycleDecoder decoder = new LifecycleDecoder(session.counters().cpus(), diagnoserLoop::offer);
        RingConsumer lifecycle = new RingConsumer(session.lifecycleRing(), errors::onRecord);
        RingConsumer memory = new RingConsumer(session.memoryRing(), errors::onRecord);
        RingPoller poller = agent.owns(new RingPoller(
                natives, session.lifecycleRing().fd(), session.memoryRing().fd()));

        // Closed in reverse: the reader first, then the diagnoser that it feeds.
        agent.owns(() -> diagnoser.close());
        DutyCycle diagnoserThread = agent.owns(
                new DutyCycle("nodevitals-diagnoser", diagnoserLoop, diagnoserLoop::wakeUp, errors::onThread));
        RingAgent ringAgent = new RingAgent(
                lifecycle,
                decoder,
                diagnoserLoop,
                memory,
                new MemoryRecordHandler(handover),
                poller,
                clock::nowBootNanos,
                counters);
        DutyCycle ringThread =
                agent.owns(new DutyCycle("nodevitals-ring", ringAgent, poller::wakeUp, errors::onThread));
        Readiness readiness = new Readiness(
                session, canary, List.of(Map.entry("ring", ringThread), Map.entry("diagnoser", diagnoserThread)));
        StatusReader status = new StatusReader(
                new StatusReader.Identity(
                        AgentVersion.current(), nodeName, session.features().release(), clock.nowEpochNanos()),
                session,
                lifecycle,
                memory,
                counters,
                readiness::reasons,
                outlet::exporter);

        WorkloadSeries series = new WorkloadSeries(natives.pageSize(), resources, attribution.cgroups()::workload);
        SignalFold signals = new SignalFold(session.signalCounts(), attribution.cgroups()::isRemoved);
        CgroupTable cgroups = attribution.cgroups();
        Collector collector = agent.owns(new Collector(
                new Collector.Parts(
                        handover,
                        poller::wakeUp,
                        addressSpaces,
                        () -> lifecycleSnapshot(diagnoserLoop, diagnoser, totals, signals),
                        series,
                        resources.of(io.nodevitals.agent.attribute.Workload.HOST),
                        () -> AgentSeries.points(status.read(), cgroups.unknown(), outlet.exports()),
                        new Housekeeper(
                                cgroups,
                                series,
                                clock,
                                ended -> diagnoserLoop.execute(() -> ended.forEach(totals::retire)),
                                readiness::check)),
                clock,
                counters));
        // The HTTP server asks on its only thread.
        agent.answersWith(status::read, () -> collector.snapshot(HTTP_PATIENCE));
        diagnoserThread.start();
        ringThread.start();
        collector.start();
        if (purpose == NodeAgentFactory.Purpose.RUN) {
            outlet.exportTo(agent.owns(
                    OtlpPipeline.start(environment, collector, line -> LOG.log(System.Logger.Level.INFO, line))));
        }
        agent.owns(new CanaryTimer(canary, settings.get(Setting.CANARY_INTERVAL)));
    }

    private Diagnoser diagnoser(Attribution attribution, LifecycleTotals totals, EventOutlet outlet, CanaryWatch canary)
            throws IOException {
        ProcScan scan = new ProcScan(settings.get(Setting.PROC_ROOT));
        ProcessRegistry registry = new ProcessRegistry(MAX_PROCESSES, scan.clockTickNanos());
        registry.addScanned(scan.scan());
        SafeFileOpener files =
                agent.owns(new SafeFileOpener(settings.get(Setting.PROC_ROOT).toString(), scan.clockTickNanos()));
        DiagnoserSettings diagnoserSettings = new DiagnoserSettings(
                Math.toIntExact(ProcessHandle.current().pid()),
                ExecCanary.PATH,
                natives.pageSize(),
                DiagnoserSettings.elfMachine(System.getProperty("os.arch")),
                reportedExits());
        return new Diagnoser(
                diagnoserSettings,
                registry,
                attribution,
                new ProcRootReader(registry, files),
                totals,
                outlet::accept,
                canary::seen);
    }

    private ReportedExits reportedExits() {
        if (settings.get(Setting.SPANS) == SpanMode.ALL) {
            return ReportedExits.ALL;
        }
        return settings.get(Setting.EXIT_EVENTS) == ExitEvents.NONZERO ? ReportedExits.NONZERO : ReportedExits.NONE;
    }

    /** Adds what the kernel counted by itself, then copies; the reading is the collector's, the adding the diagnoser's. */
    private static LifecycleTotals.Snapshot lifecycleSnapshot(
            DiagnoserLoop loop, Diagnoser diagnoser, LifecycleTotals totals, SignalFold signals) throws Exception {
        Queue<Runnable> additions = new ConcurrentLinkedQueue<>();
        signals.read((cgroupId, signal, action, added) -> {
            SignalAction meaning = SignalAction.ofNumber(action);
            additions.add(() -> diagnoser.addSignals(cgroupId, signal, meaning, added));
        });
        return loop.call(() -> {
                    additions.forEach(Runnable::run);
                    return totals.snapshot();
                })
                .get(LIFECYCLE_PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    }

    private static long epochNanos() {
        return ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now());
    }
}
