// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.DataSelector;
import dev.quad.InfluenceEstimator;
import dev.quad.Objective;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import dev.quad.bandit.SelectionOptions;
import dev.quad.influence.GradientSource;
import dev.quad.linalg.Kernels;
import dev.quad.text.Contamination;
import dev.quad.text.Document;
import dev.quad.text.NgramCoverage;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * From documents to a selection, as {@code quad select} does it. Unless told otherwise it leaves duplicates out and
 * takes what adds most to the {@link NgramCoverage} of the reference, again and again, by
 * {@link dev.quad.bandit.GreedySelector}: no model is trained.
 *
 * <p>Where anything of a model, scores, clusters or rounds is set, a {@linkplain Builder#preset preset} for one, it
 * embeds, clusters, trains a small model or takes one that is given, estimates its curvature, makes the reference
 * direction, and plays the rounds of {@link dev.quad.bandit.QuadSelector}.
 *
 * <pre>{@code
 * Selection selection = QuadPipeline.builder(reference)
 *         .work(Path.of("run"))
 *         .build()
 *         .select(pool, Budget.tokens(400_000), new Seed(1));
 * }</pre>
 *
 * <p>What is left out is as in the command: the same pool, reference, budget, seed and settings give the same
 * selection, whether they come from here or from the command line, and whatever the number of threads. A pool counts
 * tokens by the tokenizer of the model; without a model a token is a byte of UTF-8, as in
 * {@link dev.quad.text.JsonlPool} by default.
 *
 * <p>With a folder for the {@linkplain Builder#work(Path) work} what is expensive is kept as it is made; a run that was
 * killed, or ended by an exception, goes on from there when it is called again, and ends with the same result. Without
 * one everything is in memory: {@code 4 · dimension} bytes of embedding a document, with the default embedding 1 KiB.
 *
 * <p>Cost: one reading of the pool for duplicates, one for embeddings; the training of the model, {@code 6} operations
 * a weight and token; the passes for curvature and direction, and those of the documents that the rounds score
 * ({@link PipelineSession#estimate}). It runs on the current fork-join pool, or the common one.
 *
 * <p>An interrupted thread ends the run with {@link dev.quad.StopReason#CANCELLED} and what was chosen by then, before
 * the rounds nothing. Immutable; but a run uses the estimator or gradients that are given, so that one run at a time is
 * allowed where these allow no more, and one at a time in a folder.
 */
public final class QuadPipeline implements DataSelector<Document> {
    /**
     * The bytes of text that a proxy learns from by default: enough for the kinds of text of a mixed pool, in a minute.
     */
    public static final long DEFAULT_PROXY_TOKENS = 500_000;
    /** Equal texts: who chooses one chooses none of its copies, and finding them takes one reading of the pool. */
    public static final DuplicatePolicy DEFAULT_DUPLICATES = DuplicatePolicy.EXACT;

    private final Optional<ReferenceSet<Document>> reference;
    private final Optional<InfluenceEstimator<? super Document>> estimator;
    private final ScoredBy model;
    private final Preset preset;
    private final ScoreSettings scores;
    private final SelectionOptions selection;
    private final DuplicatePolicy duplicates;
    private final List<Document> evaluation;
    private final Optional<EmbeddingSource> embeddings;
    private final Optional<Clustering> clustering;
    private final int clusters;
    private final boolean topK;
    private final Optional<Objective<Document>> objective;
    private final PipelineListener listener;
    private final Optional<Path> ownFolder;
    private final Optional<WorkFolder> folder;

    private QuadPipeline(Builder b) {
        this.reference = b.reference;
        this.estimator = b.estimator;
        this.model = b.model;
        this.preset = b.preset;
        this.scores = b.scores.orElseGet(() -> b.preset.scores().build());
        this.selection = b.selection.orElseGet(() -> b.preset.selection().build());
        this.duplicates = b.duplicates;
        this.evaluation = b.evaluation;
        this.embeddings = b.embeddings;
        this.clustering = b.clustering;
        this.clusters = b.clusters;
        this.topK = b.topK;
        this.objective = b.objective();
        this.listener = b.listener;
        this.ownFolder = b.ownFolder;
        this.folder = b.folder;
    }

    /** What scores, and what chooses. */
    @Override
    public String toString() {
        if (objective.isPresent()) {
            return "pipeline, greedy choice by " + objective.get();
        }
        return "pipeline, "
                + (topK ? "the best" : "rounds by " + selection.armSelector())
                + (estimator.isPresent() ? ", scored by an estimator" : ", scored along " + reference.orElseThrow());
    }

    /**
     * Starts from the defaults.
     *
     * @param reference documents whose loss is to fall
     */
    public static Builder builder(ReferenceSet<Document> reference) {
        return new Builder(Optional.of(Objects.requireNonNull(reference, "the reference is null")), Optional.empty());
    }

    /**
     * Starts from the defaults, with scores that are made elsewhere: no model is trained and none is asked for.
     *
     * @param estimator positive = helpful; stays with the caller, who closes it
     */
    public static Builder scoredBy(InfluenceEstimator<? super Document> estimator) {
        return new Builder(Optional.empty(), Optional.of(Objects.requireNonNull(estimator, "the estimator is null")));
    }

    /**
     * Runs, and gives what was chosen. A budget above what there is to choose from is taken, and the listener told:
     * {@link PipelineSession#shortage}.
     *
     * @throws dev.quad.MismatchException if the folder holds another run, or clusters or rows are not of this pool
     * @throws dev.quad.InputException if texts are too short to learn from, or a file is damaged
     * @throws dev.quad.QuadException if a stage fails; what was kept by then stays good
     * @throws UncheckedIOException if a file cannot be read or written
     */
    @Override
    public Selection select(CandidatePool<Document> pool, Budget budget, Seed seed) {
        return run(pool, budget, seed).selection();
    }

    /** As {@link #select}, with what was made on the way. */
    public PipelineResult run(CandidatePool<Document> pool, Budget budget, Seed seed) {
        try (PipelineSession session = session(pool, budget, seed)) {
            return session.run();
        }
    }

    /**
     * Opens a run: duplicates are found, and settings are checked, but nothing is begun. For those who want to know
     * what it will take, or show it, before it runs. Throws what {@link #select} throws.
     */
    public PipelineSession session(CandidatePool<Document> pool, Budget budget, Seed seed) {
        return PipelineSession.open(
                this,
                Objects.requireNonNull(pool, "the pool is null"),
                Objects.requireNonNull(budget, "the budget is null"),
                Objects.requireNonNull(seed, "the seed is null"));
    }

    /**
     * What in the environment makes the products of matrices slower than the processor could have them, in words, with
     * what to do; empty if nothing does.
     */
    public static Optional<String> advice() {
        return Kernels.olderThanProcessor();
    }

    Optional<ReferenceSet<Document>> reference() {
        return reference;
    }

    Optional<InfluenceEstimator<? super Document>> estimator() {
        return estimator;
    }

    ScoredBy model() {
        return model;
    }

    Preset preset() {
        return preset;
    }

    ScoreSettings scores() {
        return scores;
    }

    SelectionOptions selection() {
        return selection;
    }

    DuplicatePolicy duplicates() {
        return duplicates;
    }

    List<Document> evaluation() {
        return evaluation;
    }

    Optional<EmbeddingSource> embeddings() {
        return embeddings;
    }

    Optional<Clustering> clustering() {
        return clustering;
    }

    int clusters() {
        return clusters;
    }

    boolean topK() {
        return topK;
    }

    Optional<Objective<Document>> objective() {
        return objective;
    }

    /** Whether all are looked at, without clusters and rounds. */
    boolean isWithoutRounds() {
        return topK || objective.isPresent();
    }

    PipelineListener listener() {
        return listener;
    }

    Optional<Path> ownFolder() {
        return ownFolder;
    }

    Optional<WorkFolder> folder() {
        return folder;
    }

    /** Collects what a run is made of. What is not set is as in {@code quad select}. */
    public static final class Builder {
        private static final String SCORED = "scoredBy(estimator)";
        private static final String PROXY = "proxy(tokens)";
        private static final String MODEL_FOLDER = "model(folder)";
        private static final String MODEL_GRADIENTS = "model(gradients)";
        private static final String SCORES = "scores(settings)";
        private static final String SELECTION = "selection(options)";
        private static final String EMBEDDINGS = "embeddings(source)";
        private static final String COUNT = "clusters(count)";
        private static final String CLUSTERS = "clusters(clustering)";
        private static final String TOP_K = "topK()";
        private static final String GREEDY = "greedy(objective)";
        private static final String PRESET = "preset(value)";
        private static final String NO_MODEL = "no model is trained or asked";

        /** One setting makes the other idle. */
        private record Exclusion(String one, String other, String because) {
            boolean isOf(Set<String> given) {
                return given.contains(one) && given.contains(other);
            }

            String words() {
                return "with " + one + " " + because + ", and " + other + " would do nothing; leave one of them out";
            }
        }

        private static final List<Exclusion> EXCLUSIONS = List.of(
                new Exclusion(SCORED, PROXY, "no model is trained"),
                new Exclusion(SCORED, MODEL_FOLDER, "no model is asked"),
                new Exclusion(SCORED, MODEL_GRADIENTS, "no model is asked"),
                new Exclusion(SCORED, SCORES, "the estimator says what a score is"),
                new Exclusion(MODEL_FOLDER, PROXY, "no proxy is trained"),
                new Exclusion(MODEL_GRADIENTS, PROXY, "no proxy is trained"),
                new Exclusion(MODEL_FOLDER, MODEL_GRADIENTS, "a run has one model"),
                new Exclusion(CLUSTERS, COUNT, "the clusters are there"),
                new Exclusion(TOP_K, COUNT, "there are no clusters"),
                new Exclusion(TOP_K, CLUSTERS, "there are no clusters"),
                new Exclusion(TOP_K, EMBEDDINGS, "there are no clusters"),
                new Exclusion(TOP_K, SELECTION, "there are no rounds"),
                new Exclusion(GREEDY, SCORED, "nothing is scored by an estimator"),
                new Exclusion(GREEDY, PROXY, NO_MODEL),
                new Exclusion(GREEDY, MODEL_FOLDER, NO_MODEL),
                new Exclusion(GREEDY, MODEL_GRADIENTS, NO_MODEL),
                new Exclusion(GREEDY, SCORES, NO_MODEL),
                new Exclusion(GREEDY, PRESET, "there are no rounds"),
                new Exclusion(GREEDY, SELECTION, "there are no rounds"),
                new Exclusion(GREEDY, EMBEDDINGS, "there are no clusters"),
                new Exclusion(GREEDY, COUNT, "there are no clusters"),
                new Exclusion(GREEDY, CLUSTERS, "there are no clusters"),
                new Exclusion(GREEDY, TOP_K, "a run has one selector"));

        /** What chooses a way of selecting; nothing of it is set by those who only say where and with whom. */
        private final Set<String> set = new HashSet<>();

        private final Optional<ReferenceSet<Document>> reference;
        private final Optional<InfluenceEstimator<? super Document>> estimator;
        private ScoredBy model = new ScoredBy.Trained(DEFAULT_PROXY_TOKENS);
        private Preset preset = Preset.QUAD;
        private Optional<ScoreSettings> scores = Optional.empty();
        private Optional<SelectionOptions> selection = Optional.empty();
        private DuplicatePolicy duplicates = DEFAULT_DUPLICATES;
        private List<Document> evaluation = List.of();
        private Optional<EmbeddingSource> embeddings = Optional.empty();
        private Optional<Clustering> clustering = Optional.empty();
        private int clusters;
        private boolean topK;
        private Optional<Objective<Document>> greedy = Optional.empty();
        private PipelineListener listener = PipelineListener.NONE;
        private Optional<Path> ownFolder = Optional.empty();
        private Optional<WorkFolder> folder = Optional.empty();

        private Builder(
                Optional<ReferenceSet<Document>> reference, Optional<InfluenceEstimator<? super Document>> estimator) {
            this.reference = reference;
            this.estimator = estimator;
            estimator.ifPresent(given -> set.add(SCORED));
        }

        /**
         * Trains a small model on so many bytes of the pool, {@code >= 1}; {@value #DEFAULT_PROXY_TOKENS} unless set.
         */
        public Builder proxy(long tokens) {
            model = new ScoredBy.Trained(tokens);
            set.add(PROXY);
            return this;
        }

        /**
         * Scores with the model of a folder in the Hugging Face layout, which is mapped into memory, not read.
         *
         * @param folder see {@link dev.quad.model.Decoder#map}
         * @param tokenizer the model's own, by which the pool counts tokens too
         */
        public Builder model(Path folder, Tokenizer tokenizer) {
            model = new ScoredBy.InFolder(
                    Objects.requireNonNull(folder, "the folder of the model is null"),
                    Objects.requireNonNull(tokenizer, "the tokenizer of the model is null"));
            set.add(MODEL_FOLDER);
            return this;
        }

        /**
         * Scores with several checkpoints of a training, {@code U(z) = Σ_t η_t U_t(z)}: each with a curvature and a
         * direction of its own ({@link InfluenceEstimator#sum}). With learning rates as weights and no curvature it is
         * TracIn, with cosines of the moments of Adam LESS.
         *
         * @param folders one or more, as in {@link #model(Path, Tokenizer)}
         * @param weights η, finite, one for each
         * @param tokenizer that of all of them, by which the pool counts tokens too
         */
        public Builder checkpoints(List<Path> folders, List<Double> weights, Tokenizer tokenizer) {
            model = ScoredBy.Checkpoints.of(folders, weights, tokenizer);
            set.add(MODEL_FOLDER);
            return this;
        }

        /**
         * Scores with a model of another training stack.
         *
         * @param source gradients of the model; stays with the caller
         * @param tokenizer the model's own, by which the pool counts tokens too
         * @param maxTokens tokens that go through the model at once, {@code >= 2}; longer documents are cut
         */
        public Builder model(GradientSource<TokenSequence> source, Tokenizer tokenizer, int maxTokens) {
            model = new ScoredBy.Given(
                    Objects.requireNonNull(source, "the source of gradients is null"),
                    Objects.requireNonNull(tokenizer, "the tokenizer of the model is null"),
                    maxTokens);
            set.add(MODEL_GRADIENTS);
            return this;
        }

        /**
         * What scores and choosing start from where they are not set; {@link Preset#QUAD} unless set. Who sets it wants
         * rounds.
         */
        public Builder preset(Preset value) {
            preset = Objects.requireNonNull(value, "preset is null; leave it out for the default");
            set.add(PRESET);
            return this;
        }

        /** What a score is; that of the preset unless set. */
        public Builder scores(ScoreSettings value) {
            scores = Optional.of(Objects.requireNonNull(value, "scores is null; leave it out for the default"));
            set.add(SCORES);
            return this;
        }

        /**
         * How the rounds choose; as the preset has it unless set. A {@link dev.quad.bandit.Redundancy} without vectors
         * of its own takes the embeddings.
         */
        public Builder selection(SelectionOptions value) {
            selection = Optional.of(Objects.requireNonNull(value, "selection is null; leave it out for the default"));
            set.add(SELECTION);
            return this;
        }

        /** Which documents are left out as duplicates; {@link #DEFAULT_DUPLICATES} unless set. */
        public Builder duplicates(DuplicatePolicy value) {
            duplicates = Objects.requireNonNull(value, "duplicates is null; leave it out for the default");
            return this;
        }

        /**
         * Leaves out what shares words with texts that models are to be judged by, see {@link Contamination}; none
         * unless set.
         */
        public Builder decontaminate(List<Document> texts) {
            evaluation = List.copyOf(Objects.requireNonNull(texts, "the evaluation texts are null; allowed are none"));
            return this;
        }

        /**
         * What documents are clustered by; {@link EmbeddingSource#hashedNgrams} unless set, and where
         * {@linkplain #clusters(Clustering) clusters} are given none.
         */
        public Builder embeddings(EmbeddingSource value) {
            embeddings = Optional.of(Objects.requireNonNull(value, "embeddings is null; leave it out for the default"));
            set.add(EMBEDDINGS);
            return this;
        }

        /**
         * How many clusters to make, or 0 for {@link dev.quad.cluster.ClusterCount#suggest}, which it is unless set.
         * With more than there are documents each is a cluster of its own, which the listener is told.
         */
        public Builder clusters(int count) {
            clusters = count;
            return this;
        }

        /** Clusters that are made elsewhere, of all documents of the pool. */
        public Builder clusters(Clustering value) {
            clustering = Optional.of(Objects.requireNonNull(value, "clusters is null; leave it out for the default"));
            set.add(CLUSTERS);
            return this;
        }

        /**
         * Scores every document and takes the best, by {@link dev.quad.bandit.TopKSelector}, instead of playing rounds:
         * the baseline. Nothing is embedded or clustered, and the {@linkplain #selection options} of rounds are not
         * used.
         */
        public Builder topK() {
            topK = true;
            set.add(TOP_K);
            return this;
        }

        /**
         * Takes what adds most to an objective for what it costs, by {@link dev.quad.bandit.GreedySelector}; by the
         * {@link NgramCoverage} of the reference where nothing of a model, scores, clusters or rounds is set either.
         */
        public Builder greedy(Objective<Document> value) {
            greedy = Optional.of(Objects.requireNonNull(value, "the objective is null; leave it out for the default"));
            set.add(GREEDY);
            return this;
        }

        private Optional<Objective<Document>> objective() {
            return set.isEmpty() && clusters == 0 ? reference.map(NgramCoverage::of) : greedy;
        }

        /** Who follows the run. */
        public Builder listener(PipelineListener value) {
            listener = Objects.requireNonNull(value, "listener is null; leave it out for the default");
            return this;
        }

        /**
         * Keeps what is expensive in a folder, which is new, empty, or that of the same run; made if missing. It stays
         * when the run has ended, so that the same call gives the result again without computing; take it away when it
         * is not needed.
         */
        public Builder work(Path path) {
            ownFolder = Optional.of(Objects.requireNonNull(path, "work is null; leave it out for the default"));
            folder = Optional.empty();
            return this;
        }

        /** As the other, in a folder that the caller holds by a {@link dev.quad.files.OutputLock}, and cleans. */
        public Builder work(WorkFolder value) {
            folder = Optional.of(Objects.requireNonNull(value, "work is null; leave it out for the default"));
            ownFolder = Optional.empty();
            return this;
        }

        /**
         * The pipeline.
         *
         * @throws IllegalArgumentException if a value is out of range, or a setting makes another idle; names all that
         *     is wrong
         */
        public QuadPipeline build() {
            List<String> problems = new ArrayList<>();
            model.check(problems);
            if (clusters < 0) {
                problems.add("clusters is " + clusters + "; allowed is 1 or more, or 0 for the default");
            }
            reference.ifPresent(
                    given -> scores.orElseGet(() -> preset.scores().build()).check(given, problems));
            Set<String> given = new HashSet<>(set);
            if (clusters > 0) {
                given.add(COUNT);
            }
            EXCLUSIONS.stream().filter(each -> each.isOf(given)).forEach(each -> problems.add(each.words()));
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException(String.join("; ", problems));
            }
            return new QuadPipeline(this);
        }
    }
}
