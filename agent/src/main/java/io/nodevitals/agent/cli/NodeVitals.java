// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import io.nodevitals.agent.config.AgentVersion;
import io.nodevitals.agent.config.Nearest;
import io.nodevitals.agent.config.SettingException;
import io.nodevitals.agent.http.HttpBindException;
import io.nodevitals.agent.runtime.AgentStartException;
import io.nodevitals.agent.runtime.NodeAgentFactory;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command {@code nodevitals} and its commands. Exit codes: 0 fine, 1 found a problem, 2 wrong usage, 3 could not check.
 * Whatever goes wrong is a sentence on stderr; --debug adds the stack trace.
 */
@Command(
        name = "nodevitals",
        description = "Why did this process die, why would this program not start, and where is the memory going?",
        versionProvider = NodeVitals.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Settings: a flag, else its NODEVITALS_* variable, else the default; 'nodevitals run --help' lists them.",
            "Export: the standard OTEL_* variables, such as OTEL_EXPORTER_OTLP_ENDPOINT.",
            "Exit codes: 0 fine, 1 found a problem, 2 wrong usage, 3 could not check."
        })
public final class NodeVitals implements Callable<Integer> {
    private static final int HELP_WIDTH = 120;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "This text.")
    boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "The version.")
    boolean version;

    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Shows the stack trace of a failure.")
    boolean debug;

    private final CommandContext context;

    private NodeVitals(CommandContext context) {
        this.context = context;
    }

    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"nodevitals " + AgentVersion.current()};
        }
    }

    /** Runs a command as this process and ends the process with its exit code. */
    public static void main(String[] arguments, NodeAgentFactory factory) {
        Shutdown shutdown = Shutdown.ofProcess();
        CommandContext context = new CommandContext(
                System.getenv(),
                System.out,
                System.err,
                Terminal.isStdout() && System.getenv("NO_COLOR") == null,
                factory,
                () -> HostFacts.read(
                        Path.of("/"),
                        System.getProperty("os.name", ""),
                        System.getProperty("os.version", ""),
                        System.getProperty("os.arch", "")),
                shutdown);
        int exitCode = execute(arguments, context);
        shutdown.finish(exitCode);
        System.exit(exitCode);
    }

    static int execute(String[] arguments, CommandContext context) {
        NodeVitals root = new NodeVitals(context);
        CommandLine commandLine = new CommandLine(root);
        for (Object command : List.of(
                new RunCommand(context),
                new TraceCommand(context),
                new DoctorCommand(context),
                new BinfmtCommand(context))) {
            CommandLine subcommand = new CommandLine(command);
            SettingsOptions.addTo(subcommand.getCommandSpec());
            commandLine.addSubcommand(subcommand);
        }
        commandLine.addSubcommand(new CommandLine(new InspectCommand(context)));
        commandLine.addSubcommand(new CommandLine.HelpCommand());
        commandLine
                .setOut(new PrintWriter(context.out(), true, Charset.defaultCharset()))
                .setErr(new PrintWriter(context.err(), true, Charset.defaultCharset()))
                .setExpandAtFiles(false)
                .setUsageHelpWidth(HELP_WIDTH)
                .setParameterExceptionHandler((e, given) -> root.wrongUsage(e))
                .setExecutionExceptionHandler((e, command, parsed) -> root.fail(e));
        return commandLine.execute(arguments);
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(context.err());
        return ExitCode.WRONG_USAGE;
    }

    private int wrongUsage(ParameterException e) {
        CommandLine command = e.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        String sentence = e instanceof UnmatchedArgumentException unmatched
                        && !unmatched.getUnmatched().isEmpty()
                ? unmatched(command, unmatched.getUnmatched().get(0))
                : asSentence(String.valueOf(e.getMessage()));
        return say(ExitCode.WRONG_USAGE, sentence + " See '" + name + " --help'.", e);
    }

    // The parser's own messages begin and end as they like.
    private static String asSentence(String message) {
        String text = message.strip();
        String capitalised = text.isEmpty() ? text : text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
        return capitalised.endsWith(".") || capitalised.endsWith("?") ? capitalised : capitalised + ".";
    }

    private static String unmatched(CommandLine command, String given) {
        boolean option = given.startsWith("-");
        String word = option && given.indexOf('=') > 0 ? given.substring(0, given.indexOf('=')) : given;
        Collection<String> known = new ArrayList<>(
                option
                        ? command.getCommandSpec().optionsMap().keySet()
                        : command.getSubcommands().keySet());
        String what = (option ? "Unknown option '" : known.isEmpty() ? "Unexpected word '" : "Unknown command '")
                + Terminal.safe(word) + "'";
        return Nearest.to(word, known)
                .map(near -> what + ": did you mean " + near + "?")
                .orElse(what + ".");
    }

    private int fail(Exception e) {
        if (e instanceof CommandFailure failure) {
            return say(failure.exitCode(), String.valueOf(e.getMessage()), e);
        }
        if (e instanceof SettingException) {
            return say(ExitCode.WRONG_USAGE, String.valueOf(e.getMessage()), e);
        }
        if (e instanceof AgentStartException failure) {
            int exitCode = switch (failure.kind()) {
                case USAGE -> ExitCode.WRONG_USAGE;
                case ENVIRONMENT -> ExitCode.FOUND_PROBLEM;
                case OCCUPIED -> ExitCode.COULD_NOT_CHECK;
            };
            return say(exitCode, String.valueOf(e.getMessage()), e);
        }
        if (e instanceof HttpBindException) {
            return say(ExitCode.FOUND_PROBLEM, String.valueOf(e.getMessage()), e);
        }
        return say(ExitCode.FOUND_PROBLEM, "Unexpected: " + e + ". This is a bug; --debug shows where.", e);
    }

    private int say(int exitCode, String sentence, Exception e) {
        context.err().println("nodevitals: " + Terminal.safe(sentence));
        if (debug) {
            e.printStackTrace(context.err());
        }
        return exitCode;
    }
}
