// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.files.OutputLock;
import dev.quad.files.TemporaryFolder;
import dev.quad.model.ModelFolder;
import dev.quad.pipeline.ModelTokenizer;
import dev.quad.pipeline.ScoreCheck;
import dev.quad.text.Document;
import dev.quad.text.Jsonl;
import dev.quad.text.JsonlPool;
import dev.quad.text.ReadListener;
import dev.quad.text.ScoreColumn;
import java.nio.file.Path;
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
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code quad check-scores}. */
@Command(
        name = "check-scores",
        description =
                "Tells whether scores of a pool predict what training does: a model goes on to train on random halves of some"
                        + " documents, and the rank correlation of what their scores add up to with how far the loss of the"
                        + " reference fell is the linear datamodeling score, with an interval.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class CheckScoresCommand implements Callable<Integer> {
    @Mixin
    private PoolOption pool;

    @Option(
            names = "--scores",
            required = true,
            paramLabel = "FILE",
            description = "Scores of the pool, as quad select --scores takes them.")
    private Path scores;

    @Option(
            names = "--reference",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description =
                    "Documents whose loss is measured, best of the kind of the reference of the scores and none of"
                            + " it: " + InputOptions.FILES)
    private List<Path> reference;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR",
            description = "Model folder that trainings go on from: that which the scores are of, if they are of one.")
    private Path model;

    @Option(
            names = "--documents",
            paramLabel = "N",
            description = "Documents that the halves are of. Default: ${DEFAULT-VALUE}.")
    private int documents = ScoreCheck.DEFAULT_DOCUMENTS;

    @Option(
            names = "--halves",
            paramLabel = "N",
            description = "Halves to train on, each three times over. Default: ${DEFAULT-VALUE}.")
    private int halves = ScoreCheck.DEFAULT_HALVES;

    @Option(names = "--learning-rate", paramLabel = "X", description = "Highest learning rate. Default: 0.001.")
    private @Nullable Double learningRate;

    @Option(
            names = "--keep",
            paramLabel = "DIR",
            description = "Folder for the losses of each training, with which an interrupted check goes on, and other"
                    + " scores are compared at once. Default: nothing is kept.")
    private @Nullable Path keep;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Also write the result as JSON; - for standard output, instead of the words.")
    private @Nullable Path json;

    @Mixin
    private SeedOption seed;

    @Mixin
    private InputOptions input;

    @Mixin
    private ThreadsOption threads;

    @Spec
    private CommandSpec spec;

    private final Taken taken = new Taken(Progress.standard());

    @Override
    public Integer call() throws Exception {
        Optional<Path> target = Optional.ofNullable(json).map(Outputs::named);
        Outputs outputs =
                Outputs.beside(pool.files(), reference).and(scores).and(model).json(target, ScoreCheck.format());
        int count = threads.count(spec.commandLine());
        ScoreCheck found = ThreadsOption.computing(count, this::run);
        if (target.filter(Outputs::isStandard).isEmpty()) {
            System.out.printf(
                    Locale.ROOT,
                    "%,d halves of %,d documents%n%s%n",
                    found.gains().size(),
                    found.documents(),
                    found.verdict());
        }
        Map<String, Object> tree = found.tree();
        tree.put("taken", taken.tree());
        outputs.writeJson(target, ScoreCheck.format(), tree);
        return Quad.DONE;
    }

    private ScoreCheck run() {
        Path folder = keep;
        if (folder == null) {
            return check();
        }
        OutputLock kept = OutputLock.ofFolder(folder);
        try {
            return check();
        } finally {
            kept.close();
        }
    }

    private ScoreCheck check() {
        try (TemporaryFolder work = input.temporary().open();
                ModelTokenizer tokens = ModelTokenizer.of(model);
                JsonlPool documentsOfPool = JsonlPool.builder()
                        .options(input.jsonl())
                        .cacheFolder(work.path())
                        .listener(taken.listening("pool", ReadListener.NONE))
                        .open(pool.files())) {
            ScoreColumn column = ScoreColumn.read(documentsOfPool, scores, input.idField());
            taken.use("scores", column.toString());
            taken.model(ModelFolder.of(model));
            List<Document> measured =
                    Jsonl.read(reference, input.jsonl(), taken.listening("reference", ReadListener.NONE));
            return builder(documentsOfPool, column, measured).run(model, tokens);
        }
    }

    private ScoreCheck.Builder builder(JsonlPool documentsOfPool, ScoreColumn column, List<Document> measured) {
        try {
            ScoreCheck.Builder builder = ScoreCheck.of(documentsOfPool, column, measured)
                    .size(documents, halves)
                    .seed(seed.seed())
                    .listener(Progress.standard());
            if ("document".equals(ScoreColumn.metadata(scores).get("unit"))) {
                builder.perDocument();
            }
            Optional.ofNullable(learningRate).ifPresent(builder::learningRate);
            Optional.ofNullable(keep).ifPresent(builder::keep);
            return builder;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }
}
