// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.CandidatePool;
import dev.quad.Fingerprint;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.InputException;
import dev.quad.QuadException;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import dev.quad.bandit.QuadSelector;
import dev.quad.files.JsonText;
import dev.quad.files.MarkedFolder;
import dev.quad.files.OutputLock;
import dev.quad.files.Unchecked;
import dev.quad.files.Words;
import dev.quad.influence.Curvature;
import dev.quad.influence.DirectionScores;
import dev.quad.influence.GradientSource;
import dev.quad.influence.GradientStore;
import dev.quad.influence.KroneckerFactors;
import dev.quad.influence.LayerShape;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.RowForm;
import dev.quad.influence.SelfInfluence;
import dev.quad.influence.Spectrum;
import dev.quad.influence.Unrolling;
import dev.quad.linalg.Owned;
import dev.quad.text.Chunker;
import dev.quad.text.Document;
import dev.quad.text.ScoreColumn;
import dev.quad.text.TableWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.LongConsumer;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Scores every document of a pool, as {@code quad score} does, and writes them to a file: for who wants influence
 * scores and no selection, or several selections by the same scores ({@link ScoreColumn}).
 *
 * <pre>{@code
 * PoolScores.along(reference).model(folder, tokenizer).build().write(Path.of("scores.parquet"), pool, new Seed(1));
 * }</pre>
 *
 * <p>With L(z) the mean loss over the tokens of z, {@code g = ∇L}, D_r the reference and H the curvature, the score is
 * {@code g(D_r)ᵀ (H+λI)⁻¹ g(z)} ({@link #along}; what {@link QuadPipeline} selects by, with the same settings), the
 * same for each reference document r alone ({@link Builder#pairwise}), or {@code g(z)ᵀ (H+λI)⁻¹ g(z)} ({@link #self}).
 * Positive means that training on z is predicted to lower the loss of the reference, or of z. A document of several
 * chunks has the mean of theirs, by tokens unless {@link ScoreSettings} say otherwise. As in the pipeline copies of a
 * document do not count in what the proxy and the curvature are made from; but each has its score.
 *
 * <p>A row of the file is a document of the pool, in its order: {@code id}, {@code score}, {@code z} (standard
 * deviations from the mean of all scores), {@code tokens}, and {@code flag}, the reason where there is no score; what
 * else there is, and the metadata, {@code docs/results.md} tells. The file's name says its form: {@code .parquet},
 * {@code .jsonl} (with {@code .gz} or {@code .zst}) with its metadata beside it, or {@code .safetensors}.
 *
 * <p>Work is kept in a folder beside the file, {@link #work}, until the file is there: killed and called again with the
 * same arguments it goes on, and ends with the same bytes. Memory is bounded by a batch, whatever the pool. Cost: a
 * forward and a backward pass of each document; along each of R directions {@code R} times the products. Immutable; it
 * runs on the current fork-join pool, or the common one. Uses gradients that are given, so that one run at a time is
 * allowed where these allow no more.
 */
public final class PoolScores {
    /** The bytes that the directions of {@link Builder#pairwise} may take: 4 GiB. */
    public static final long PAIRWISE_BYTES = 4L << 30;

    /** Eigenvectors of either side of a layer in {@link Builder#store}; what they keep, PERFORMANCE.md tells. */
    public static final int DEFAULT_STORE_RANK = 32;

    /** Documents that are scored at once from a store. */
    private static final int STORE_BATCH = 512;

    /** Of files that are ours. */
    private static final Set<String> FORMATS = Set.of(ScoreColumn.FORMAT, BestOfEach.FORMAT);

    /** What of the metadata does not say which run it is. */
    private static final Set<String> BESIDE_IDENTITY = Set.of(
            "format",
            "quad",
            "sign",
            "unit",
            "documents",
            "scored",
            "mean",
            "deviation",
            "references",
            "layerNames",
            "spectra",
            "learned");

    /** What a score is split into. */
    public enum By {
        /** It is not. */
        DOCUMENT,
        /** What each layer contributes; they sum to the score. */
        LAYER,
        /**
         * What each token contributes that has a next one; their mean is the score. Every chunk of a document is
         * scored, whatever {@link ScoreSettings.Builder#chunksPerDocument} says.
         */
        TOKEN
    }

    private enum Kind {
        AGGREGATED,
        PAIRWISE,
        SELF
    }

    private final Optional<ReferenceSet<Document>> reference;
    private final List<ReferenceSet<Document>> tasks;
    private final Kind kind;
    private final By by;
    private final ScoredBy model;
    private final ScoreSettings settings;
    private final Optional<StoredGradients> store;
    private final OptionalInt top;
    private final List<Double> segments;
    private final PipelineListener listener;

    private PoolScores(Builder b) {
        this.reference = b.reference;
        this.tasks = b.tasks;
        this.kind = b.kind;
        this.by = b.by;
        this.model = b.model;
        this.settings = b.settings;
        this.store = b.store;
        this.top = b.top;
        this.segments = b.segments;
        this.listener = b.listener;
    }

    /**
     * Scores by a reference, all of it as one.
     *
     * @param reference documents whose loss is to fall
     */
    public static Builder along(ReferenceSet<Document> reference) {
        return new Builder(Optional.of(Objects.requireNonNull(reference, "the reference is null")), Kind.AGGREGATED);
    }

    /**
     * Scores by several references, each a task of its own: the score of a document is that by the one that it is best
     * for, {@code max_k U_k(z)} after the sum over checkpoints, as in LESS (Xia et al., 2024). Products are comparable
     * as far as gradients of the tasks are of one size; cosines always are. Costs what the tasks cost one by one.
     *
     * @param tasks documents whose loss is to fall, two or more times
     */
    public static Builder alongBest(List<ReferenceSet<Document>> tasks) {
        Objects.requireNonNull(tasks, "the tasks are null");
        Builder builder = along(ReferenceSet.of(
                tasks.stream().flatMap(task -> task.items().stream()).toList()));
        builder.tasks = List.copyOf(tasks);
        return builder;
    }

    /** What a document does to its own loss: high for outliers and wrong texts. */
    public static Builder self() {
        return new Builder(Optional.empty(), Kind.SELF);
    }

    /** Where a file's scores are kept until it is there; a folder beside it that can be removed to begin again. */
    public static Path work(Path target) {
        Objects.requireNonNull(target, "the file is null");
        return target.resolveSibling(target.getFileName() + ".work");
    }

    /**
     * Scores a pool.
     *
     * @param target must not be there, unless this run wrote it, by its metadata: then it stays, and its summary is
     *     given
     * @param seed draws what the proxy and the curvature are made from
     * @throws IllegalArgumentException if the file's name has another ending
     * @throws InputException if the file is there, or texts are too short to learn from
     * @throws dev.quad.MismatchException if the work beside the file is of another run, or was begun with other kernels
     *     of OpenBLAS
     * @throws QuadException if a stage fails; what was kept by then stays good
     * @throws CancellationException if the thread is interrupted; as after a kill
     * @throws UncheckedIOException if a file cannot be read or written
     */
    public ScoreSummary write(Path target, CandidatePool<Document> pool, Seed seed) {
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(seed, "the seed is null");
        checkName(target);
        if (top.isPresent() && ScoresFile.isTensors(target)) {
            throw new IllegalArgumentException("the best documents of each reference document are rows, and " + target
                    + " would hold tensors; allowed are names that end in .parquet and .jsonl, also with .gz or .zst");
        }
        requireFree(target);
        try (OutputLock lock = OutputLock.ofFile(target)) {
            check(target);
            lock.removeUnfinished(target);
            ScoredBy used = model.forRun();
            Map<String, String> identity = identity(pool, seed, used);
            if (Files.exists(target)) {
                return finished(target, identity);
            }
            int chunkLength = Math.min(Chunker.DEFAULT_LENGTH, used.maxTokens(settings));
            settings.shortDocuments().tokens(chunkLength); // throws
            Optional<WorkFolder> kept = store.map(each -> each.claim(identity));
            Path place = work(target);
            MarkedFolder.make(place);
            WorkFolder folder = WorkFolder.beside(place);
            boolean begun = folder.hasRun();
            folder.claim(identity);
            folder.requireSameKernels();
            folder.makeWork();
            ScoreSpool spool = ScoreSpool.open(folder.scores());
            try {
                ScoreSummary summary =
                        new Run(pool, seed, used, folder, kept, spool, chunkLength).write(target, identity);
                MarkedFolder.remove(place);
                return summary;
            } catch (QuadException e) { // of what was given: nothing to go on with
                if (!begun && spool.documents() == 0) {
                    MarkedFolder.remove(place);
                }
                throw e;
            }
        }
    }

    /**
     * Checks the name of a file to write.
     *
     * @throws IllegalArgumentException if it has another ending; says which there are
     */
    public static void checkName(Path target) {
        Objects.requireNonNull(target, "the file is null");
        if (!ScoresFile.isNamed(target)) {
            throw new IllegalArgumentException("scores cannot be written to " + target
                    + "; allowed are names that end in .parquet, .safetensors, and .jsonl, also with .gz or .zst");
        }
    }

    /**
     * Refuses to replace anything but metadata of ours, as {@link #write} does; removes what a run left that was killed
     * when its file was there. Whether scores that are there are those of the run only {@link #write} can tell.
     *
     * @throws InputException if a file is there that holds no such scores
     * @throws QuadException if another run is writing it
     */
    public static void requireFree(Path target) {
        Objects.requireNonNull(target, "the file is null");
        if (OutputLock.removeLeft(target) && Files.exists(target)) {
            MarkedFolder.remove(work(target));
        }
        check(target);
    }

    static void check(Path target) {
        Optional<Path> beside = TableWriter.metadataFile(target);
        boolean isBeside = beside.isPresent() && Files.exists(beside.get(), LinkOption.NOFOLLOW_LINKS);
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS) && !isOurs(target)) {
            String metadata = beside.isEmpty()
                    ? ""
                    : (isBeside ? ", with its metadata in " : ", without its metadata in ") + beside.get();
            throw new InputException(
                    "the file " + target + " is there already" + metadata + "; give another name, or remove it");
        }
        if (isBeside
                && !Files.exists(target)
                && !FORMATS.contains(Unchecked.get(beside.get(), () -> JsonText.text(beside.get(), "format")))) {
            throw new InputException("the file " + beside.get() + ", where the metadata of " + target
                    + " would be, is there already; give another name, or remove it");
        }
    }

    private static boolean isOurs(Path target) {
        try {
            return Files.isRegularFile(target)
                    && FORMATS.contains(ScoreColumn.metadata(target).getOrDefault("format", ""));
        } catch (QuadException | UncheckedIOException e) { // it holds something else
            return false;
        }
    }

    /** The scores of a run that ended when they were there. */
    static ScoreSummary finished(Path target, Map<String, String> identity) {
        Map<String, String> there = ScoreColumn.metadata(target);
        Map<String, String> found = new LinkedHashMap<>(there);
        found.keySet().removeAll(BESIDE_IDENTITY);
        List<String> differences = RunDifferences.of(found, identity);
        if (!differences.isEmpty()) {
            throw new InputException("the file " + target + " is there already, with scores of another run: "
                    + String.join("; ", differences) + "; give another name, or remove it");
        }
        return ScoreSummary.of(there);
    }

    /** Everything that determines the result, by name. */
    private Map<String, String> identity(CandidatePool<Document> pool, Seed seed, ScoredBy used) {
        Map<String, String> identity = new LinkedHashMap<>();
        identity.put("kind", Words.of(kind));
        identity.put("by", Words.of(by));
        identity.put("pool", pool.fingerprint());
        reference.ifPresent(documents -> identity.put("reference", fingerprint(documents)));
        if (!tasks.isEmpty()) {
            identity.put("bestOf", tasks.stream().map(PoolScores::fingerprint).collect(Collectors.joining(" ")));
        }
        identity.put("model", used.identity(settings));
        identity.put("seed", Long.toString(seed.value()));
        identity.putAll(used.describe(settings));
        if (!segments.isEmpty()) {
            identity.put("segments", segments.toString());
            identity.remove("damping");
        }
        top.ifPresent(k -> identity.put("top", Integer.toString(k)));
        store.ifPresent(kept -> {
            identity.put("storeRank", Integer.toString(kept.rank()));
            identity.put("storeForm", Words.of(kept.form()));
        });
        return identity;
    }

    /** Of the texts of a reference, and of the weights that it has. */
    static String fingerprint(ReferenceSet<Document> reference) {
        Fingerprint digest = Fingerprint.of("quad.reference");
        reference.items().forEach(document -> digest.add(document.text()));
        for (int i = 0; reference.isWeighted() && i < reference.items().size(); i++) {
            digest.add(Double.toString(reference.weight(i)));
        }
        return digest.hex();
    }

    /** One run. */
    private final class Run {
        private final CandidatePool<Document> pool;
        private final Seed seed;
        private final ScoredBy used;
        private final WorkFolder folder;
        private final Optional<WorkFolder> kept;
        private final ScoreSpool spool;
        private final Stages stages = new Stages(listener);
        private final IntPredicate eligible;
        private final int chunkLength;

        Run(
                CandidatePool<Document> pool,
                Seed seed,
                ScoredBy used,
                WorkFolder folder,
                Optional<WorkFolder> kept,
                ScoreSpool spool,
                int chunkLength) {
            this.pool = pool;
            this.seed = seed;
            this.used = used;
            this.folder = folder;
            this.kept = kept;
            this.spool = spool;
            this.eligible = DuplicatePolicy.EXACT
                    .find(pool, Optional.of(folder.work()), listener)
                    .eligible();
            this.chunkLength = chunkLength;
        }

        ScoreSummary write(Path target, Map<String, String> identity) {
            Map<String, String> metadata = new LinkedHashMap<>();
            metadata.put("format", top.isPresent() ? BestOfEach.FORMAT : ScoreColumn.FORMAT);
            metadata.put("quad", WorkFolder.version());
            metadata.put("sign", "positive");
            metadata.put("unit", "token");
            metadata.putAll(identity);
            List<Spectrum> spectra = new ArrayList<>();
            List<String> parts = score(spectra);
            if (!spectra.isEmpty()) {
                metadata.put(
                        "spectra",
                        JsonText.list(spectra.stream().map(Spectrum::describe).toList()));
            }
            ScoreSummary summary = ScoreSummary.of(spool);
            metadata.putAll(summary.describe());
            Optional<String> values = values();
            if (!parts.isEmpty()) {
                metadata.put(kind == Kind.PAIRWISE ? "references" : "layerNames", JsonText.list(parts));
            }
            if (top.isPresent()) {
                new BestOfEach(target, spool, parts, top.getAsInt()).write(metadata);
            } else {
                new ScoresFile(target, spool, summary, values, parts.size()).write(metadata);
            }
            return summary;
        }

        private Optional<String> values() {
            return switch (by) {
                case LAYER -> Optional.of("layers");
                case TOKEN -> Optional.of("tokenScores");
                case DOCUMENT -> kind == Kind.PAIRWISE ? Optional.of("scores") : Optional.empty();
            };
        }

        /** Scores documents, the first of which has a place in the pool. */
        @FunctionalInterface
        private interface Scores {
            DetailedScores.Found of(int from, List<Document> documents);
        }

        /** Scores documents; names what each has a value for. */
        private record Scorer(Scores scores, List<String> names) {
            static Scorer of(Function<List<Document>, DetailedScores.Found> score, List<String> names) {
                return new Scorer((from, documents) -> score.apply(documents), names);
            }
        }

        /**
         * Scores what is not scored yet; gives the names of what each document has a value for.
         *
         * @param spectra those of the curvatures are added
         */
        private List<String> score(List<Spectrum> spectra) {
            ScoredBy.Training training = new ScoredBy.Training(pool, eligible, seed, Optional.of(folder), stages);
            List<ScoredBy.Part> parts = used.parts();
            double[] weights = parts.stream().mapToDouble(ScoredBy.Part::weight).toArray();
            try (Owned owned = new Owned()) {
                List<List<Scorer>> scorers = new ArrayList<>(); // by model and task
                List<Scoring> unrolled = new ArrayList<>();
                for (int i = 0; i < parts.size(); i++) {
                    ScoredBy.Model open = owned.add(parts.get(i).model().open(settings, training));
                    Scoring scoring = new Scoring(settings, open, i, training);
                    if (!segments.isEmpty()) {
                        unrolled.add(scoring);
                        continue;
                    }
                    int number = i;
                    Optional<StoredGradients.Open> stored = store.map(each -> open(each, scoring, number));
                    List<Scorer> each = switch (kind) {
                        case SELF -> List.of(self(scoring, owned));
                        case PAIRWISE -> List.of(pairwise(scoring, stored, parts.size(), owned));
                        case AGGREGATED ->
                            tasks.isEmpty()
                                    ? List.of(along(scoring, stored, owned))
                                    : alongEach(scoring, stored, owned);
                    };
                    if (i > 0
                            && !each.get(0).names().equals(scorers.get(0).get(0).names())) {
                        throw new InputException("model " + (i + 1) + " has other layers than the first, and scores are"
                                + " by layer; give checkpoints of one training, or leave that out");
                    }
                    scorers.add(each);
                    spectra.addAll(scoring.spectra());
                }
                if (!segments.isEmpty()) {
                    scorers.add(List.of(unrolled(unrolled, owned)));
                    weights = new double[] {1};
                }
                double[] counts = weights;
                run((from, batch) -> DetailedScores.Found.best(IntStream.range(
                                0, scorers.get(0).size())
                        .mapToObj(task -> DetailedScores.Found.sum(
                                scorers.stream()
                                        .map(each -> each.get(task).scores().of(from, batch))
                                        .toList(),
                                counts))
                        .toList()));
                return scorers.get(0).get(0).names();
            }
        }

        /** SOURCE, with as many checkpoints in each segment. */
        private Scorer unrolled(List<Scoring> checkpoints, Owned owned) {
            int each = checkpoints.size() / segments.size();
            List<Unrolling.Segment<TokenSequence>> parts = new ArrayList<>();
            for (int s = 0; s < segments.size(); s++) {
                List<Scoring> part = checkpoints.subList(s * each, (s + 1) * each);
                KroneckerFactors mean = KroneckerFactors.average(part.stream()
                        .map(checkpoint -> checkpoint.keptFactors(whole(), pool, eligible))
                        .toList());
                parts.add(new Unrolling.Segment<>(
                        part.stream().map(Scoring::source).toList(), Curvature.kfac(mean), segments.get(s), 1));
            }
            Scoring end = checkpoints.get(checkpoints.size() - 1);
            try (ReferenceDirection gradient = end.gradient(whole(), reference.orElseThrow())) {
                InfluenceEstimator<Document> estimator =
                        owned.add(end.documents(Unrolling.of(parts, gradient), scored()));
                return Scorer.of(batch -> new DetailedScores.Found(estimator.score(batch), List.of()), List.of());
            }
        }

        private StoredGradients.Open open(StoredGradients each, Scoring scoring, int model) {
            StoredGradients.Open open = each.open(
                    kept.orElseThrow(), scoring, model, pool, eligible, whole(), scored(), equalChunks(), stages);
            scoring.use(open.factors());
            return open;
        }

        /** By what is stored, each document with a value for each direction, or none. */
        private Scorer stored(
                StoredGradients.Open open,
                List<ReferenceDirection> directions,
                List<String> names,
                ToDoubleFunction<double[]> score,
                Owned owned) {
            GradientStore.Query query = owned.add(open.gradients().along(directions));
            return new Scorer(
                    (from, documents) -> DetailedScores.Found.of(
                            query.scores(from, documents.size()), documents.size(), !names.isEmpty(), score),
                    names);
        }

        private Chunker whole() {
            return chunker(ShortDocuments.UNSCORED).build();
        }

        private Chunker scored() {
            return chunker(settings.shortDocuments())
                    .maxChunks(by == By.TOKEN ? Integer.MAX_VALUE : settings.chunksPerDocument())
                    .build();
        }

        private Chunker.Builder chunker(ShortDocuments rule) {
            return Chunker.builder(used.tokenizer()).length(chunkLength).minTokens(rule.tokens(chunkLength));
        }

        private boolean equalChunks() {
            return settings.chunkMean() == ScoreSettings.ChunkMean.CHUNKS;
        }

        private Scorer along(
                Scoring scoring, Optional<StoredGradients.Open> stored, ReferenceDirection direction, Owned owned) {
            if (stored.isPresent()) {
                return stored(stored.get(), List.of(direction), List.of(), values -> values[0], owned);
            }
            InfluenceEstimator<Document> estimator = owned.add(scoring.estimator(direction, scored(), pool, eligible));
            return Scorer.of(batch -> new DetailedScores.Found(estimator.score(batch), List.of()), List.of());
        }

        private List<Scorer> alongEach(Scoring scoring, Optional<StoredGradients.Open> stored, Owned owned) {
            List<ReferenceDirection> directions = scoring.directionsOf(whole(), pool, tasks, eligible);
            directions.forEach(owned::add);
            return directions.stream()
                    .map(direction -> along(scoring, stored, direction, owned))
                    .toList();
        }

        private Scorer along(Scoring scoring, Optional<StoredGradients.Open> stored, Owned owned) {
            ReferenceDirection direction =
                    owned.add(scoring.direction(whole(), pool, reference.orElseThrow(), eligible));
            if (by == By.DOCUMENT) {
                return along(scoring, stored, direction, owned);
            }
            DirectionScores<TokenSequence> scores =
                    new DirectionScores<>(scoring.source(), List.of(direction), GradientSource.DEFAULT_BATCH_TOKENS);
            if (by == By.TOKEN) {
                return Scorer.of(
                        DetailedScores.byToken(scoring.source(), scored(), chunks -> scores.perToken(chunks)[0])::score,
                        List.of());
            }
            return Scorer.of(
                    DetailedScores.of(
                            scoring.source(),
                            scored(),
                            equalChunks(),
                            chunks -> transposed(scores.perLayer(chunks)[0]),
                            layers -> Arrays.stream(layers).sum())::score,
                    direction.layers().stream().map(LayerShape::name).toList());
        }

        private Scorer pairwise(Scoring scoring, Optional<StoredGradients.Open> stored, int models, Owned owned) {
            List<Document> documents = reference.orElseThrow().items();
            List<List<TokenSequence>> chunks = new ArrayList<>();
            for (Document document : documents) {
                List<TokenSequence> some = whole().chunks(document);
                if (some.isEmpty()) {
                    throw new InputException("the reference document \"" + document.id()
                            + "\" is too short to have a gradient; leave it out");
                }
                chunks.add(some);
            }
            requireRoom(scoring.source().layers(), documents.size(), models);
            double[] shares = shares(chunks);
            List<ReferenceDirection> directions = scoring.directions(
                    whole(), pool, chunks.stream().map(ReferenceSet::of).toList(), eligible);
            directions.forEach(owned::add);
            List<String> ids = documents.stream().map(Document::id).toList();
            if (stored.isPresent()) {
                return stored(stored.get(), directions, ids, values -> weighted(values, shares), owned);
            }
            DirectionScores<TokenSequence> scores =
                    new DirectionScores<>(scoring.source(), directions, GradientSource.DEFAULT_BATCH_TOKENS);
            return Scorer.of(
                    DetailedScores.of(
                            scoring.source(),
                            scored(),
                            equalChunks(),
                            items -> transposed(scores.total(items)),
                            values -> weighted(values, shares))::score,
                    ids);
        }

        /** How much each reference document counts in the score of all. */
        private double[] shares(List<List<TokenSequence>> chunks) {
            ReferenceSet<Document> documents = reference.orElseThrow();
            double[] shares = IntStream.range(0, chunks.size())
                    .mapToDouble(r -> documents.weight(r) * TokenSample.tokens(chunks.get(r)))
                    .toArray();
            double all = Arrays.stream(shares).map(Math::abs).sum();
            return Arrays.stream(shares).map(share -> share / all).toArray();
        }

        private void requireRoom(List<LayerShape> layers, int directions, int models) {
            long one = models
                    * layers.stream().mapToLong(layer -> 4L * layer.weights()).sum();
            if (one * directions > PAIRWISE_BYTES) {
                throw new InputException(String.format(
                        Locale.ROOT,
                        "the directions of %,d reference documents take %,d bytes each, and may take %,d in all; give"
                                + " %,d documents at most at once, or fewer layers",
                        directions,
                        one,
                        PAIRWISE_BYTES,
                        PAIRWISE_BYTES / one));
            }
        }

        private Scorer self(Scoring scoring, Owned owned) {
            SelfInfluence<TokenSequence> influence = owned.add(scoring.self(whole(), pool, eligible));
            return Scorer.of(
                    DetailedScores.ofSquares(
                            scoring.source(),
                            scored(),
                            equalChunks(),
                            chunks -> Arrays.stream(influence.of(chunks))
                                    .mapToObj(value -> new double[] {value})
                                    .toArray(double[][]::new))::score,
                    List.of());
        }

        private void run(Scores scorer) {
            stages.run(
                    "scores",
                    "scoring",
                    pool.size(),
                    "documents",
                    at -> run(scorer, at),
                    done -> String.format(Locale.ROOT, "%,d documents", pool.size()));
        }

        private int run(Scores scorer, LongConsumer at) {
            int most = store.isPresent() ? STORE_BATCH : QuadSelector.DEFAULT_SCORE_BATCH;
            while (spool.documents() < pool.size()) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new CancellationException("interrupted after " + spool.documents() + " documents");
                }
                int from = spool.documents();
                List<Document> batch = new ArrayList<>();
                for (int i = from; i < Math.min(pool.size(), from + most); i++) {
                    batch.add(pool.get(i));
                }
                spool.append(rows(batch, from, scorer.of(from, batch)));
                at.accept(spool.documents());
            }
            return spool.documents();
        }

        private List<ScoredDocument> rows(List<Document> batch, int from, DetailedScores.Found found) {
            InfluenceScores scores = found.scores();
            List<ScoredDocument> rows = new ArrayList<>();
            for (int i = 0; i < batch.size(); i++) {
                rows.add(new ScoredDocument(
                        batch.get(i).id(),
                        pool.tokens(from + i),
                        scores.isScored(i) ? scores.value(i) : Double.NaN,
                        values().isEmpty()
                                ? ScoredDocument.NO_VALUES
                                : found.values().get(i),
                        scores.reason(i)));
            }
            return rows;
        }
    }

    private static double weighted(double[] values, double[] shares) {
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            sum += shares[i] * values[i];
        }
        return sum;
    }

    private static double[][] transposed(double[][] matrix) {
        double[][] result = new double[matrix[0].length][matrix.length];
        for (int row = 0; row < matrix.length; row++) {
            for (int column = 0; column < result.length; column++) {
                result[column][row] = matrix[row][column];
            }
        }
        return result;
    }

    @Override
    public String toString() {
        return "scores " + Words.of(kind) + " by " + Words.of(by);
    }

    /** Collects what a run is made of. What is not set is as in {@code quad score}. */
    public static final class Builder {
        private final Optional<ReferenceSet<Document>> reference;
        private List<ReferenceSet<Document>> tasks = List.of();
        private Kind kind;
        private By by = By.DOCUMENT;
        private ScoredBy model = new ScoredBy.Trained(QuadPipeline.DEFAULT_PROXY_TOKENS);
        private boolean hasModel;
        private boolean hasProxy;
        private boolean hasSegments;
        private ScoreSettings settings = ScoreSettings.defaults();
        private Optional<StoredGradients> store = Optional.empty();
        private OptionalInt top = OptionalInt.empty();
        private List<Double> segments = List.of();
        private PipelineListener listener = PipelineListener.NONE;

        private Builder(Optional<ReferenceSet<Document>> reference, Kind kind) {
            this.reference = reference;
            this.kind = kind;
        }

        /**
         * Gives each document a score for each reference document, of all chunks of that; its own score is their mean
         * by tokens and weights, which is what it has by the reference as one. The directions are in memory all at
         * once, at most {@link #PAIRWISE_BYTES}.
         */
        public Builder pairwise() {
            kind = Kind.PAIRWISE;
            return this;
        }

        /**
         * Writes the best documents for each reference document, and no score of the others: rows of {@code reference},
         * {@code rank} from 1, {@code id} and {@code score}. Of {@link #pairwise} scores; ranked from what lies on the
         * disk, with k documents in memory for each reference document.
         *
         * @param k how many at most, {@code >= 1}
         */
        public Builder top(int k) {
            top = OptionalInt.of(k);
            return this;
        }

        /** What a score is split into; nothing unless set. */
        public Builder by(By value) {
            by = Objects.requireNonNull(value, "by is null; leave it out for the default");
            return this;
        }

        /** As {@link QuadPipeline.Builder#proxy}. */
        public Builder proxy(long tokens) {
            model = new ScoredBy.Trained(tokens);
            hasProxy = true;
            return this;
        }

        /** As {@link QuadPipeline.Builder#model(Path, Tokenizer)}. */
        public Builder model(Path folder, Tokenizer tokenizer) {
            model = new ScoredBy.InFolder(
                    Objects.requireNonNull(folder, "the folder of the model is null"),
                    Objects.requireNonNull(tokenizer, "the tokenizer of the model is null"));
            hasModel = true;
            return this;
        }

        /** As {@link QuadPipeline.Builder#checkpoints}. */
        public Builder checkpoints(List<Path> folders, List<Double> weights, Tokenizer tokenizer) {
            model = ScoredBy.Checkpoints.of(folders, weights, tokenizer);
            hasModel = true;
            return this;
        }

        /**
         * Scores through the segments of a training in the place of its end: SOURCE ({@link Unrolling}), with K-FAC
         * that is averaged over the checkpoints of a segment, and without a damping. For gradient descent, and not for
         * Adam.
         *
         * @param folders checkpoints in the order of the training, as many of each segment; the last is its end
         * @param times of each segment the learning rate, in the mean over its steps, times their number, {@code > 0}
         */
        public Builder unrolled(List<Path> folders, List<Double> times, Tokenizer tokenizer) {
            Objects.requireNonNull(folders, "the folders of the checkpoints are null");
            segments = List.copyOf(Objects.requireNonNull(times, "the times of the segments are null"));
            hasSegments = true;
            return checkpoints(folders, Collections.nCopies(folders.size(), 1.0), tokenizer);
        }

        /** As {@link QuadPipeline.Builder#model(GradientSource, Tokenizer, int)}. */
        public Builder model(GradientSource<TokenSequence> source, Tokenizer tokenizer, int maxTokens) {
            model = new ScoredBy.Given(
                    Objects.requireNonNull(source, "the source of gradients is null"),
                    Objects.requireNonNull(tokenizer, "the tokenizer of the model is null"),
                    maxTokens);
            hasModel = true;
            return this;
        }

        /** {@link #store(Path, int, RowForm)} in bytes, with {@value PoolScores#DEFAULT_STORE_RANK} eigenvectors. */
        public Builder store(Path folder) {
            return store(folder, DEFAULT_STORE_RANK, RowForm.INT8);
        }

        /**
         * Keeps the gradients of the pool in a folder, and scores by them: written where it is empty or not there, and
         * used where it is of the same pool, model, seed and settings, for any reference, measure, curvature and
         * damping, without a pass of the model over the pool. Scores are those of the part of a gradient that is kept.
         *
         * @param folder for factors and gradients; a writing that was stopped goes on
         * @param rank eigenvectors of either side of a layer that gradients are projected onto, {@code >= 1}
         * @param form how values lie in the file
         */
        public Builder store(Path folder, int rank, RowForm form) {
            store = Optional.of(new StoredGradients(
                    Objects.requireNonNull(folder, "the folder of the store is null"),
                    rank,
                    Objects.requireNonNull(form, "the form of the store is null; allowed are those of RowForm")));
            return this;
        }

        /** What a score is; the defaults unless set. */
        public Builder scores(ScoreSettings value) {
            settings = Objects.requireNonNull(value, "scores is null; leave it out for the default");
            return this;
        }

        /** Who follows the run. */
        public Builder listener(PipelineListener value) {
            listener = Objects.requireNonNull(value, "listener is null; leave it out for the default");
            return this;
        }

        /**
         * The scores to make.
         *
         * @throws IllegalArgumentException if a value is out of range, or some do not go together; names all that is
         *     wrong
         */
        public PoolScores build() {
            List<String> problems = new ArrayList<>();
            model.check(problems);
            if (hasModel && hasProxy) {
                problems.add("with a model no proxy is trained, and proxy(tokens) would do nothing; leave one of them"
                        + " out");
            }
            boolean whole = kind == Kind.AGGREGATED && by == By.DOCUMENT;
            if (kind == Kind.PAIRWISE && reference.isEmpty()) {
                problems.add("scores are pairwise, and there is no reference; begin with along(reference)");
            }
            if (kind != Kind.AGGREGATED && by != By.DOCUMENT) {
                problems.add("scores are " + Words.of(kind) + " and split by " + Words.of(by)
                        + "; only aggregated ones are split");
            }
            if (!whole && !settings.isPlainProduct()) {
                problems.add(
                        "scores are " + toString() + ", which are made of plain gradients; give score product, passes"
                                + " backward, gradient sgd and short documents unscored");
            }
            store.ifPresent(kept -> check(kept, problems));
            if (hasSegments) {
                checkSegments(problems);
            }
            if (top.isPresent() && (top.getAsInt() < 1 || kind != Kind.PAIRWISE)) {
                problems.add("the " + top.getAsInt() + " best documents for each reference document are asked for, and"
                        + " scores are " + Words.of(kind) + "; allowed is 1 or more, of pairwise scores");
            }
            if (tasks.size() == 1) {
                problems.add("there is one task, which is the best of all; give two or more, or begin with"
                        + " along(reference)");
            }
            if (!tasks.isEmpty() && !whole) {
                problems.add("scores are of the best of several tasks, and are " + toString()
                        + "; give scores that are aggregated, by document");
            }
            if (kind == Kind.SELF && settings.factorData() != ScoreSettings.FactorData.POOL) {
                problems.add("scores are self, without a reference, and factor data is "
                        + Words.of(settings.factorData()) + "; give pool");
            }
            (tasks.isEmpty() ? reference.stream() : tasks.stream()).forEach(given -> settings.check(given, problems));
            if (kind == Kind.SELF && settings.measure() != ScoreSettings.Measure.LOSS) {
                problems.add("scores are self, of the loss of each document, and measure is "
                        + Words.of(settings.measure()) + "; give loss");
            }
            if (by == By.TOKEN && settings.chunkMean() != ScoreSettings.ChunkMean.TOKENS) {
                problems.add("scores are split by token, and the mean of chunks is by chunks; give chunk mean tokens");
            }
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException(String.join("; ", problems));
            }
            return new PoolScores(this);
        }

        private void checkSegments(List<String> problems) {
            int checkpoints = model.parts().size();
            if (segments.isEmpty() || checkpoints == 0 || checkpoints % segments.size() != 0) {
                problems.add("there are " + segments.size() + " segments of a training with " + checkpoints
                        + " checkpoints; give one or more, and as many checkpoints of each");
            }
            if (!segments.stream().allMatch(time -> time > 0 && time < Double.POSITIVE_INFINITY)) {
                problems.add("the segments of the training are " + segments
                        + ", learning rate times steps; allowed are finite numbers above 0");
            }
            if (kind != Kind.AGGREGATED
                    || by != By.DOCUMENT
                    || !tasks.isEmpty()
                    || store.isPresent()
                    || !settings.isPlainProduct()
                    || settings.curvature() != ScoreSettings.CurvatureKind.KFAC
                    || settings.factorData() != ScoreSettings.FactorData.POOL) {
                problems.add("scores through segments are products with one reference, by document, with K-FAC of the"
                        + " pool; give scores aggregated, without tasks and store, with score product, passes backward,"
                        + " gradient sgd, short documents unscored, curvature kfac and factor data pool");
            }
        }

        private void check(StoredGradients kept, List<String> problems) {
            if (kept.rank() < 1) {
                problems.add("the rank of the store is " + kept.rank() + "; allowed is 1 or more");
            }
            if (!hasModel) {
                problems.add("gradients are stored, and they are those of a model; give one");
            }
            if (kind == Kind.SELF || by != By.DOCUMENT || !settings.isPlainProduct()) {
                problems.add("scores by stored gradients are products with a reference, by document; give scores"
                        + " aggregated or pairwise, by document, with score product, passes backward, gradient sgd and"
                        + " short documents unscored, or no store");
            }
            if (settings.factorData() != ScoreSettings.FactorData.POOL) {
                problems.add("stored gradients are for any reference, and factor data is "
                        + Words.of(settings.factorData()) + "; give pool");
            }
        }

        @Override
        public String toString() {
            return Words.of(kind) + " by " + Words.of(by);
        }
    }
}
