// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import io.nodevitals.agent.binfmt.BinfmtHandler;
import io.nodevitals.agent.config.Setting;
import io.nodevitals.agent.config.Settings;
import io.nodevitals.agent.http.BinfmtJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The kernel's handlers of foreign program formats: which there are, which are missing, and how to put them back. */
@Command(
        name = "binfmt",
        description = {
            "Lists the kernel's handlers of foreign program formats (binfmt_misc), and those that are missing: what a running"
                    + " agent has seen go, and what binfmt.d names and is not registered.",
            "Exit code: 0 all are there, 1 one is missing or switched off, 3 it could not be checked."
        },
        sortOptions = false)
final class BinfmtCommand implements Callable<Integer> {
    private final CommandContext context;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "This text.")
    boolean help;

    @Option(names = "--json", description = "One JSON object, as /api/v1/binfmt has it.")
    boolean json;

    @Option(
            names = "--restore",
            description =
                    "Registers and switches on again what is missing. On the host as root; from a container it only says"
                            + " what to run there.")
    boolean restore;

    BinfmtCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws Exception {
        Settings settings = SettingsOptions.read(spec, context.environment());
        BinfmtReport report = read(settings);
        if (!report.mounted()) {
            throw new CommandFailure(
                    ExitCode.COULD_NOT_CHECK,
                    "binfmt_misc is not mounted, so its handlers cannot be seen: mount -t binfmt_misc binfmt_misc "
                            + report.directory(),
                    null);
        }
        if (restore && !report.missing().isEmpty()) {
            return restore(settings, report);
        }
        if (json) {
            context.out().println(BinfmtJson.toJson(report.states()));
        } else {
            report.lines().forEach(line -> context.out().println(Terminal.safe(line)));
        }
        return report.missing().isEmpty() ? ExitCode.FINE : ExitCode.FOUND_PROBLEM;
    }

    private static BinfmtReport read(Settings settings) throws IOException, InterruptedException {
        return BinfmtReport.read(
                settings.get(Setting.PROC_ROOT),
                Path.of("/"),
                new AgentClient(settings.get(Setting.HTTP_ADDRESS)).binfmt().orElse(List.of()));
    }

    private int restore(Settings settings, BinfmtReport report) throws Exception {
        if (!isOnHost(settings.get(Setting.PROC_ROOT))) {
            context.out()
                    .println(
                            "This is not the host's own file system, so nothing was changed. Run on the host, as root:");
            report.missing().forEach(missing -> context.out().println("  " + Terminal.safe(missing.command())));
            return ExitCode.FOUND_PROBLEM;
        }
        List<String> failures = new ArrayList<>();
        for (BinfmtReport.Missing missing : report.missing()) {
            try {
                // One write is one registration: the kernel takes no part of it.
                Files.write(missing.file(), missing.text().getBytes(StandardCharsets.ISO_8859_1));
            } catch (IOException e) {
                failures.add(missing.name() + " (" + e.getMessage() + ")");
            }
        }
        BinfmtReport after = read(settings);
        after.lines().forEach(line -> context.out().println(Terminal.safe(line)));
        if (after.missing().isEmpty()) {
            return ExitCode.FINE;
        }
        throw new CommandFailure(
                ExitCode.FOUND_PROBLEM,
                "Not restored: "
                        + (failures.isEmpty()
                                ? String.join(
                                        ", ",
                                        after.missing().stream()
                                                .map(BinfmtReport.Missing::name)
                                                .toList())
                                : String.join(", ", failures))
                        + ". It takes root, and the interpreter has to be there.",
                null);
    }

    /** A container has a mount namespace of its own; what is registered there is for it, or nobody. */
    private static boolean isOnHost(Path proc) {
        try {
            return Files.readSymbolicLink(proc.resolve("self/ns/mnt"))
                    .equals(Files.readSymbolicLink(proc.resolve("1/ns/mnt")));
        } catch (IOException e) {
            return false;
        }
    }

    static String describe(BinfmtHandler handler) {
        String what = handler.extension() != null
                ? "files *." + handler.extension()
                : "magic " + handler.magic() + (handler.offset() == 0 ? "" : " at " + handler.offset());
        return handler.interpreter() + (handler.flags().isEmpty() ? "" : "  flags " + handler.flags()) + "  " + what;
    }
}
