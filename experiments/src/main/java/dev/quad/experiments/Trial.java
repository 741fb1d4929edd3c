// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import dev.quad.Budget;
import dev.quad.Clustering;
import dev.quad.DataSelector;
import dev.quad.Embeddings;
import dev.quad.InfluenceEstimator;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import dev.quad.bandit.SelectionOptions;
import dev.quad.cluster.ClusterCount;
import dev.quad.cluster.KMeans;
import dev.quad.files.AtomicFile;
import dev.quad.files.JsonText;
import dev.quad.files.MarkedFolder;
import dev.quad.files.Unchecked;
import dev.quad.model.Decoder;
import dev.quad.model.Trainer;
import dev.quad.model.TrainingOptions;
import dev.quad.pipeline.EmbeddingSource;
import dev.quad.pipeline.Evaluation;
import dev.quad.pipeline.ModelTokenizer;
import dev.quad.pipeline.PoolScores;
import dev.quad.pipeline.QuadPipeline;
import dev.quad.pipeline.ScoreSettings;
import dev.quad.pipeline.SelectionFile;
import dev.quad.text.Chunker;
import dev.quad.text.Document;
import dev.quad.text.Jsonl;
import dev.quad.text.JsonlPool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A task and a seed: documents that are chosen from, one model that scores and that trainings go on from, as the paper
 * has it, and what a choice is worth. What takes long is kept in its folder. For one thread.
 */
final class Trial implements AutoCloseable {
    /** The loss of a byte held out, in nats, after training on a choice. */
    static final String LOSS = "loss";

    /** The same by the n-gram model of a choice. */
    static final String NGRAMS = "ngrams";

    /** The loss of a byte of other documents of the pool, which nobody chose for. */
    static final String OTHER = "other";

    /** How many clusters of equal size would be as diverse as those of a choice. */
    static final String CLUSTERS = "clusters";

    /** The loss of the kind of text that gained least, less what it was before. */
    static final String WORST = "worst";

    /** Documents that were scored to choose. */
    static final String SCORED = "scored";

    /** Clusters that were drawn from, over all rounds. */
    static final String PULLS = "pulls";

    /** Operations of choosing, of those of training. */
    static final String SHARE = "share";

    private static final double FORWARD_AND_BACKWARD = 6;
    /** Many small steps teach a small model more than few large ones. */
    private static final int BATCH_TOKENS = 256;

    private final Task task;
    private final Size size;
    private final Seed seed;
    private final Path folder;
    private final JsonlPool pool;
    private Optional<Embeddings> embeddings = Optional.empty();
    private final Map<Integer, Clustering> clusters = new LinkedHashMap<>();
    private Map<String, Double> clean = Map.of();

    private Trial(Task task, Size size, Seed seed, Path folder) {
        this.task = task;
        this.size = size;
        this.seed = seed;
        this.folder = folder;
        this.pool = JsonlPool.builder().open(List.of(file("pool.jsonl")));
    }

    /**
     * Takes documents of the task, unless its folder has them.
     *
     * @throws MismatchException if the folder has those of other files, or of another size
     */
    static Trial open(Task task, String digest, Seed seed, Size size, Path folder) {
        Path told = folder.resolve("trial.json");
        Map<String, String> identity = new LinkedHashMap<>();
        identity.put("files", digest);
        identity.put("size", size.toString());
        if (!Files.exists(told)) {
            MarkedFolder.make(folder);
            take(task, seed, size, folder);
            AtomicFile.write(told, JsonText.text(identity));
        } else if (!Unchecked.get(told, () -> JsonText.texts(told)).equals(identity)) {
            throw new MismatchException(folder + " holds points of other documents or of another size than those of "
                    + task.folder() + "; give another folder for the results, or remove it");
        }
        return new Trial(task, size, seed, folder);
    }

