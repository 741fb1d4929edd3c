// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.pipeline.Chosen;
import dev.quad.pipeline.Comparison;
import dev.quad.pipeline.Evaluation;
import dev.quad.pipeline.QuadPipeline;
import dev.quad.report.SelectionReport;
import dev.quad.text.ReadListener;
import dev.quad.text.RejectFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code quad compare}. */
@Command(
        name = "compare",
        description = "Lets several methods choose from a pool, and measures on documents that were held out what their"
                + " choices are worth, as quad evaluate does.",
        customSynopsis =
                "quad compare --pool=FILE... --reference=FILE... --holdout=FILE... --methods=NAME... --out=DIR (--budget-tokens=N | --budget-documents=N) [OPTIONS]",
        footer = {
            "",
            "Writes to the output folder: NAME.jsonl.gz, what a method chose, and NAME.json, what that took;"
                    + " comparison.json and comparison.csv, and report.html for people. The same command goes on where it was stopped, and takes more"
                    + " methods."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class CompareCommand implements Callable<Integer> {
    @Mixin
    private PoolOption pool;

    @Option(
            names = "--reference",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = "Documents to choose for: " + InputOptions.FILES)
    private List<Path> reference;

    @Option(
            names = "--holdout",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = "Documents of the same kind to measure on, none of which is in the reference.")
    private List<Path> holdout;

    @Option(
            names = "--methods",
            required = true,
            arity = "1..*",
            split = ",",
            paramLabel = "NAME",
            description =
                    "Methods, separated by commas: random; quad, which chooses by coverage as quad select does; rounds, of its bandit over clusters; and those of --method of quad score, such as dsir,"
                            + " moore-lewis, classifier, cosine or betr.")
    private List<String> methods;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "Folder for the results; new, empty, or that of the same comparison.")
    private Path out;

    @ArgGroup(validate = false)
    private BudgetOption budget = new BudgetOption();

    @Option(
            names = "--against",
            paramLabel = "NAME",
            description = "The method that the others are compared with. Default: random, or else the first.")
    private @Nullable String against;

    @Option(
            names = "--proxy-tokens",
            paramLabel = "N",
            description = "Tokens that the proxy of rounds is trained on. Default: ${DEFAULT-VALUE}.")
    private long proxyTokens = QuadPipeline.DEFAULT_PROXY_TOKENS;

    @Option(
            names = "--common-tokens",
            paramLabel = "N",
            description = "Tokens of the pool that the common model is trained on. Default: ${DEFAULT-VALUE}.")
    private long commonTokens = Evaluation.DEFAULT_COMMON_TOKENS;

    @Option(
            names = "--tokens",
            paramLabel = "N",
            description = "Tokens to train on; what is smaller is repeated. Default: those of the smallest part.")
    private long tokens;

    @Option(
            names = "--seeds",
            paramLabel = "N",
            description = "Number of seeds of the training. Default: ${DEFAULT-VALUE}.")
    private int seeds = Evaluation.DEFAULT_SEEDS;

    @Option(
            names = "--forget",
            arity = "1..*",
            paramLabel = "FILE",
            description = "Other sets to measure the loss on, each a file, a folder or a pattern.")
    private List<Path> forget = List.of();

    @Mixin
    private SeedOption seed;

    @Mixin
    private ConfigOption config;

    @Mixin
    private InputOptions input;

    @Mixin
    private PageOption page;

    @Mixin
    private ThreadsOption threads;

    @Spec
    private CommandSpec spec;

    /** What is read first; the evaluation reads the pool again. */
    private static final Set<String> OWN = Set.of("pool", "reference");

    private final Taken taken = new Taken(Progress.standard());

    @Override
    public Integer call() throws Exception {
        Outputs.requireFolder(spec, out);
        Usage.check(
                spec,
                seeds >= 1 && tokens >= 0 && commonTokens >= 1 && proxyTokens >= 1,
                "--seeds is " + seeds + ", --tokens " + tokens + ", --common-tokens " + commonTokens
                        + " and --proxy-tokens " + proxyTokens + "; allowed are 1 or more, and for --tokens 0");
        Usage.check(
                spec,
                against == null || methods.contains(against),
                "--against is " + against + "; allowed is one of --methods");
        Outputs outputs =
                Outputs.beside(pool.files(), reference, holdout, forget).and(config.file());
        if (input.rejects().isPresent()) {
            outputs.stream(input.rejects().get());
        }
        int count = threads.count(spec.commandLine());
        try (RejectFile rejects = new RejectFile(input.rejects().orElse(Path.of("")))) {
            ReadListener skipped = input.rejects().isPresent() ? rejects : ReadListener.NONE;
            Comparison.Builder builder =
                    builder(purpose -> taken.listening(purpose, OWN.contains(purpose) ? skipped : ReadListener.NONE));
            Comparison comparison = IfStopped.again(() -> ThreadsOption.computing(count, () -> builder.run(out)));
            rejects.commit();
            print(comparison);
            if (page.isWanted()) {
                SelectionReport.builder(out)
                        .input(input.jsonl(), input.jsonl())
                        .temporary(TempOption.standard())
                        .write(out.resolve(PageOption.FILE));
            }
        }
        return Quad.DONE;
    }

    private Comparison.Builder builder(Function<String, ReadListener> reading) {
        try {
            Comparison.Builder builder = Comparison.builder(pool.files(), reference, holdout)
                    .methods(methods.toArray(String[]::new))
                    .budget(budget.get())
                    .seed(seed.seed())
                    .rounds(rounds -> rounds.proxy(proxyTokens))
                    .referee(referee -> referee.common(pool.files(), commonTokens)
                            .tokens(tokens)
                            .seeds(seeds)
                            .forget(forget))
                    .input(input.jsonl(), reading)
                    .listener(Progress.standard());
            return against == null ? builder : builder.against(against);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private void print(Comparison comparison) {
        List<Chosen> chosen = comparison.chosen();
        Evaluation evaluation = comparison.evaluation();
        List<String> names = chosen.stream().map(Chosen::method).toList();
        new EvaluationTable(evaluation, names, "method").print(System.out);
        System.out.println();
        System.out.println("what was chosen");
        EvaluationTable.table(
                System.out,
                names,
                "method",
                List.of(
                        column("documents", f -> number("%,d", chosen.get(f).documents())),
                        column("tokens", f -> number("%,d", chosen.get(f).tokens())),
                        column("duplicates", f -> number("%,d", chosen.get(f).duplicates())),
                        column(
                                "near-duplicates",
                                f -> number("%,d", chosen.get(f).nearDuplicates())),
                        column(
                                "effective clusters",
                                f -> number("%.1f", chosen.get(f).effectiveClusters())),
                        column(
                                "Tflop",
                                f -> chosen.get(f).operations().isPresent()
                                        ? number(
                                                "%.3f",
                                                chosen.get(f).operations().getAsDouble() / 1e12)
                                        : ""),
                        column("seconds", f -> number("%.1f", chosen.get(f).seconds()))));
    }

    private static EvaluationTable.Column column(String title, IntFunction<String> cell) {
        return new EvaluationTable.Column(title, cell);
    }

    private static String number(String format, Object value) {
        return String.format(Locale.ROOT, format, value);
    }
}
