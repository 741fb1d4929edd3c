// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.experiments.ExperimentRun;
import dev.quad.experiments.Experiments;
import dev.quad.report.SelectionReport;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code quad experiment}. */
@Command(
        name = "experiment",
        description = "Measures a claim of the paper at a small size, with an interval, controls and a verdict.",
        customSynopsis = {"quad experiment NAME --tasks=DIR... --out=DIR [--quick] [OPTIONS]", "quad experiment --list"
        },
        footer = {
            "",
            "Prints the page of the experiment, and writes it to the output folder, NAME.md in quick or whole, with NAME.html to look"
                    + " at and NAME.json for programs. There is"
                    + " every point too: the same command goes on where it was stopped, and other experiments take the"
                    + " points that they share."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ExperimentCommand implements Callable<Integer> {
    @Parameters(arity = "0..1", paramLabel = "NAME", description = "The experiment; --list tells which there are.")
    private @Nullable String name;

    @Option(names = "--list", description = "Tell the names and the claims of all experiments, and do nothing else.")
    private boolean list;

    @Option(
            names = "--tasks",
            arity = "1..*",
            paramLabel = "DIR",
            description = "Folders with pool.jsonl, reference.jsonl and holdout/NAME.jsonl, which share no document."
                    + " Intervals are over these.")
    private List<Path> tasks = List.of();

    @Option(names = "--out", paramLabel = "DIR", description = "Folder for the points and the page.")
    private @Nullable Path out;

    @Option(names = "--quick", description = "Minutes instead of a night: small pools, two seeds.")
    private boolean quick;

    @Mixin
    private PageOption page;

    @Mixin
    private ThreadsOption threads;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        if (list) {
            Usage.check(
                    spec,
                    name == null && tasks.isEmpty() && out == null,
                    "--list does nothing else; leave out the rest");
            Experiments.claims().forEach((one, claim) -> System.out.printf("%-12s %s%n", one, claim));
            return Quad.DONE;
        }
        String asked = name;
        Path folder = out;
        if (asked == null || folder == null || tasks.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "needed are the NAME of an experiment, --tasks and --out; or --list");
        }
        Outputs.requireFolder(spec, folder);
        int count = threads.count(spec.commandLine());
        ExperimentRun run = run(asked);
        String text = IfStopped.again(() -> ThreadsOption.computing(count, () -> run.run(folder, Progress.standard())));
        System.out.print(text);
        if (page.isWanted()) {
            Path results = run.results(folder);
            SelectionReport.builder(results).write(results.resolveSibling(asked + ".html"));
        }
        return Quad.DONE;
    }

    private ExperimentRun run(String asked) {
        try {
            return ExperimentRun.of(asked, quick, tasks);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }
}
