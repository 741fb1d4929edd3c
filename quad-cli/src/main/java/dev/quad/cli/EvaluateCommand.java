// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.files.OutputLock;
import dev.quad.files.TemporaryFolder;
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
            names = "--common",
            arity = "1..*",
            paramLabel = "FILE",
            description =
                    "Documents that the common model is trained on, some drawn at random, such as the pool that all"
                            + " was chosen from. Default: as many tokens of each training set.")
    private List<Path> common = List.of();

    @Option(
            names = "--keep",
            paramLabel = "DIR",
            description =
                    "Folder for the common model and for the losses of each training, from which the next evaluation"
                            + " takes what it needs; an interrupted one goes on so. Default: nothing is kept.")
    private @Nullable Path keep;

    @Option(names = "--seed", paramLabel = "N", description = "First seed. Default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Also write the result as JSON; - for standard output, instead of the table.")
    private @Nullable Path json;

    @Mixin
    private RefereeOptions referee;

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
        referee.check(spec, "--common");
        Usage.check(
                spec,
                against == null || train.contains(against),
                "--against is " + against + "; allowed is a training set, as it is named after --train");
        Optional<Path> target = Optional.ofNullable(json).map(Outputs::named);
        Outputs outputs = Outputs.beside(train, reference, referee.forget(), common)
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
                ModelTokenizer tokens = referee.tokenizer();
                RejectFile rejects = new RejectFile(input.rejects().orElse(Path.of("")))) {
            taken.use("tokenizer", tokens.toString());
            ReadListener listener = input.rejects().isPresent() ? rejects : ReadListener.NONE;
            Evaluation.Builder builder = Evaluation.builder(train, reference)
                    .firstSeed(seed)
                    .options(input.jsonl())
                    .referenceOptions(referenceField.of(input))
                    .reading(purpose -> taken.listening(purpose, listener))
                    .listener(Progress.standard());
            referee.set(builder, common, tokens, taken);
            folder.ifPresent(builder::keep);
            if (against != null) {
                builder.against(train.indexOf(against));
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
