// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.files.OutputLock;
import dev.quad.files.TemporaryFolder;
import dev.quad.model.ModelFolder;
import dev.quad.pipeline.Evaluation;
import dev.quad.pipeline.ModelTokenizer;
import dev.quad.text.ReadListener;
import dev.quad.text.RejectFile;
import java.nio.file.Path;
import java.util.List;
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
        description =
                "Goes on training one model on each file, for the same number of tokens and with the same seeds, and"
                        + " compares the losses on documents that were held out; an n-gram model of each file reads them too.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class EvaluateCommand implements Callable<Integer> {
    @Option(
            names = "--train",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description =
                    "Training sets to compare, each a file, a folder or a pattern in quotes. " + InputOptions.FORMATS)
    private List<Path> train;

    @Option(
            names = "--reference",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = "Documents to measure the loss on, which no selection has seen: " + InputOptions.FILES)
    private List<Path> reference;

    @Option(
            names = "--against",
            paramLabel = "FILE",
            description = "The training set that the others are compared with. Default: the first.")
    private @Nullable Path against;

    @Option(
            names = "--forget",
            arity = "1..*",
            paramLabel = "FILE",
            description =
                    "Other sets to measure the loss on, each a file, a folder or a pattern: what a gain costs there.")
    private List<Path> forget = List.of();

    @Option(
            names = "--from",
            paramLabel = "DIR",
            description = "Model folder to go on from. Default: a common model is trained first.")
    private @Nullable Path from;

    @Option(
            names = "--scratch",
            description = "Begin with random weights, those of the seed, which takes many more tokens and seeds to tell"
                    + " training sets apart.")
    private boolean scratch;

    @Option(
            names = "--common",
            arity = "1..*",
            paramLabel = "FILE",
            description =
                    "Documents that the common model is trained on, some drawn at random, such as the pool that all"
                            + " was chosen from. Default: as many tokens of each training set.")
    private List<Path> common = List.of();

    @Option(
            names = "--common-tokens",
            paramLabel = "N",
            description = "Tokens that the common model is trained on. Default: ${DEFAULT-VALUE}.")
    private long commonTokens = Evaluation.DEFAULT_COMMON_TOKENS;

    @Option(
            names = "--keep",
            paramLabel = "DIR",
            description =
                    "Folder for the common model and for the losses of each training, from which the next evaluation"
                            + " takes what it needs; an interrupted one goes on so. Default: nothing is kept.")
    private @Nullable Path keep;

    @Option(
            names = "--learning-rate",
            paramLabel = "X",
            description = "Highest learning rate. Default: 0.001, or with --scratch 0.003.")
    private @Nullable Double learningRate;

    @Option(
            names = "--tokens",
            paramLabel = "N",
            description = "Tokens to train on; what is smaller is repeated. Default: those of the smallest part.")
    private long tokens;

    @Option(
            names = "--whole",
            description =
                    "Train on the whole of each set with each seed, instead of leaving out another part with each: the"
                            + " intervals then speak of these sets alone, and not of others chosen in the same way.")
    private boolean whole;

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
        Usage.check(spec, commonTokens >= 1, "--common-tokens is " + commonTokens + "; allowed is 1 or more");
        Usage.check(
                spec,
                learningRate == null || (learningRate > 0 && learningRate < 1),
                "--learning-rate is " + learningRate + "; allowed is (0, 1)");
        Usage.check(
                spec,
                against == null || train.contains(against),
                "--against is " + against + "; allowed is a training set, as it is named after --train");
        Useless.refuse(spec, useless());
        Optional<Path> target = Optional.ofNullable(json).map(Outputs::named);
        Outputs outputs = Outputs.beside(train, reference, forget, common)
                .and(config.file())
                .json(target, Evaluation.FORMAT);
        if (input.rejects().isPresent()) {
            outputs.stream(input.rejects().get());
        }
        int count = threads.count(spec.commandLine());
        Evaluation evaluation = ThreadsOption.computing(count, this::run);
        if (target.filter(Outputs::isStandard).isEmpty()) {
            new EvaluationTable(evaluation).print(System.out);
        }
        outputs.writeJson(target, Evaluation.FORMAT, tree(evaluation));
        return Quad.DONE;
    }

    private List<Useless> useless() {
        return List.of(
                Useless.when(
                        scratch,
                        "with --scratch trainings begin with random weights",
                        "leave out --scratch",
                        "--from",
                        "--common",
                        "--common-tokens"),
                Useless.when(
                        from != null,
                        "with --from trainings go on from that model",
                        "leave out --from",
                        "--common",
                        "--common-tokens"));
    }

    private Evaluation run() {
        if (keep == null) {
            return run(Optional.empty());
        }
        OutputLock kept = OutputLock.ofFolder(keep);
        try {
            return run(Optional.of(keep));
        } finally {
            kept.close();
        }
    }

    private Evaluation run(Optional<Path> folder) {
        try (TemporaryFolder work = input.temporary().open();
                ModelTokenizer tokens = from == null ? ModelTokenizer.bytes() : ModelTokenizer.of(from);
                RejectFile rejects = new RejectFile(input.rejects().orElse(Path.of("")))) {
            taken.use("tokenizer", tokens.toString());
            ReadListener listener = input.rejects().isPresent() ? rejects : ReadListener.NONE;
            Evaluation.Builder builder = Evaluation.builder(train, reference)
                    .forget(forget)
                    .common(common, commonTokens)
                    .tokens(this.tokens)
                    .seeds(seeds)
                    .firstSeed(seed)
                    .options(input.jsonl())
                    .referenceOptions(referenceField.of(input))
                    .reading(purpose -> taken.listening(purpose, listener))
                    .listener(Progress.standard());
            folder.ifPresent(builder::keep);
            if (against != null) {
                builder.against(train.indexOf(against));
            }
            if (from != null) {
                builder.from(from, tokens);
                taken.model(ModelFolder.of(from));
            }
            if (whole) {
                builder.whole();
            }
            if (scratch) {
                builder.fromScratch();
            }
            if (learningRate != null) {
                builder.learningRate(learningRate);
            }
            Evaluation evaluation = builder.run(work.path());
            rejects.commit();
            return evaluation;
        }
    }

    private Map<String, Object> tree(Evaluation evaluation) {
        Map<String, Object> tree = evaluation.tree();
        tree.put("taken", taken.tree());
        return tree;
    }
}
