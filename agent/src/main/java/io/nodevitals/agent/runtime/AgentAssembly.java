// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.runtime;

import io.nodevitals.agent.aggregate.AddressSpaces;
import io.nodevitals.agent.aggregate.MemoryFoldMerge;
import io.nodevitals.agent.aggregate.MemoryTotals;
import io.nodevitals.agent.attribute.CgroupHierarchy;
import io.nodevitals.agent.attribute.CgroupTable;
import io.nodevitals.agent.config.AgentVersion;
import io.nodevitals.agent.config.CommandLines;
import io.nodevitals.agent.config.ExitEvents;
import io.nodevitals.agent.config.Setting;
import io.nodevitals.agent.config.Settings;
import io.nodevitals.agent.config.SpanMode;
import io.nodevitals.agent.counter.AgentCounters;
import io.nodevitals.agent.diagnose.Diagnoser;
import io.nodevitals.agent.diagnose.DiagnoserSettings;
import io.nodevitals.agent.diagnose.HandlerLookup;
import io.nodevitals.agent.diagnose.LifecycleTotals;
import io.nodevitals.agent.diagnose.ProcRootReader;
import io.nodevitals.agent.diagnose.ReportedExits;
import io.nodevitals.agent.process.ProcLookup;
import io.nodevitals.agent.process.ProcScan;
import io.nodevitals.agent.process.ProcessRegistry;
import io.nodevitals.agent.source.AgentSeries;
import io.nodevitals.agent.source.BinfmtEvents;
import io.nodevitals.agent.source.KernelClock;
import io.nodevitals.agent.source.OccurrenceEvents;
import io.nodevitals.agent.source.WorkloadResources;
import io.nodevitals.agent.source.WorkloadSeries;
import io.nodevitals.bpf.libbpf.BootClock;
import io.nodevitals.bpf.libbpf.Native;
import io.nodevitals.bpf.object.BpfSession;
import io.nodevitals.bpf.object.ExecCanary;
import io.nodevitals.otel.model.MetricPoint;
import io.nodevitals.otel.model.TelemetryEventSink;
import io.nodevitals.otel.pipeline.BaseResource;
import io.nodevitals.otel.pipeline.OtlpPipeline;
import io.opentelemetry.sdk.resources.Resource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Wires one agent together: what exists, who feeds whom, and in which order it starts and stops. Used once. */
final class AgentAssembly {
    private static final System.Logger LOG = System.getLogger(AgentAssembly.class.getName());
    private static final int MAX_PROCESSES = 16_384;
    private static final int MAX_WORKLOADS = 4_096;
    private static final int MAX_SERIES = 128;
    private static final Duration BINFMT_INTERVAL = Duration.ofSeconds(2);
    private static final Duration HTTP_PATIENCE = Duration.ofMillis(250);

