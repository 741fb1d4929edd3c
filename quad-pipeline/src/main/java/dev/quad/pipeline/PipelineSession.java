// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.DataSelector;
import dev.quad.Embeddings;
import dev.quad.InfluenceEstimator;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.Objective;
import dev.quad.QuadException;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.SelectionListener;
import dev.quad.StopReason;
import dev.quad.TokenSequence;
import dev.quad.bandit.GreedySelector;
import dev.quad.bandit.QuadSelector;
import dev.quad.bandit.TopKSelector;
import dev.quad.cluster.ClusterCount;
import dev.quad.cluster.KMeans;
import dev.quad.cluster.KMeansListener;
import dev.quad.cluster.KMeansOptions;
import dev.quad.files.OutputLock;
import dev.quad.files.Words;
import dev.quad.influence.DirectionScores;
import dev.quad.influence.GradientSource;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.Spectrum;
import dev.quad.linalg.Owned;
import dev.quad.text.Chunker;
import dev.quad.text.Contamination;
import dev.quad.text.Document;
import dev.quad.text.ScatteredPool;
import dev.quad.text.WordScores;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CancellationException;
import java.util.function.IntFunction;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One run of a {@link QuadPipeline}, opened: what there is to choose from is known. For use by one thread. */
public final class PipelineSession implements AutoCloseable {
    /** Of a document: four bytes for each number of an embedding, and what tells it from others. */
    private static final long BYTES = 4L * 260;

    private static final long BASE_BYTES = 300_000_000;

    private final QuadPipeline pipeline;
    private final ScoredBy model;
    private final CandidatePool<Document> pool;
    private final Budget budget;
    private final Seed seed;
    private final Optional<WorkFolder> folder;
    private final Optional<OutputLock> lock;
    private final Stages stages;
    private final Stock stock;
    private final int clusters;
    private final int chunkLength;
    private @Nullable Boolean begun;

    private PipelineSession(
            QuadPipeline pipeline,
            CandidatePool<Document> pool,
            Budget budget,
            Seed seed,
            Optional<WorkFolder> folder,
            Optional<OutputLock> lock) {
        this.pipeline = pipeline;
        this.model = pipeline.model().forRun();
        this.pool = pool;
        this.budget = budget;
        this.seed = seed;
        this.folder = folder;
        this.lock = lock;
        this.stages = new Stages(pipeline.listener());
        checkIsNear();
        this.stock = Stock.of(pool, repeats());
        this.clusters = clusterCount();
        this.chunkLength = asksModel() ? chunkLength() : 0;
        checkClusters();
        checkFits();
        remarkOnClusters();
    }

    static PipelineSession open(QuadPipeline pipeline, CandidatePool<Document> pool, Budget budget, Seed seed) {
        if (pipeline.ownFolder().isEmpty()) {
            return new PipelineSession(pipeline, pool, budget, seed, pipeline.folder(), Optional.empty());
        }
        Path path = pipeline.ownFolder().get();
        WorkFolder folder = WorkFolder.open(path);
        OutputLock lock = OutputLock.ofFolder(path);
        boolean opened = false;
        try {
            folder.makeWork();
            PipelineSession session =
                    new PipelineSession(pipeline, pool, budget, seed, Optional.of(folder), Optional.of(lock));
            opened = true;
            return session;
        } finally {
            if (!opened) {
                folder.leaveUnclaimed();
                lock.close();
            }
        }
    }

    /** Whether scores are made here, by a model. */
    private boolean asksModel() {
        return pipeline.estimator().isEmpty() && pipeline.objective().isEmpty();
    }

    private DuplicatePolicy.Repeats repeats() {
        DuplicatePolicy.Repeats repeats = pipeline.duplicates()
                .find(
                        pool,
                        pipeline.reference().map(ReferenceSet::items).orElse(List.of()),
                        folder.map(WorkFolder::work),
                        pipeline.listener());
        int both = repeats.inReference().orElse(0);
        if (both > 0) {
            pipeline.listener()
                    .onNote(String.format(
                            Locale.ROOT,
                            "%,d of the pool's documents %s in the reference too",
                            both,
                            both == 1 ? "stands" : "stand"));
        }
        if (pipeline.evaluation().isEmpty()) {
            return repeats;
        }
        Contamination found = Contamination.find(pool, pipeline.evaluation());
        pipeline.listener()
                .onNote(found
                        + found.hits().stream()
                                .findFirst()
                                .map(hit -> String.format(
                                        Locale.ROOT,
                                        ", and are left out: %s first, by \"%s\"",
                                        pool.get(hit.ordinal()).id(),
                                        hit.words()))
                                .orElse(""));
        return repeats.and(found);
    }