    private static void take(Task task, Seed seed, Size size, Path folder) {
        try (Documents documents = new Documents(task.pool(), seed)) {
            documents.write(folder.resolve("start.jsonl"), Math.min(size.start(), documents.bytes() / 4));
            documents.write(folder.resolve("other.jsonl"), Math.min(size.measured(), documents.bytes() / 8));
            documents.write(folder.resolve("pool.jsonl"), size.pool());
        }
        try (Documents documents = new Documents(task.reference(), seed)) {
            documents.write(folder.resolve("reference.jsonl"), size.measured());
        }
        MarkedFolder.make(folder.resolve("holdout"));
        for (Path file : task.holdout()) {
            try (Documents documents = new Documents(file, seed)) {
                documents.write(folder.resolve("holdout").resolve(file.getFileName()), size.measured());
            }
        }
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    Seed seed() {
        return seed;
    }

    JsonlPool pool() {
        return pool;
    }

    ReferenceSet<Document> reference() {
        return ReferenceSet.of(Jsonl.read(List.of(file("reference.jsonl"))));
    }

    Budget budget() {
        return Budget.tokens(size.budget());
    }

    List<Path> holdout() {
        return new Task(folder).holdout();
    }

    /** The model of this trial, in a folder: trained on documents that nothing is chosen from. */
    Path model() {
        Path model = file("model");
        if (!Files.exists(model)) {
            Chunker chunker = Chunker.builder(Tokenizer.bytes())
                    .length(size.model().maxLength())
                    .maxChunks(Integer.MAX_VALUE)
                    .build();
            List<TokenSequence> texts = Jsonl.read(List.of(file("start.jsonl"))).stream()
                    .flatMap(document -> chunker.chunks(document).stream())
                    .toList();
            Path part = file("model.part");
            MarkedFolder.remove(part);
            MarkedFolder.make(part);
            try (Decoder decoder = Decoder.random(size.model(), seed)) {
                TrainingOptions options = TrainingOptions.builder(size.start())
                        .batchTokens(BATCH_TOKENS)
                        .build();
                new Trainer(options, seed).train(decoder, texts);
                decoder.write(part);
            }
            Unchecked.run(model, () -> Files.move(part, model, StandardCopyOption.ATOMIC_MOVE));
        }
        return model;
    }

    /** With random weights: what knows nothing. */
    Path randomModel() {
        Path model = file("model-random");
        if (!Files.exists(model)) {
            Path part = file("model-random.part");
            MarkedFolder.remove(part);
            MarkedFolder.make(part);
            try (Decoder decoder = Decoder.random(size.model(), seed)) {
                decoder.write(part);
            }
            Unchecked.run(model, () -> Files.move(part, model, StandardCopyOption.ATOMIC_MOVE));
        }
        return model;
    }

    /**
     * Scores of all documents that are chosen from.
     *
     * @param name of their file
     */
    Scores scores(String name, Path model, ScoreSettings.Builder settings) {
        Path file = file("scores-" + name + ".jsonl");
        PoolScores.along(reference())
                .model(model, Tokenizer.bytes())
                .scores(settings.factorTokens(size.factors()).build())
                .build()
                .write(file, pool, seed);
        return Scores.read(pool, file, FORWARD_AND_BACKWARD * size.model().productWeights());
    }

    /** The numbers that documents are clustered by. */
    Embeddings embeddings() {
        if (embeddings.isEmpty()) {
            embeddings = Optional.of(EmbeddingSource.hashedNgrams().of(pool, seed, Optional.empty(), rows -> {}));
        }
        return embeddings.get();
    }

    /** So many as the pipeline would make. */
    int clusterCount() {
        return Math.min(pool.size(), ClusterCount.suggest(pool.size()));
    }

    Clustering clusters(int count) {
        return clusters.computeIfAbsent(
                Math.min(count, pool.size()), k -> KMeans.of(k).cluster(embeddings(), seed));
    }

    /** What the rounds of the bandit choose. */
    Selection rounds(InfluenceEstimator<Document> scores, Clustering clustering, SelectionOptions options) {
        return chosen(QuadPipeline.scoredBy(scores)
                .clusters(clustering)
                .selection(options)
                .build());
    }

    Selection chosen(DataSelector<Document> selector) {
        return selector.select(pool, budget(), seed);
    }

    /** What a choice is worth. */
    Map<String, Double> judged(Selection selection) {
        Evaluation evaluation = trained(selection, size.training(), List.of(file("other.jsonl")));
        Map<String, Double> measures = measures(evaluation);
        measures.put(OTHER, evaluation.forgotten().get(0).mean(0));
        double[] tokens = new double[clusters(clusterCount()).clusterCount()];
        for (Selection.Choice choice : selection.choices()) {
            tokens[clusters(clusterCount()).clusterOf(choice.ordinal())] += pool.tokens(choice.ordinal());
        }
        double all = Arrays.stream(tokens).sum();
        measures.put(
                CLUSTERS,
                Math.exp(-Arrays.stream(tokens)
                        .filter(count -> count > 0)
                        .map(count -> count / all * Math.log(count / all))
                        .sum()));
        Selection.Costs costs = selection.costs();
        measures.put("documents", (double) costs.documentsChosen());
        measures.put("tokens", (double) costs.tokensChosen());
        measures.put(SCORED, (double) costs.documentsScored());
        measures.put(PULLS, (double) costs.pulls());
        measures.put(
                SHARE,
                costs.flops().orElse(0) / (FORWARD_AND_BACKWARD * size.model().productWeights() * size.training()));
        return measures;
    }

    /** The loss of a byte held out after a shorter training on a choice. */
    double lossAfter(Selection selection, int part) {
        return trained(selection, size.training() / part, List.of()).model().mean(0);
    }

    /**
     * What is worth a choice for a reference of several kinds of text: {@link #judged}, with the loss of the kind that
     * gained least, less what it was before.
     */
    Map<String, Double> judgedByKind(Selection selection) {
        Evaluation evaluation = trained(selection, size.training(), holdout());
        Map<String, Double> measures = measures(evaluation);
        measures.put(
                WORST,
                evaluation.forgotten().stream()
                        .mapToDouble(kind -> kind.mean(0) - kind.before().orElseThrow())
                        .max()
                        .orElseThrow());
        return measures;
    }

    private static Map<String, Double> measures(Evaluation evaluation) {
        Map<String, Double> measures = new LinkedHashMap<>();
        measures.put(LOSS, evaluation.model().mean(0));
        measures.put(NGRAMS, evaluation.ngrams().mean(0));
        return measures;
    }

    /** What is measured after training for so many times the tokens. */
    Map<String, Double> trained(Selection selection, double times) {
        return measures(trained(selection, Math.round(times * size.training()), List.of()));
    }

    /** What is measured after training on documents that are as the reference is, and not in it. */
    Map<String, Double> clean() {
        if (clean.isEmpty()) {
            Path file = file("clean.jsonl");
            if (!Files.exists(file)) {
                try (Documents documents = new Documents(task.reference(), seed)) {
                    documents.pass(size.measured()); // they are the reference
                    documents.write(file, size.budget());
                }
            }
            emptyWork();
            clean = measures(trained(file, size.training(), List.of()));
        }
        return new LinkedHashMap<>(clean);
    }

    /** Trains on a choice. */
    private Evaluation trained(Selection selection, long tokens, List<Path> others) {
        if (selection.choices().isEmpty()) {
            throw new InputException("nothing was chosen in " + folder + ": "
                    + selection.stopReason().words() + "; what is measured is the training on a choice");
        }
        Path chosen = emptyWork().resolve("chosen.jsonl");
        SelectionFile.write(chosen, pool, selection);
        return trained(chosen, tokens, others);
    }

    private Path emptyWork() {
        Path work = file("work");
        MarkedFolder.remove(work);
        MarkedFolder.make(work);
        return work;
    }

    /** Trains on a file, and removes the work, which it may lie in. */
    private Evaluation trained(Path file, long tokens, List<Path> others) {
        Path work = file("work");
        Evaluation evaluation = Evaluation.builder(List.of(file), holdout())
                .from(model(), ModelTokenizer.bytes())
                .forget(others)
                .tokens(tokens)
                .whole()
                .seeds(1)
                .firstSeed(seed.value())
                .points(1)
                .run(work);
        MarkedFolder.remove(work);
        return evaluation;
    }

    @Override
    public void close() {
        pool.close();
    }
}
