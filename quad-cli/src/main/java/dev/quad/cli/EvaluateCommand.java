// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.files.TemporaryFolder;
import dev.quad.pipeline.Evaluation;
import dev.quad.text.ReadListener;
import dev.quad.text.RejectFile;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code quad evaluate}. */
@Command(
        name = "evaluate",
        description = "Trains the same small model from the same start on each file, for the same number of tokens, and"
                + " compares the losses on a reference.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class EvaluateCommand implements Callable<Integer> {
    @Option(
            names = "--train",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description =
                    "Training sets to compare, each a file, a folder or a pattern in quotes. The first is what the others are"
                            + " compared with. " + InputOptions.FORMATS)
    private List<Path> train;

    @Option(
            names = "--reference",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = "Documents to measure the loss on: " + InputOptions.FILES)
    private List<Path> reference;

    @Option(
            names = "--tokens",
            paramLabel = "N",
            description = "Tokens to train on; smaller files are repeated. Default: those of the smallest file.")
    private long tokens;

    @Option(names = "--seeds", paramLabel = "N", description = "Number of seeds. Default: ${DEFAULT-VALUE}.")
    private int seeds = Evaluation.DEFAULT_SEEDS;

    @Option(names = "--seed", paramLabel = "N", description = "First seed. Default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Also write the result as JSON; - for standard output, instead of the table.")
    private @Nullable Path json;

    @Mixin
    private ConfigOption config;

    @Mixin
    private InputOptions input;

    @Mixin
    private ReferenceField referenceField;

    @Mixin
    private ThreadsOption threads;

    @Spec
    private CommandSpec spec;

    private final Taken taken = new Taken(Progress.standard());

    @Override
    public Integer call() throws Exception {
        Usage.check(
                spec,
                seeds >= 1 && tokens >= 0,
                "--seeds is " + seeds + " and --tokens " + tokens + "; allowed are 1 or more and 0 or more");
        Optional<Path> target = Optional.ofNullable(json).map(Outputs::named);
        Outputs outputs = Outputs.beside(train, reference).and(config.file()).json(target, Evaluation.FORMAT);
        if (input.rejects().isPresent()) {
            outputs.stream(input.rejects().get());
        }
        Evaluation evaluation = ThreadsOption.computing(threads.count(spec.commandLine()), () -> run());
        if (target.filter(Outputs::isStandard).isEmpty()) {
            print(evaluation, System.out);
        }
        outputs.writeJson(target, Evaluation.FORMAT, tree(evaluation));
        return Quad.DONE;
    }

    private Evaluation run() {
        try (TemporaryFolder work = input.temporary().open();
                RejectFile rejects = new RejectFile(input.rejects().orElse(Path.of("")))) {
            taken.use("tokenizer", "bytes of UTF-8");
            ReadListener listener = input.rejects().isPresent() ? rejects : ReadListener.NONE;
            Evaluation evaluation = Evaluation.builder(train, reference)
                    .tokens(tokens)
                    .seeds(seeds)
                    .firstSeed(seed)
                    .options(input.jsonl())
                    .referenceOptions(referenceField.of(input))
                    .reading(purpose -> taken.listening(purpose, listener))
                    .listener(Progress.standard())
                    .run(work.path());
            rejects.commit();
            return evaluation;
        }
    }

    private Map<String, Object> tree(Evaluation evaluation) {
        Map<String, Object> tree = evaluation.tree();
        tree.put("taken", taken.tree());
        return tree;
    }

    private void print(Evaluation evaluation, PrintStream out) {
        List<Path> files = evaluation.files();
        int width = Math.max(
                10,
                files.stream().mapToInt(file -> file.toString().length()).max().orElse(0));
        out.printf(
                Locale.ROOT,
                "reference loss in nats a byte after %,d tokens, seeds %d to %d%n",
                evaluation.tokens(),
                evaluation.firstSeed(),
                evaluation.firstSeed() + seeds - 1);
        out.printf("%-" + width + "s  %8s  %8s  %8s  %s%n", "train", "mean", "min", "max", "difference to the first");
        for (int f = 0; f < files.size(); f++) {
            DoubleSummaryStatistics losses = Arrays.stream(evaluation.losses(f)).summaryStatistics();
            out.printf(
                    Locale.ROOT,
                    "%-" + width + "s  %8.4f  %8.4f  %8.4f  %s%n",
                    files.get(f),
                    evaluation.mean(f),
                    losses.getMin(),
                    losses.getMax(),
                    f == 0 ? "" : difference(evaluation.differences(f)));
        }
    }

    private static String difference(double... differences) {
        DoubleSummaryStatistics all = Arrays.stream(differences).summaryStatistics();
        return String.format(Locale.ROOT, "%+.4f (%+.4f to %+.4f)", all.getAverage(), all.getMin(), all.getMax());
    }
}