    private int clusterCount() {
        if (pipeline.isWithoutRounds()) {
            return 0;
        }
        return pipeline.clustering()
                .map(Clustering::clusterCount)
                .orElse(pipeline.clusters() > 0 ? pipeline.clusters() : ClusterCount.suggest(pool.size()));
    }

    private int chunkLength() {
        int length = Math.min(Chunker.DEFAULT_LENGTH, model.maxTokens(pipeline.scores()));
        pipeline.scores().shortDocuments().tokens(length); // throws
        return length;
    }

    private void checkClusters() {
        pipeline.clustering().filter(given -> given.size() != pool.size()).ifPresent(given -> {
            throw new MismatchException("the clusters are of " + given.size() + " documents and the pool has "
                    + pool.size() + "; give clusters of the pool that is chosen from");
        });
    }

    private void remarkOnClusters() {
        if (clusters > pool.size() && pipeline.clustering().isEmpty()) {
            pipeline.listener()
                    .onNote(String.format(
                            Locale.ROOT,
                            "%,d clusters are asked for, and the pool has %,d documents: each is a cluster of its own,"
                                    + " from which nothing is learnt of others; ask for fewer, or leave the number out"
                                    + " (%,d)",
                            clusters,
                            pool.size(),
                            ClusterCount.suggest(pool.size())));
        }
    }

    /** What scores, embeds or trains reads documents one by one. */
    private void checkIsNear() {
        if (pool instanceof ScatteredPool && pipeline.objective().isEmpty()) {
            throw new InputException(
                    "the documents of the pool lie on other machines, where an objective can be valued,"
                            + " and nothing else yet; leave out what asks for a model, scores, clusters or rounds, or open the"
                            + " pool on this machine");
        }
    }

    private void checkFits() {
        if (budget.cost(stock.shortest()) > budget.limit()
                && !pipeline.selection().overshoot()) {
            throw new InputException(String.format(
                    Locale.ROOT,
                    "no document fits the budget of %,d tokens; the shortest has %,d: raise the budget",
                    budget.limit(),
                    stock.shortest()));
        }
    }

    /** What the pool has to choose from. */
    public Stock stock() {
        return stock;
    }

