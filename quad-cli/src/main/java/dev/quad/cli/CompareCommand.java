// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.files.OutputLock;
import dev.quad.pipeline.Chosen;
import dev.quad.pipeline.Comparison;
import dev.quad.pipeline.Evaluation;
import dev.quad.pipeline.ModelTokenizer;
import dev.quad.pipeline.QuadPipeline;
import dev.quad.report.SelectionReport;
import dev.quad.text.ReadListener;
import dev.quad.text.RejectFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
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
                            + " moore-lewis, classifier, cosine, betr or color-filter.")
    private List<String> methods;

    @Option(
            names = "--scores",
            paramLabel = "NAME=FILE",
            description =
                    "A method of that name more: the best by scores of the pool in a file, such as quad score writes, matched by id"
                            + " (--id-field).")
    private Map<String, Path> scores = new LinkedHashMap<>();

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

    @Mixin
    private RefereeOptions referee;

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
        Usage.check(spec, proxyTokens >= 1, "--proxy-tokens is " + proxyTokens + "; allowed is 1 or more");
        referee.check(spec);
        Usage.check(
                spec,
                against == null || methods.contains(against) || scores.containsKey(against),
                "--against is " + against + "; allowed is one of --methods and --scores");
        Outputs outputs = Outputs.beside(
                        pool.files(), reference, holdout, referee.forget(), List.copyOf(scores.values()))
                .and(config.file());
        if (input.rejects().isPresent()) {
            outputs.stream(input.rejects().get());
        }
        int count = threads.count(spec.commandLine());
        try (ModelTokenizer tokens = referee.tokenizer();
                RejectFile rejects = new RejectFile(input.rejects().orElse(Path.of("")))) {
            ReadListener skipped = input.rejects().isPresent() ? rejects : ReadListener.NONE;
            Comparison.Builder builder = builder(
                    tokens, purpose -> taken.listening(purpose, OWN.contains(purpose) ? skipped : ReadListener.NONE));
            Comparison comparison = IfStopped.again(() -> ThreadsOption.computing(count, () -> builder.run(out)));
            rejects.commit();
            print(comparison);
            if (page.isWanted()) {
                writePage(out.resolve(PageOption.FILE));
            }
        }
        return Quad.DONE;
    }

    InputOptions input() {
        return input;
    }

    private void writePage(Path file) {
        try (OutputLock kept = OutputLock.ofFolder(out)) {
            kept.removeUnfinished(file);
            SelectionReport.builder(out)
                    .input(input.jsonl(), input.jsonl())
                    .temporary(TempOption.standard())
                    .write(file);
        }
    }

    private Comparison.Builder builder(ModelTokenizer tokens, Function<String, ReadListener> reading) {
        try {
            Comparison.Builder builder = Comparison.builder(pool.files(), reference, holdout)
                    .methods(methods.toArray(String[]::new))
                    .budget(budget.get())
                    .seed(seed.seed())
                    .rounds(rounds -> rounds.proxy(proxyTokens))
                    .referee(evaluation -> referee.set(evaluation, pool.files(), tokens, taken))
                    .input(input.jsonl(), reading)
                    .arguments(spec.commandLine().getParseResult().originalArgs())
                    .listener(Progress.standard());
            scores.forEach((name, file) -> builder.scores(name, file, input.idField()));
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
                        column("Tflop to learn", f -> tera(chosen.get(f).learning())),
                        column("to score", f -> tera(chosen.get(f).operations())),
                        column(
                                "seconds to learn",
                                f -> number("%.1f", chosen.get(f).learningSeconds())),
                        column("in all", f -> number("%.1f", chosen.get(f).seconds()))));
    }

    private static EvaluationTable.Column column(String title, IntFunction<String> cell) {
        return new EvaluationTable.Column(title, cell);
    }

    private static String tera(OptionalDouble operations) {
        return operations.isPresent() ? number("%.3f", operations.getAsDouble() / 1e12) : "";
    }

    private static String number(String format, Object value) {
        return String.format(Locale.ROOT, format, value);
    }
}
