// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import io.nodevitals.agent.config.Setting;
import io.nodevitals.agent.config.Settings;
import io.nodevitals.agent.counter.AgentCounters;
import io.nodevitals.agent.runtime.AgentStartException;
import io.nodevitals.agent.runtime.NodeAgent;
import io.nodevitals.agent.runtime.NodeAgentFactory.Purpose;
import io.nodevitals.agent.source.AgentStatus;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What this kernel and these privileges allow, probe by probe. */
@Command(
        name = "doctor",
        description = {
            "Says what this kernel and these privileges allow, probe by probe, and what would help.",
            "When an agent runs on this machine, it is asked; otherwise the probes are attached for a moment.",
            "Exit code: 0 every probe is attached, 1 one is not, 3 it could not be checked."
        },
        sortOptions = false)
final class DoctorCommand implements Callable<Integer> {
    private final CommandContext context;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "This text.")
    boolean help;

    @Option(names = "--json", description = "One JSON object.")
    boolean json;

    DoctorCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws Exception {
        Settings settings = SettingsOptions.read(spec, context.environment());
        HostFacts host = context.host().get();
        DoctorReport report = examine(settings, host);
        context.out().println(json ? report.toJson() : report.toText(context.coloured()));
        return report.exitCode();
    }

    private DoctorReport examine(Settings settings, HostFacts host) throws InterruptedException {
        Optional<AgentStatus> running = new AgentClient(settings.get(Setting.HTTP_ADDRESS)).status();
        if (running.isPresent()) {
            return DoctorReport.ofStatus(host, running.get(), "asked the agent that runs here");
        }
        HostFacts.Check problem = host.firstProblem();
        if (problem != null && problem.problem() != null) {
            int exitCode = problem.preventsChecking() ? ExitCode.COULD_NOT_CHECK : ExitCode.FOUND_PROBLEM;
            return DoctorReport.ofProblem(host, problem.problem(), exitCode);
        }
        try (NodeAgent agent = context.factory().start(Purpose.DOCTOR, settings, List.of(), new AgentCounters())) {
            return DoctorReport.ofStatus(host, agent.status(), "attached for a moment");
        } catch (AgentStartException e) {
            int exitCode = e.kind() == AgentStartException.Kind.USAGE ? ExitCode.WRONG_USAGE : ExitCode.FOUND_PROBLEM;
            return DoctorReport.ofProblem(host, String.valueOf(e.getMessage()), exitCode);
        }
    }
}