    /**
     * That the budget is above what there is to choose from, in words; empty where it is not. {@code quad select}
     * refuses such a budget. {@link #run} takes it, as every {@link DataSelector} does, but tells the listener: no more
     * than all that is good enough can be chosen, and the run does not end by its {@link StopReason#BUDGET}.
     */
    public Optional<String> shortage() {
        long size = stock.size(budget.unit());
        return budget.limit() <= size
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "the budget is %,d %s, but the pool has only %,d to choose from (%,d documents, %s left out)",
                        budget.limit(),
                        Words.of(budget.unit()),
                        size,
                        stock.documents(),
                        stock.repeats().words()));
    }

    /**
     * How many clusters are to be made, or were given; 0 where there are no rounds. There are fewer where the pool has
     * fewer documents.
     */
    public int clusters() {
        return clusters;
    }

    /** What the run would take. */
    public Estimate estimate() {
        if (pipeline.objective().isPresent()) {
            return new Estimate(0, 0, 0, 0, OptionalDouble.empty(), BASE_BYTES + 40L * stock.documents());
        }
        boolean given = pipeline.estimator().isPresent();
        long most = stock.size(budget.unit());
        double share = most == 0 ? 0 : pipeline.topK() ? 1 : 6.0 * budget.limit() / most + pilot() / stock.documents();
        long scored = Math.min(stock.tokens(), (long) (share * stock.tokens()));
        long proxy = model instanceof ScoredBy.Trained trained && !given ? trained.tokens() : 0;
        long reference = pipeline.reference().map(PipelineSession::bytes).orElse(0L);
        reference = Math.min(reference, pipeline.scores().referenceTokens());
        long curvature = given ? 0 : curvature(reference);
        OptionalDouble flops = proxy == 0
                ? OptionalDouble.empty()
                : OptionalDouble.of(6.0 * Proxy.CONFIG.productWeights() * (proxy + curvature + reference + scored));
        return new Estimate(proxy, curvature, reference, scored, flops, BASE_BYTES + stock.documents() * BYTES);
    }

    /** Documents that are scored before the rounds. */
    private double pilot() {
        return pipeline.selection().threshold().needsPilot()
                ? pipeline.selection().pilot()
                : 0;
    }

    private long curvature(long reference) {
        if (pipeline.scores().curvature() == ScoreSettings.CurvatureKind.IDENTITY) {
            return 0;
        }
        long ofPool = Math.min(pipeline.scores().factorTokens(), stock.tokens());
        return switch (pipeline.scores().factorData()) {
            case POOL -> ofPool;
            case REFERENCE -> reference;
            case BOTH -> ofPool + reference;
        };
    }

    private static long bytes(ReferenceSet<Document> reference) {
        return reference.items().stream()
                .mapToLong(document -> document.text().getBytes(StandardCharsets.UTF_8).length)
                .sum();
    }

    /** Everything that determines the result, by name, in a fixed order. Reads the whole model, where one is given. */
    public Map<String, String> identity() {
        Map<String, String> identity = new LinkedHashMap<>();
        identity.put("pool", pool.fingerprint());
        if (pipeline.reference().isPresent()) {
            identity.put(
                    "reference", PoolScores.fingerprint(pipeline.reference().get()));
        }
        identity.put("model", scoredBy());
        identity.put("seed", Long.toString(seed.value()));
        identity.put("budget", budget.limit() + " " + Words.of(budget.unit()));
        identity.put("clusters", Integer.toString(clusters));
        identity.put("embeddings", embedded().isPresent() ? embedded().get().id() : "none");
        identity.put("duplicates", Words.of(pipeline.duplicates()));
        if (!pipeline.evaluation().isEmpty()) {
            identity.put("evaluation", PoolScores.fingerprint(ReferenceSet.of(pipeline.evaluation())));
        }
        if (pipeline.objective().isPresent()) {
            identity.put("selector", "greedy");
            identity.put("objective", pipeline.objective().get().fingerprint());
            return identity;
        }
        identity.put("preset", Words.of(pipeline.preset()));
        if (pipeline.estimator().isEmpty()) {
            identity.putAll(model.describe(pipeline.scores()));
        }
        if (pipeline.topK()) {
            identity.put("selector", "top-k");
        } else {
            identity.putAll(pipeline.selection()
                    .forPool(stock.documents(), Math.max(1, clusters), () -> stock.share(budget))
                    .describe());
        }
        return identity;
    }

    private String scoredBy() {
        if (pipeline.objective().isPresent()) {
            return "none";
        }
        return pipeline.estimator()
                .map(given -> "scores of " + TimedEstimator.fingerprint(given))
                .orElseGet(() -> model.identity(pipeline.scores()));
    }

    private Optional<EmbeddingSource> embedded() {
        if (pipeline.isWithoutRounds()) {
            return Optional.empty();
        }
        return pipeline.embeddings().isPresent() || pipeline.clustering().isPresent()
                ? pipeline.embeddings()
                : Optional.of(EmbeddingSource.hashedNgrams());
    }

    /**
     * Writes into the folder what run this is, or checks that it is the one that the folder holds. {@link #run} begins
     * with it; nothing happens where nothing is kept, or it was called before.
     *
     * @throws MismatchException if the folder holds another run; names all that differs
     */
    public void claim() {
        if (begun == null) {
            begun = folder.isEmpty() || folder.get().claim(identity());
        }
    }

    /**
     * Runs to the end. Throws what {@link QuadPipeline#select} throws.
     *
     * @throws MismatchException also if a run that goes on was begun with other kernels of OpenBLAS, which round
     *     differently
     */
    public PipelineResult run() {
        claim();
        shortage().ifPresent(words -> pipeline.listener().onNote(words));
        if (folder.isPresent()) {
            folder.get().requireSameKernels();
            folder.get().makeWork();
        }
        try {
            Optional<Embeddings> embeddings = Optional.empty();
            Optional<Clustering> clustering;
            try {
                embeddings = embed();
                clustering = cluster(embeddings);
            } catch (QuadException e) {
                forget();
                throw e;
            }
            return select(embeddings, clustering);
        } catch (CancellationException e) {
            return cancelled();
        }
    }

    /** A run that was begun with rows that are refused is none. */
    private void forget() {
        boolean given = embedded().map(EmbeddingSource::isGiven).orElse(false);
        if (given && folder.isPresent() && Boolean.TRUE.equals(begun)) {
            folder.get().release();
        }
    }

    private PipelineResult cancelled() {
        Selection.Costs none = new Selection.Costs(0, 0, 0, 0, 0, 0, 0, OptionalDouble.empty());
        Selection nothing = new Selection(List.of(), StopReason.CANCELLED, none, identity());
        return new PipelineResult(nothing, Optional.empty(), Double.NaN, stages.seconds(), List.of());
    }

    private Optional<Embeddings> embed() {
        if (embedded().isEmpty()) {
            return Optional.empty();
        }
        EmbeddingSource source = embedded().get();
        return Optional.of(stages.run(
                "embedding",
                "embedding",
                pool.size(),
                "documents",
                at -> source.of(pool, seed, folder.map(WorkFolder::work), at::accept),
                made -> String.format(Locale.ROOT, "%,d documents", pool.size())));
    }

    private Optional<Clustering> cluster(Optional<Embeddings> embeddings) {
        if (pipeline.clustering().isPresent() || embeddings.isEmpty()) {
            return pipeline.clustering();
        }
        Embeddings rows = embeddings.get();
        KMeansOptions options =
                KMeansOptions.builder(Math.min(clusters, rows.rows())).build();
        return Optional.of(stages.run(
                "clustering",
                "clustering",
                options.maxIterations(),
                "iterations",
                at -> clusters(options, at).cluster(rows, seed),
                made -> String.format(Locale.ROOT, "%,d clusters", made.clusterCount())));
    }

    private KMeans clusters(KMeansOptions options, LongConsumer at) {
        KMeans kmeans = KMeans.of(options, new KMeansListener() {
            @Override
            public void onIteration(Iteration iteration) {
                at.accept(iteration.number());
            }
        });
        return folder.isPresent() ? kmeans.in(folder.get().clusters()) : kmeans;
    }

    private PipelineResult select(Optional<Embeddings> embeddings, Optional<Clustering> clustering) {
        if (pipeline.objective().isPresent()) {
            return greedy(pipeline.objective().get());
        }
        if (pipeline.estimator().isPresent()) {
            return select(embeddings, clustering, pipeline.estimator().get(), List.of());
        }
        ScoreSettings settings = pipeline.scores();
        ScoredBy.Training training = new ScoredBy.Training(pool, stock.repeats().eligible(), seed, folder, stages);
        Chunker.Builder chunks = Chunker.builder(model.tokenizer()).length(chunkLength);
        Chunker whole =
                chunks.minTokens(ShortDocuments.UNSCORED.tokens(chunkLength)).build();
        Chunker scored = chunks.minTokens(settings.shortDocuments().tokens(chunkLength))
                .maxChunks(settings.chunksPerDocument())
                .build();
        ReferenceSet<Document> reference = pipeline.reference().orElseThrow();
        try (Owned owned = new Owned()) {
            List<ScoredBy.Part> parts = model.parts();
            List<InfluenceEstimator<Document>> estimators = new ArrayList<>();
            List<Spectrum> spectra = new ArrayList<>();
            for (int i = 0; i < parts.size(); i++) {
                ScoredBy.Model open = owned.add(parts.get(i).model().open(settings, training));
                Scoring scoring = new Scoring(settings, open, i, training);
                ReferenceDirection direction = owned.add(scoring.direction(
                        whole, pool, reference, stock.repeats().eligible()));
                estimators.add(owned.add(scoring.estimator(
                        direction, scored, pool, stock.repeats().eligible())));
                spectra.addAll(scoring.spectra());
            }
            InfluenceEstimator<Document> estimator = parts.size() == 1
                    ? estimators.get(0)
                    : InfluenceEstimator.sum(
                            estimators,
                            parts.stream().mapToDouble(ScoredBy.Part::weight).toArray());
            return select(embeddings, clustering, estimator, spectra);
        }
    }

    /**
     * What the words of texts add to their scores, by the models and the reference of a run that has ended, while its
     * work is there: {@link #run} keeps the direction of the reference in the folder, so that nothing is estimated
     * anew. Cost: a forward and a backward pass of each text by each model, and reading these.
     *
     * @return of each text its words, none where it is too short; empty where scores are not of plain gradients of a
     *     model, or the run keeps nothing, or no longer
     */
    public Optional<List<WordScores>> wordScores(List<Document> texts) {
        Objects.requireNonNull(texts, "the texts are null; allowed are none");
        ScoreSettings settings = pipeline.scores();
        List<ScoredBy.Part> parts = asksModel() ? model.parts() : List.of();
        boolean kept = IntStream.range(0, parts.size())
                .allMatch(i ->
                        folder.filter(one -> Files.exists(one.direction(i))).isPresent());
        if (parts.isEmpty() || !kept || !settings.isPlainProduct()) {
            return Optional.empty();
        }
        ScoredBy.Training training = new ScoredBy.Training(pool, stock.repeats().eligible(), seed, folder, stages);
        Chunker chunker = Chunker.builder(model.tokenizer())
                .length(chunkLength)
                .minTokens(settings.shortDocuments().tokens(chunkLength))
                .maxChunks(Integer.MAX_VALUE)
                .build();
        List<DetailedScores.Found> found = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            try (ScoredBy.Model open = parts.get(i).model().open(settings, training);
                    ReferenceDirection direction =
                            ReferenceDirection.read(folder.orElseThrow().direction(i))) {
                GradientSource<TokenSequence> source = new Scoring(settings, open, i, training).source();
                DirectionScores<TokenSequence> scores =
                        new DirectionScores<>(source, List.of(direction), GradientSource.DEFAULT_BATCH_TOKENS);
                found.add(DetailedScores.byToken(source, chunker, chunks -> scores.perToken(chunks)[0])
                        .score(texts));
            }
        }
        List<float[]> values = DetailedScores.Found.sum(
                        found, parts.stream().mapToDouble(ScoredBy.Part::weight).toArray())
                .values();
        return Optional.of(IntStream.range(0, texts.size())
                .mapToObj(i -> WordScores.of(texts.get(i).text(), model.tokenizer(), values.get(i)))
                .toList());
    }

    private PipelineResult greedy(Objective<Document> objective) {
        ChoosingStages told =
                new ChoosingStages(pipeline.listener(), "valuing", budget.limit(), Words.of(budget.unit()), false);
        Selection selection = stages.timed(
                "choosing",
                "selecting",
                () -> GreedySelector.of(objective)
                        .among(stock.repeats().eligible())
                        .listener(told)
                        .listener(pipeline.listener())
                        .select(pool, budget, seed));
        told.finish(
                String.format(Locale.ROOT, "%,d documents", selection.costs().documentsChosen()));
        return new PipelineResult(selection, Optional.empty(), Double.NEGATIVE_INFINITY, stages.seconds(), List.of());
    }

    private PipelineResult select(
            Optional<Embeddings> embeddings,
            Optional<Clustering> clustering,
            InfluenceEstimator<? super Document> estimator,
            List<Spectrum> spectra) {
        TimedEstimator<Document> timed = new TimedEstimator<>(estimator);
        boolean all = pipeline.topK();
        ChoosingStages told = new ChoosingStages(
                pipeline.listener(),
                "setting the threshold",
                all ? stock.documents() : budget.limit(),
                all ? "documents scored" : Words.of(budget.unit()),
                all);
        Selection selection = stages.timed(
                "rounds",
                "selecting",
                () -> selector(embeddings, clustering, timed, List.of(told, pipeline.listener()))
                        .select(pool, budget, seed));
        Selection.Costs costs = selection.costs();
        told.finish(String.format(
                Locale.ROOT,
                "%,d documents%s; %,d scored in all",
                costs.documentsChosen(),
                all ? "" : String.format(Locale.ROOT, " in %,d rounds", costs.rounds()),
                costs.documentsScored()));
        Map<String, Double> seconds = stages.seconds();
        seconds.put("roundsScoring", timed.seconds());
        seconds.put("roundsBandit", seconds.getOrDefault("rounds", 0.0) - timed.seconds());
        return new PipelineResult(selection, clustering, told.threshold(), seconds, spectra);
    }

    private DataSelector<Document> selector(
            Optional<Embeddings> embeddings,
            Optional<Clustering> clustering,
            InfluenceEstimator<Document> estimator,
            List<SelectionListener> listeners) {
        if (clustering.isEmpty()) {
            TopKSelector.Builder<Document> best = TopKSelector.<Document>builder(estimator)
                    .eligible(stock.repeats().eligible());
            listeners.forEach(best::listener);
            folder.ifPresent(kept -> best.journal(kept.rounds()));
            return best.build();
        }
        QuadSelector.Builder<Document> quad = QuadSelector.<Document>builder(clustering.get(), estimator)
                .options(pipeline.selection())
                .eligible(stock.repeats().eligible());
        listeners.forEach(quad::listener);
        if (pipeline.selection().redundancy().isPresent()) {
            embeddings.ifPresent(rows -> quad.vectors(vectors(rows)));
        }
        folder.ifPresent(kept -> quad.journal(kept.rounds()));
        return quad.build();
    }

    private static IntFunction<float[]> vectors(Embeddings embeddings) {
        return ordinal -> {
            FloatBuffer row = FloatBuffer.allocate(embeddings.dimension());
            embeddings.readFully(ordinal, 1, row);
            return row.array();
        };
    }

    /** Lets others into the folder, where this session holds it; what is kept stays. */
    @Override
    public void close() {
        if (lock.isPresent()) {
            try (OutputLock held = lock.get()) {
                WorkFolder kept = folder.orElseThrow();
                kept.clean(held, List.of());
                kept.leaveUnclaimed();
            }
        }
    }
}
