// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import io.nodevitals.agent.program.Inspection;
import io.nodevitals.agent.program.Inspection.Outcome;
import io.nodevitals.agent.program.NodeFacts;
import io.nodevitals.agent.program.ProgramInspector;
import io.nodevitals.agent.program.ProgramInspector.Caller;
import io.nodevitals.agent.runtime.DirectoryRoot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Whether programs would start, without starting them. */
@Command(
        name = "inspect",
        description = {
            "Would this program start, in this root file system, on this node?",
            "Reads what exec and the program's own loader would read; runs nothing and needs no privileges.",
            "Exit codes: 0 all start, 1 something would not, 2 wrong usage, 3 something could not be checked."
        },
        sortOptions = false)
final class InspectCommand implements Callable<Integer> {
    private final CommandContext context;

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "This text.")
    boolean help;

    @Parameters(arity = "0..1", paramLabel = "PATH", description = "The program, as its root file system names it.")
    @Nullable
    String path;

    @Option(
            names = "--root",
            paramLabel = "DIR",
            description = "Its root file system, such as an unpacked image. Default: /")
    @Nullable
    String root;

    @Option(names = "--all", paramLabel = "DIR", description = "Every program in an unpacked image.")
    @Nullable
    String all;

    @Option(names = "--user", paramLabel = "UID:GID", description = "Who would start it. Default: 0:0")
    @Nullable
    String user;

    @Option(
            names = "--path",
            paramLabel = "PATH",
            description = "The PATH by which scripts find their interpreter through env.")
    @Nullable
    String searchPath;

    @Option(names = "--json", description = "A JSON object per program.")
    boolean json;

    InspectCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws CommandFailure {
        String program = path;
        String image = all;
        if ((program == null) == (image == null)) {
            throw new ParameterException(spec.commandLine(), "Give either a PATH or --all DIR.");
        }
        if (image != null && root != null) {
            throw new ParameterException(spec.commandLine(), "--all DIR is its own root: leave --root out.");
        }
        String directory = image != null ? image : root != null ? root : "/";
        NodeFacts node = NodeFacts.read(Path.of("/proc"), System.getProperty("os.arch", ""));
        try (DirectoryRoot view = new DirectoryRoot(Path.of(directory))) {
            ProgramInspector inspector = new ProgramInspector(node, view, caller());
            return program != null
                    ? one(inspector.inspect(inRoot(program)))
                    : new ImageInspection(inspector, view, this::print).run(context, json);
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.COULD_NOT_CHECK, "Cannot look into " + directory + ": " + e.getMessage() + ".", e);
        }
    }

    // Without --root, a relative path is the shell's; with it, there is only the root to start from.
    private String inRoot(String program) {
        String absolute = root == null ? Path.of(program).toAbsolutePath().toString() : program;
        return new String(absolute.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private int one(Inspection inspection) {
        print(inspection);
        if (!json) {
            InspectionText.details(inspection).forEach(context.out()::println);
        }
        return exitCode(inspection.outcome());
    }

    private void print(Inspection inspection) {
        context.out().println(json ? InspectionText.json(inspection) : InspectionText.line(inspection));
    }

    static int exitCode(Outcome outcome) {
        return switch (outcome) {
            case STARTS -> ExitCode.FINE;
            case EXEC_FAILS, LOADER_FAILS -> ExitCode.FOUND_PROBLEM;
            case NOT_A_PROGRAM, UNCHECKED -> ExitCode.COULD_NOT_CHECK;
        };
    }

    private Caller caller() {
        String path = searchPath == null ? Caller.ROOT.path() : searchPath;
        String given = user == null ? "0:0" : user;
        if (!given.matches("[0-9]{1,10}(:[0-9]{1,10})?")) {
            throw new ParameterException(
                    spec.commandLine(), "--user is '" + given + "' but must be UID or UID:GID, as numbers.");
        }
        int colon = given.indexOf(':');
        long userId = Long.parseLong(colon < 0 ? given : given.substring(0, colon));
        return new Caller(userId, colon < 0 ? userId : Long.parseLong(given.substring(colon + 1)), path);
    }
}
