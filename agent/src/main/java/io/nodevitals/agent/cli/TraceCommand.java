// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import io.nodevitals.agent.config.Quantities;
import io.nodevitals.agent.config.Setting;
import io.nodevitals.agent.config.Settings;
import io.nodevitals.agent.counter.AgentCounters;
import io.nodevitals.agent.runtime.NodeAgent;
import io.nodevitals.agent.runtime.NodeAgentFactory.Purpose;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Events as they happen: from the agent that runs here, else from probes attached for the while. */
@Command(
        name = "trace",
        description = {
            "Prints a line per event as it happens.",
            "When an agent runs on this machine, its events are shown; otherwise probes are attached for the while."
        },
        sortOptions = false)
final class TraceCommand implements Callable<Integer> {
    private final CommandContext context;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "This text.")
    boolean help;

    @Option(
            names = "--json",
            description = "A JSON object per line: the OTLP attributes by name, and time, event, summary.")
    boolean json;

    @Option(
            names = "--events",
            split = ",",
            paramLabel = "NAME",
            description = "Only these events, such as nodevitals.exec.failed,nodevitals.oom.killed.")
    @Nullable
    List<String> events;

    @Option(names = "--pod", paramLabel = "UID", description = "Only events of this pod.")
    @Nullable
    String pod;

    @Option(names = "--duration", paramLabel = "TIME", description = "Ends after this long, such as 10s or 5m.")
    @Nullable
    String duration;

    TraceCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws Exception {
        Settings settings = SettingsOptions.read(spec, context.environment());
        TraceFilter filter = TraceFilter.of(events, pod);
        Duration limit = limit();
        Optional<InputStream> stream = new AgentClient(settings.get(Setting.HTTP_ADDRESS)).stream();
        return stream.isPresent() ? follow(stream.get(), filter, limit) : attach(settings, filter, limit);
    }

    private int follow(InputStream stream, TraceFilter filter, Duration limit) throws Exception {
        context.err().println("Following the agent that runs here.");
        StreamReader reader = new StreamReader(stream, context.err());
        context.shutdown().onStop(reader::stop);
        return reader.read(limit, line -> {
            if (filter.accepts(line)) {
                context.out().println(format(line));
            }
            return !context.out().checkError();
        });
    }

    private int attach(Settings settings, TraceFilter filter, Duration limit) throws Exception {
        Preconditions.require(context.host().get());
        CountDownLatch stop = new CountDownLatch(1);
        ConsolePrinter printer = new ConsolePrinter(
                context.out(),
                event ->
                        Optional.of(EventLine.of(event)).filter(filter::accepts).map(this::format),
                stop::countDown);
        try (printer;
                NodeAgent agent =
                        context.factory().start(Purpose.TRACE, settings, List.of(printer), new AgentCounters())) {
            context.shutdown().onStop(stop::countDown);
            context.err()
                    .println("No agent runs here: " + agent.status().attachedProbes() + " of "
                            + agent.status().probes().size() + " probes attached for the while.");
            printer.start();
            closeAfter(limit, stop, agent::close);
            Throwable failure = agent.awaitStop();
            stop.countDown();
            if (failure != null) {
                throw new CommandFailure(
                        ExitCode.FOUND_PROBLEM,
                        "Tracing stopped by itself (" + failure + "); --debug shows where.",
                        failure);
            }
            return ExitCode.FINE;
        }
    }

    // Detaching may take a moment: neither the printer nor the process's stop hook should wait in it.
    private static void closeAfter(Duration limit, CountDownLatch stop, Runnable close) {
        Thread closer = new Thread(
                () -> {
                    try {
                        stop.await(limit.toNanos(), TimeUnit.NANOSECONDS);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    close.run();
                },
                "nodevitals-closer");
        closer.setDaemon(true);
        closer.start();
    }

    private String format(EventLine line) {
        return json ? line.json() : line.text();
    }

    private Duration limit() throws CommandFailure {
        if (duration == null) {
            return Duration.ofNanos(Long.MAX_VALUE);
        }
        try {
            return Quantities.parseDuration(duration);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(
                    ExitCode.WRONG_USAGE,
                    "--duration is '" + duration + "' but must be a time, such as 500ms, 10s, 5m or 1h.",
                    e);
        }
    }
}