    private final LinuxNodeAgent agent;
    private final Native natives;
    private final Map<String, String> environment;
    private final Settings settings;
    private final List<TelemetryEventSink> sinks;
    private final AgentCounters counters;
    private final ThreadErrors errors;
    private final KernelClock clock;

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
        this.clock = new KernelClock(new BootClock(natives)::nanos, AgentAssembly::epochNanos);
    }

    void start(NodeAgentFactory.Purpose purpose) throws IOException {
        Resource base = BaseResource.create(environment, NodeIdentity.attributes(settings));
        CgroupHierarchy hierarchy = Attribution.hierarchy(settings);
        Attribution attribution = new Attribution(settings, hierarchy);
        BpfSession session = agent.owns(BpfSession.open(natives, KernelSettings.of(settings, hierarchy)));
        // After attaching, so that no cgroup falls between.
        attribution.walk();

        WorkloadResources resources = new WorkloadResources(base, attribution::names);
        EventOutlet outlet = outlet(resources);
        CanaryWatch canary = new CanaryWatch(new ExecCanary(natives), counters, System::nanoTime);
        // Closed in reverse: the rings' reader first, then the diagnoser that it feeds, then what still waits in there.
        BinfmtSide binfmt = new BinfmtSide(
                settings.get(Setting.PROC_ROOT),
                change -> outlet.publish(BinfmtEvents.of(change, resources, clock.nowEpochNanos())));
        binfmt.look();
        EventSide events = agent.owns(events(attribution, outlet, binfmt, canary));
        RingSide rings = agent.owns(new RingSide(natives, session, events.loop(), clock, errors, counters));
        DutyCycle diagnoserThread = agent.owns(
                new DutyCycle("nodevitals-diagnoser", events.loop(), events.loop()::wakeUp, errors::onThread));
        DutyCycle ringThread =
                agent.owns(new DutyCycle("nodevitals-ring", rings.agent(), rings::wakeUp, errors::onThread));
        SelfCheck check = new SelfCheck(
                natives, session, rings, canary, Map.of("ring", ringThread, "diagnoser", diagnoserThread));
        MissedCounts missed = new MissedCounts(session);
        StatusReader status = new StatusReader(
                identity(base, session), session, rings, missed, counters, check::reasons, outlet::exporter);
        CgroupTable cgroups = attribution.cgroups();
        RecordAccount damaged = new RecordAccount(rings, counters);
        Collector collector = agent.owns(collector(session, rings, events, cgroups, resources, memory -> {
            damaged.update(memory.unknownRecords());
            check.onSnapshot(memory);
            missed.refresh();
            List<MetricPoint> points = new ArrayList<>(
                    AgentSeries.points(status.read(), cgroups.unknown(), outlet.exports(), check.residuals()));
            points.addAll(BinfmtEvents.points(binfmt.states()));
            return points;
        }));
        rings.onNearlyFull(collector::refreshSoon);
        // The HTTP server asks on its only thread.
        agent.answersWith(
                status::read,
                () -> collector.snapshot(HTTP_PATIENCE),
                () -> OutcomeAccount.unbalanced(session.counters()),
                binfmt::states);

        diagnoserThread.start();
        ringThread.start();
        collector.start();
        if (purpose == NodeAgentFactory.Purpose.RUN) {
            // The first takes longest, and an HTTP request would not wait for it: it would get an empty page.
            collector.snapshot();
            outlet.exportTo(agent.owns(
                    OtlpPipeline.start(environment, collector, line -> LOG.log(System.Logger.Level.INFO, line))));
        }
        // Closed first: what still waits is reported while the exporter takes it.
        agent.owns(events::flush);
        collector.every(settings.get(Setting.CANARY_INTERVAL), check::sendCanaries);
        collector.every(SelfCheck.LINK_INTERVAL, check::checkLinks);
        collector.every(BINFMT_INTERVAL, binfmt::look);
    }

    private EventOutlet outlet(WorkloadResources resources) {
        return new EventOutlet(
                new OccurrenceEvents(clock, resources, settings.get(Setting.SPANS) != SpanMode.OFF),
                exitEvents(),
                sinks,
                counters);
    }

    private ProcScan scan() {
        return new ProcScan(
                settings.get(Setting.PROC_ROOT), settings.get(Setting.COMMAND_LINES) == CommandLines.ARGUMENTS);
    }

    private ReportedExits exitEvents() {
        return settings.get(Setting.EXIT_EVENTS) == ExitEvents.NONZERO ? ReportedExits.NONZERO : ReportedExits.NONE;
    }

    private EventSide events(Attribution attribution, EventOutlet outlet, HandlerLookup handlers, CanaryWatch canary)
            throws IOException {
        ProcScan scan = scan();
        ProcessRegistry registry = new ProcessRegistry(MAX_PROCESSES, scan.clockTickNanos());
        registry.addScanned(scan.scan());
        SafeFileOpener files =
                agent.owns(new SafeFileOpener(settings.get(Setting.PROC_ROOT).toString(), scan.clockTickNanos()));
        DiagnoserSettings diagnoserSettings = new DiagnoserSettings(
                Math.toIntExact(ProcessHandle.current().pid()),
                ExecCanary.PATH,
                natives.pageSize(),
                DiagnoserSettings.elfMachine(System.getProperty("os.arch")),
                settings.get(Setting.SPANS) == SpanMode.ALL ? ReportedExits.ALL : exitEvents());
        LifecycleTotals totals = new LifecycleTotals(MAX_WORKLOADS, MAX_SERIES);
        Diagnoser diagnoser = new Diagnoser(
                diagnoserSettings,
                registry,
                attribution,
                new ProcRootReader(registry, files),
                new ProgramOpener(files, settings.get(Setting.PROC_ROOT)),
                handlers,
                totals,
                outlet::accept,
                canary::seen);
        return new EventSide(attribution.cgroups(), diagnoser, totals, clock::nowBootNanos);
    }

    private StatusReader.Identity identity(Resource base, BpfSession session) {
        return new StatusReader.Identity(
                AgentVersion.current(),
                NodeIdentity.name(settings, base),
                session.features().release(),
                clock.nowEpochNanos());
    }

    private Collector collector(
            BpfSession session,
            RingSide rings,
            EventSide events,
            CgroupTable cgroups,
            WorkloadResources resources,
            Collector.AgentPoints agentPoints) {
        WorkloadSeries series = new WorkloadSeries(natives.pageSize(), resources, cgroups::workload);
        SignalFold signals = new SignalFold(session.signalCounts(), cgroups::isRemoved);
        LifecycleFold folds = new LifecycleFold(session.lifecycleFolds(), cgroups::isRemoved);
        FoldRepair repair =
                new FoldRepair(scan()::census, events::reconcile, cgroups::review, events::learn, clock::nowBootNanos);
        AddressSpaces spaces = addressSpaces();
        MemoryTotals memory = new MemoryTotals(spaces);
        Collector.Parts parts = new Collector.Parts(
                rings.handover(),
                rings::wakeUp,
                events.addressSpaces(),
                memory,
                new MemoryFoldMerge(new SessionFolds(session, rings.memory()), spaces, cgroups::isRemoved, memory),
                () -> events.snapshot(signals, folds, repair),
                series,
                agentPoints,
                new Housekeeper(cgroups, series, clock, events::retire, repair));
        return new Collector(parts, clock, counters);
    }

    private AddressSpaces addressSpaces() {
        Path proc = settings.get(Setting.PROC_ROOT);
        return new ProcAddressSpaces(new ProcLookup(proc, new ProcScan(proc).clockTickNanos()), natives.pageSize());
    }

    private static long epochNanos() {
        return ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now());
    }
}
