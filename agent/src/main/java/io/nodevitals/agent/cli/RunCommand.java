// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import io.nodevitals.agent.binfmt.BinfmtState;
import io.nodevitals.agent.config.AgentVersion;
import io.nodevitals.agent.config.Setting;
import io.nodevitals.agent.config.Settings;
import io.nodevitals.agent.counter.AgentCounters;
import io.nodevitals.agent.http.AgentView;
import io.nodevitals.agent.http.HttpServer;
import io.nodevitals.agent.runtime.NodeAgent;
import io.nodevitals.agent.runtime.NodeAgentFactory.NodeClaim;
import io.nodevitals.agent.runtime.NodeAgentFactory.Purpose;
import io.nodevitals.agent.source.AgentStatus;
import io.nodevitals.otel.model.TelemetrySnapshot;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The agent. */
@Command(
        name = "run",
        description = {
            "Runs the agent until it is told to stop (SIGTERM, Ctrl-C).",
            "Prints a line for each process that ended badly, each program that would not start and each OOM kill. Serves a"
                    + " page, an API and /metrics. Exports by OTLP when the standard OTEL_* variables name an endpoint."
        },
        sortOptions = false)
final class RunCommand implements Callable<Integer> {
    private static final Duration STATUS_INTERVAL = Duration.ofSeconds(60);

    private final CommandContext context;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "This text.")
    boolean help;

    RunCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    @SuppressWarnings("try") // The claim is there to be held.
    public Integer call() throws Exception {
        Settings settings = SettingsOptions.read(spec, context.environment());
        HostFacts host = context.host().get();
        Preconditions.require(host);
        AgentCounters counters = new AgentCounters();
        // First: a port that is taken says less than that another agent has it.
        try (NodeClaim claim = context.factory().claim(settings);
                HttpServer server = HttpServer.start(settings, starting(settings, host), counters)) {
            return runBehind(server, settings, counters);
        }
    }

    private int runBehind(HttpServer server, Settings settings, AgentCounters counters) throws Exception {
        // A closed stdout is no reason for a daemon to stop.
        ConsolePrinter printer = new ConsolePrinter(
                context.out(), event -> Optional.of(EventLine.of(event).text()), () -> {});
        try (printer;
                NodeAgent agent = context.factory().start(Purpose.RUN, settings, List.of(printer, server), counters)) {
            server.show(new AgentView() {
                @Override
                public AgentStatus status() {
                    return agent.status();
                }

                @Override
                public TelemetrySnapshot snapshot() {
                    return agent.snapshot();
                }

                @Override
                public List<BinfmtState> binfmt() {
                    return agent.binfmt();
                }
            });
            context.shutdown().onStop(agent::close);
            context.out().println(StatusLine.ofStart(agent.status(), url(server.httpAddress())));
            server.metricsAddress()
                    .ifPresent(address -> context.out().println("/metrics and health alone: " + url(address)));
            printer.start(STATUS_INTERVAL, () -> StatusLine.ofNow(agent.status()));
            Throwable failure = agent.awaitStop();
            if (failure != null) {
                throw new CommandFailure(
                        ExitCode.FOUND_PROBLEM,
                        "The agent stopped by itself (" + failure + "); --debug shows where.",
                        failure);
            }
        }
        context.out().println("Stopped; every probe is detached.");
        return ExitCode.FINE;
    }

    private static AgentView starting(Settings settings, HostFacts host) {
        Instant now = Instant.now();
        long epochNanos = now.getEpochSecond() * 1_000_000_000L + now.getNano();
        AgentStatus status = AgentStatus.starting(
                AgentVersion.current(), settings.get(Setting.NODE_NAME).orElse(""), host.kernelRelease(), epochNanos);
        TelemetrySnapshot empty = new TelemetrySnapshot(epochNanos, epochNanos, List.of());
        return new AgentView() {
            @Override
            public AgentStatus status() {
                return status;
            }

            @Override
            public TelemetrySnapshot snapshot() {
                return empty;
            }
        };
    }

    private static String url(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return "http://" + (host.indexOf(':') >= 0 ? '[' + host + ']' : host) + ':' + address.getPort() + '/';
    }
}
