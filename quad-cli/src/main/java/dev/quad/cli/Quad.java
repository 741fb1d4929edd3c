// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.QuadException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The {@code quad} command. */
@Command(
        name = "quad",
        description = "Decides which documents a language model should be trained on.",
        subcommands = {
            DemoCommand.class,
            SelectCommand.class,
            SampleCommand.class,
            EmbedCommand.class,
            ClusterCommand.class,
            EvaluateCommand.class,
            InspectCommand.class,
            TrainCommand.class
        },
        scope = ScopeType.INHERIT,
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = Quad.Version.class,
        footer = {
            "",
            "Results go to standard output, progress to standard error.",
            "Exit codes: 0 done, 1 bad input, 2 bad usage, 3 stopped before the budget."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class Quad implements Runnable {
    static final int DONE = 0;
    static final int BAD_INPUT = 1;
    static final int BAD_USAGE = 2;
    static final int BEFORE_BUDGET = 3;

    @Spec
    private CommandSpec spec;

    /** Starts the command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    static int run(String... arguments) {
        CommandLine line = new CommandLine(new Quad())
                .setExecutionExceptionHandler(Quad::failed)
                .setUsageHelpAutoWidth(true);
        try {
            return line.execute(ConfigFile.expand(line, arguments));
        } catch (ParameterException e) {
            line.getErr().println("quad: " + e.getMessage());
            return BAD_USAGE;
        } catch (QuadException e) {
            return failed(e, line, line.getParseResult());
        }
    }

    /** What is wrong with the input is said in one message; what is wrong with Quad comes with its trace. */
    private static int failed(Exception exception, CommandLine line, CommandLine.ParseResult parsed) {
        Throwable cause = exception instanceof UncheckedIOException unchecked ? unchecked.getCause() : exception;
        String message = Optional.ofNullable(exception.getMessage()).orElse(exception.toString());
        // by whoever wrapped the cause
        boolean said = exception instanceof UncheckedIOException && !message.equals(String.valueOf(cause));
        if (!said && cause instanceof NoSuchFileException) {
            message = cause.getMessage() + " is not there; check the name";
        } else if (!said && cause instanceof AccessDeniedException) {
            message = cause.getMessage() + " may not be read or written; check its permissions";
        }
        line.getErr().println("quad: " + message);
        if (!(exception instanceof QuadException) && !(cause instanceof IOException)) {
            exception.printStackTrace(line.getErr());
        }
        return BAD_INPUT;
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
