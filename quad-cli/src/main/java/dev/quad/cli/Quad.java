// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.files.TemporaryFolder;
import dev.quad.files.Visible;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionStrategy;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code quad} command. */
@Command(
        name = "quad",
        description = "Decides which documents a language model should be trained on.",
        subcommands = {
            DemoCommand.class,
            SelectCommand.class,
            ScoreCommand.class,
            SampleCommand.class,
            EmbedCommand.class,
            ClusterCommand.class,
            EvaluateCommand.class,
            CompareCommand.class,
            ReportCommand.class,
            ExperimentCommand.class,
            InspectCommand.class,
            CheckModelCommand.class,
            CheckScoresCommand.class,
            RecallCommand.class,
            TrainCommand.class,
            DoctorCommand.class
        },
        scope = ScopeType.INHERIT,
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = Quad.Version.class,
        footer = {
            "",
            "Results go to standard output, progress to standard error.",
            "Exit codes: 0 done, 1 bad input, 2 bad usage, 3 stopped before the budget, 130 Ctrl-C, 141 nobody read the"
                    + " output to its end."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class Quad implements Runnable {
    static final int DONE = 0;
    static final int BAD_INPUT = 1;
    static final int BAD_USAGE = 2;
    static final int BEFORE_BUDGET = 3;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--progress",
            scope = ScopeType.INHERIT,
            paramLabel = "FORM",
            converter = Progress.ToForm.class,
            description =
                    "Progress on standard error: text, or json, an event a line for other programs. Default: text.")
    void tell(Progress.Form form) {
        Progress.tell(form);
    }

    /** Starts the command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        System.exit(run(Console.ofProcess(), Quad::inOwnFolder, arguments));
    }

    /** Runs in this process, with its standard streams as they are. */
    static int run(String... arguments) {
        return run(Console.over(System.out, System.err), arguments);
    }

    static int run(Console console, String... arguments) {
        return run(console, parsed -> new CommandLine.RunLast().execute(parsed), arguments);
    }

    private static int run(Console console, IExecutionStrategy strategy, String... arguments) {
        Progress.reset();
        if (arguments.length > 0 && arguments[0].equals("help")) {
            List<String> asked = new ArrayList<>(List.of(arguments).subList(1, arguments.length));
            asked.add("--help");
            return run(console, strategy, asked.toArray(String[]::new));
        }
        return console.during(() -> {
            try {
                CommandLine line = line(console, arguments).setExecutionStrategy(strategy);
                requireKnown(line, arguments);
                return line.execute(ConfigFile.expand(line, arguments));
            } catch (ParameterException e) {
                return misused(e, arguments);
            } catch (Exception | Error e) {
                return failed(e);
            }
        });
    }

    private static CommandLine line(Console console, String... given) {
        return Numbers.register(new CommandLine(new Quad()))
                .registerConverter(Path.class, new FileName.ToPath())
                .setExpandAtFiles(false) // @ begins the names of some files
                .setParameterExceptionHandler((e, all) -> misused(e, given))
                .setExecutionExceptionHandler((e, line, parsed) -> failed(e))
                .setUsageHelpAutoWidth(true)
                .setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8));
    }

    /**
     * Lets the libraries of this process unpack into a folder that goes with it. Before any of them is loaded, since
     * they look for the place once.
     */
    private static int inOwnFolder(ParseResult parsed) {
        Path place = parsed.hasSubcommand()
                ? parsed.subcommand().matchedOptionValue(TempOption.NAME, TempOption.standard())
                : TempOption.standard();
        System.setProperty(TempOption.PLACE, place.toString());
        TemporaryFolder folder;
        try {
            folder = TemporaryFolder.in(place);
        } catch (UncheckedIOException e) {
            return new CommandLine.RunLast().execute(parsed); // not every command needs one
        }
        try (folder) {
            System.setProperty("java.io.tmpdir", folder.path().toString());
            return new CommandLine.RunLast().execute(parsed);
        }
    }

    private static int failed(Throwable thrown) {
        Failure.of(thrown).print(System.err);
        return BAD_INPUT;
    }

    /** An option that is misspelt must not be taken for a file of the option before it. */
    private static void requireKnown(CommandLine line, String... arguments) {
        CommandLine command =
                arguments.length == 0 ? null : line.getSubcommands().get(arguments[0]);
        if (command == null) {
            return;
        }
        Set<String> known = command.getCommandSpec().optionsMap().keySet();
        for (String argument : List.of(arguments).subList(1, arguments.length)) {
            if (argument.equals("--")) {
                return;
            }
            String name = argument.split("=", 2)[0];
            if (name.startsWith("--") && !known.contains(name)) {
                throw new ParameterException(
                        command,
                        name + " is no option of " + command.getCommandSpec().qualifiedName() + "; the nearest is "
                                + Nearest.to(name, known, 1).get(0) + ", and a file of that name is given as ./"
                                + name);
            }
        }
    }

    private static int misused(ParameterException e, String... arguments) {
        CommandLine line = e.getCommandLine();
        String place = e.getArgSpec() == null || e instanceof MissingParameterException
                ? ""
                : ConfigFile.before(e.getArgSpec(), arguments);
        line.getErr().println("quad: " + Visible.line(place + e.getMessage()));
        if (e.getCause() instanceof TypeConversionException && e.getCause().getCause() != null) {
            line.getErr().print(Failure.trace(e.getCause().getCause())); // of a class of the user's
        }
        UnmatchedArgumentException.printSuggestions(e, line.getErr());
        line.getErr().println("quad: " + line.getCommandSpec().qualifiedName() + " --help tells what can be given");
        return BAD_USAGE;
    }

    @Override
    public void run() {
        spec.commandLine().usage(System.out);
    }

    static String version() {
        return Optional.ofNullable(Quad.class.getPackage().getImplementationVersion())
                .orElse("development");
    }

    /** The version in the jar's manifest. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"quad " + version()};
        }
    }
}
