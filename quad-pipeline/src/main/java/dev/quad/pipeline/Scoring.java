// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.CandidatePool;
import dev.quad.InfluenceEstimator;
import dev.quad.Precision;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.influence.Curvature;
import dev.quad.influence.CurvatureFit;
import dev.quad.influence.DoublePrecision;
import dev.quad.influence.ForwardInfluence;
import dev.quad.influence.GradientSource;
import dev.quad.influence.Influence;
import dev.quad.influence.KroneckerFactors;
import dev.quad.influence.LayerPart;
import dev.quad.influence.LayerShape;
import dev.quad.influence.Layers;
import dev.quad.influence.MeanDirection;
import dev.quad.influence.Projection;
import dev.quad.influence.RandomProjection;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.SelfInfluence;
import dev.quad.influence.Spectrum;
import dev.quad.influence.UpdateRule;
import dev.quad.linalg.Owned;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.model.DecoderGradients;
import dev.quad.text.ChunkedInfluence;
import dev.quad.text.Chunker;
import dev.quad.text.Document;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.function.LongConsumer;

/** From gradients of one model and texts to scores, as {@link ScoreSettings} say. */
final class Scoring {
    /** Some ten chunks: their scores are computed anew for each step that is tried. */
    private static final long STEP_TOKENS = 2_500;

    private final ScoreSettings settings;
    private final GradientSource<TokenSequence> source;
    private final GradientSource<TokenSequence> measured;
    private final UpdateRule update;
    private final int checkpoint;
    private final Seed seed;
    private final Optional<WorkFolder> folder;
    private final Stages stages;
    private Optional<Curvature> known = Optional.empty();
    private Optional<KroneckerFactors> stored = Optional.empty();
    private Optional<List<Spectrum>> spectra = Optional.empty();

    /**
     * Of a model that is open.
     *
     * @param checkpoint its number among the models of the run, from 0
     */
    Scoring(ScoreSettings settings, ScoredBy.Model model, int checkpoint, ScoredBy.Training run) {
        this.settings = settings;
        this.source = precise(model.source());
        this.measured = precise(model.measured());
        this.update = model.update();
        this.checkpoint = checkpoint;
        this.seed = run.seed();
        this.folder = run.folder();
        this.stages = run.stages();
    }

    private GradientSource<TokenSequence> precise(GradientSource<TokenSequence> given) {
        return settings.precision() == Precision.DOUBLE ? DoublePrecision.of(given) : given;
    }

    /** A stage of the model of this. */
    String ofCheckpoint(String stage) {
        return checkpoint == 0 ? stage : stage + " of model " + (checkpoint + 1);
    }

    /** The layers of a model that count, as the curvature is to see them. */
    static GradientSource<TokenSequence> source(Decoder decoder, ScoreSettings settings) {
        return source(decoder, settings, ScoreSettings.Measure.LOSS);
    }

    /** The same with the gradients of what is asked of the reference. */
    static GradientSource<TokenSequence> source(
            Decoder decoder, ScoreSettings settings, ScoreSettings.Measure measure) {
        DecoderGradients layers = switch (settings.layers()) {
            case ALL -> new DecoderGradients(decoder);
            case ATTENTION -> new DecoderGradients(decoder, name -> name.contains(".attention."));
            case MLP -> new DecoderGradients(decoder, name -> name.contains(".mlp."));
            case ALL_AND_HEAD -> DecoderGradients.withHead(decoder);
        };
        GradientSource<TokenSequence> all = measure == ScoreSettings.Measure.MARGIN ? layers.margin() : layers;
        GradientSource<TokenSequence> source =
                settings.biases() == ScoreSettings.Biases.IGNORE ? Layers.withoutBiases(all) : all;
        DecoderConfig config = decoder.config();
        return switch (settings.qkv()) {
            case JOINT -> source;
            case SEPARATE ->
                Layers.split(
                        source,
                        layer -> isQkv(layer)
                                ? LayerPart.qkv(layer, config.heads(), config.keyValueHeads())
                                : List.of(LayerPart.whole(layer)));
            case HEADS ->
                Layers.split(
                        source,
                        layer -> isQkv(layer)
                                ? LayerPart.qkvHeads(layer, config.heads(), config.keyValueHeads())
                                : List.of(LayerPart.whole(layer)));
        };
    }

    private static boolean isQkv(LayerShape layer) {
        return layer.name().endsWith(".qkv");
    }

    /** Scores documents by the chunks of a chunker; the step of differences is found on some of the pool. */
    InfluenceEstimator<Document> estimator(
            ReferenceDirection direction, Chunker chunker, CandidatePool<Document> pool, IntPredicate eligible) {
        InfluenceEstimator<TokenSequence> chunks = switch (settings.passes()) {
            case BACKWARD -> backward(direction);
            case FORWARD -> ForwardInfluence.of(decoder(), direction, GradientSource.DEFAULT_BATCH_TOKENS);
            case DIFFERENCES -> differences(direction, chunker, pool, eligible);
        };
        return documents(chunks, chunker);
    }

    /** Scores documents by what scores their chunks. */
    InfluenceEstimator<Document> documents(InfluenceEstimator<TokenSequence> chunks, Chunker chunker) {
        ChunkedInfluence documents = switch (settings.chunkMean()) {
            case TOKENS -> new ChunkedInfluence(chunks, chunker);
            case CHUNKS -> ChunkedInfluence.ofEqualChunks(chunks, chunker);
        };
        return settings.shortDocuments().zero() ? documents.shortAsZero() : documents;
    }

    /** That of a model's own layers: forward passes go with no other. */
    private DecoderGradients decoder() {
        return (DecoderGradients) source;
    }

    private InfluenceEstimator<TokenSequence> differences(
            ReferenceDirection direction, Chunker chunker, CandidatePool<Document> pool, IntPredicate eligible) {
        List<TokenSequence> sample =
                TokenSample.ofPool(pool, eligible, chunker, STEP_TOKENS, seed.stream("forward.sample"));
        return stages.run(
                "step",
                ofCheckpoint("finding the step of forward scores"),
                TokenSample.tokens(sample),
                "tokens",
                at -> ForwardInfluence.calibrate(decoder(), direction, sample, GradientSource.DEFAULT_BATCH_TOKENS),
                found -> String.format(Locale.ROOT, "scores within %.1e of the largest", found.error()));
    }

    private InfluenceEstimator<TokenSequence> backward(ReferenceDirection direction) {
        Influence<TokenSequence> influence = Influence.of(source).direction(direction);
        if (settings.kind() == ScoreSettings.Kind.MEAN_COSINE) {
            influence.cosine();
            if (settings.projection().isPresent()) {
                influence.projected(projection());
            }
        }
        if (settings.kind() == ScoreSettings.Kind.RELATIVE) {
            relative(influence);
        }
        if (settings.gradient() != GradientRule.SGD) {
            influence.update(update);
        }
        return influence.estimator();
    }

    /** By the curvature that the direction was made with, which lies in a file where the direction did. */
    private void relative(Influence<TokenSequence> influence) {
        if (settings.curvature() == ScoreSettings.CurvatureKind.IDENTITY) {
            influence.cosine(); // the same
        } else {
            influence.relative(known.orElseGet(this::kept), settings.damping());
        }
    }

    private Projection projection() {
        return RandomProjection.of(source.layers(), settings.projection().getAsInt(), seed);
    }

    /**
     * The reference direction: the one that is kept, or a new one.
     *
     * @param whole cuts documents of which every chunk counts
     */
    ReferenceDirection direction(
            Chunker whole, CandidatePool<Document> pool, ReferenceSet<Document> reference, IntPredicate eligible) {
        return Stages.keep(
                folder.map(kept -> kept.direction(checkpoint)),
                ReferenceDirection::read,
                () -> newDirection(whole, pool, reference, eligible),
                ReferenceDirection::write);
    }

    /**
     * The direction of each reference document alone, of all its chunks.
     *
     * @param chunks of each document, none without
     */
    List<ReferenceDirection> directions(
            Chunker whole,
            CandidatePool<Document> pool,
            List<ReferenceSet<TokenSequence>> chunks,
            IntPredicate eligible) {
        Curvature curvature = curvature(
                whole,
                pool,
                eligible,
                chunks.stream().flatMap(each -> each.items().stream()).toList());
        return stages.run(
                "reference",
                ofCheckpoint("reference directions"),
                chunks.size(),
                "documents",
                at -> directions(chunks, curvature, at),
                made -> String.format(Locale.ROOT, "%,d directions", made.size()));
    }

    /** The direction of each task, of a sample of its documents. */
    List<ReferenceDirection> directionsOf(
            Chunker whole, CandidatePool<Document> pool, List<ReferenceSet<Document>> tasks, IntPredicate eligible) {
        return directions(
                whole, pool, tasks.stream().map(task -> sample(whole, task)).toList(), eligible);
    }

    private List<ReferenceDirection> directions(
            List<ReferenceSet<TokenSequence>> chunks, Curvature curvature, LongConsumer at) {
        try (Owned parts = new Owned()) {
            List<ReferenceDirection> made = new ArrayList<>();
            for (ReferenceSet<TokenSequence> items : chunks) {
                made.add(parts.add(direction(items, curvature, done -> {})));
                at.accept(made.size());
            }
            return parts.release(made);
        }
    }

    /** What chunks of documents do to their own loss. */
    SelfInfluence<TokenSequence> self(Chunker whole, CandidatePool<Document> pool, IntPredicate eligible) {
        return new SelfInfluence<>(
                source,
                curvature(whole, pool, eligible, List.of()),
                settings.damping(),
                GradientSource.DEFAULT_BATCH_TOKENS);
    }

    /** The gradients that are scored. */
    GradientSource<TokenSequence> source() {
        return source;
    }

    private ReferenceDirection newDirection(
            Chunker whole, CandidatePool<Document> pool, ReferenceSet<Document> reference, IntPredicate eligible) {
        ReferenceSet<TokenSequence> items = sample(whole, reference);
        Curvature curvature = curvature(whole, pool, eligible, items.items());
        long tokens = TokenSample.tokens(items.items());
        return stages.run(
                "reference",
                ofCheckpoint("reference direction"),
                tokens,
                "tokens",
                at -> direction(items, curvature, at),
                made -> String.format(Locale.ROOT, "%,d tokens", tokens));
    }

    private ReferenceSet<TokenSequence> sample(Chunker whole, ReferenceSet<Document> reference) {
        return TokenSample.ofReference(reference, whole, settings.referenceTokens(), seed.stream("reference.sample"));
    }

    /** The curvature that is kept, or a new one. */
    private Curvature curvature(
            Chunker whole, CandidatePool<Document> pool, IntPredicate eligible, List<TokenSequence> reference) {
        Curvature curvature = stored.isPresent() && settings.curvature() == ScoreSettings.CurvatureKind.KFAC
                ? Curvature.kfac(stored.get())
                : Stages.keep(
                        folder.map(kept -> kept.factors(checkpoint)),
                        Curvature::read,
                        () -> newCurvature(whole, pool, eligible, reference),
                        this::write);
        if (settings.curvature() != ScoreSettings.CurvatureKind.IDENTITY) {
            spectra = Optional.of(curvature.spectra(settings.damping()));
        }
        if (settings.kind() == ScoreSettings.Kind.RELATIVE) {
            known = Optional.of(curvature);
        }
        return curvature;
    }

    /** That of a run that is gone on with, whose direction was there. */
    private Curvature kept() {
        return Stages.uninterrupted(() -> Curvature.read(folder.orElseThrow().factors(checkpoint)));
    }

    /** What the eigenvalues say of the curvature that scores are made with; nothing of the identity. */
    List<Spectrum> spectra() {
        return settings.curvature() == ScoreSettings.CurvatureKind.IDENTITY
                ? List.of()
                : spectra.orElseGet(
                        () -> stored.map(Curvature::kfac).orElseGet(this::kept).spectra(settings.damping()));
    }

    private ReferenceDirection direction(ReferenceSet<TokenSequence> items, Curvature curvature, LongConsumer at) {
        if (settings.projection().isPresent()) {
            return MeanDirection.of(measured, items.items(), curvature, settings.damping(), projection(), at);
        }
        if (settings.kind() == ScoreSettings.Kind.MEAN_COSINE) {
            return MeanDirection.of(measured, items.items(), curvature, settings.damping(), at);
        }
        try (ReferenceDirection gradient =
                ReferenceDirection.gradient(measured, items, GradientSource.DEFAULT_BATCH_TOKENS, at)) {
            return gradient.precondition(curvature, settings.damping());
        }
    }

    /** The identity costs nothing to make again. */
    private void write(Curvature curvature, Path file) {
        if (settings.curvature() != ScoreSettings.CurvatureKind.IDENTITY) {
            curvature.write(file);
        }
    }

    /** Takes these factors of {@link #factors} for K-FAC, so that none are fitted. */
    void use(KroneckerFactors factors) {
        stored = Optional.of(factors);
    }

    /** The factors that are kept, or new ones of a sample of the pool. */
    KroneckerFactors keptFactors(Chunker whole, CandidatePool<Document> pool, IntPredicate eligible) {
        return Stages.keep(
                folder.map(kept -> kept.factors(checkpoint)),
                KroneckerFactors::read,
                () -> factors(whole, pool, eligible),
                KroneckerFactors::write);
    }

    /** The gradient of the reference as it is. */
    ReferenceDirection gradient(Chunker whole, ReferenceSet<Document> reference) {
        ReferenceSet<TokenSequence> items = sample(whole, reference);
        long tokens = TokenSample.tokens(items.items());
        return stages.run(
                "reference",
                ofCheckpoint("reference direction"),
                tokens,
                "tokens",
                at -> ReferenceDirection.gradient(measured, items, GradientSource.DEFAULT_BATCH_TOKENS, at),
                made -> String.format(Locale.ROOT, "%,d tokens", tokens));
    }

    /** New factors of a sample of the pool. */
    KroneckerFactors factors(Chunker whole, CandidatePool<Document> pool, IntPredicate eligible) {
        List<TokenSequence> sample =
                TokenSample.ofPool(pool, eligible, whole, settings.factorTokens(), seed.stream("factors.sample"));
        long tokens = TokenSample.tokens(sample);
        return stages.run(
                "curvature",
                ofCheckpoint("estimating the curvature"),
                tokens,
                "tokens",
                at -> CurvatureFit.of(source, sample, settings.fisher(seed))
                        .progress(at)
                        .factors(),
                made -> String.format(Locale.ROOT, "%,d tokens", tokens));
    }

    private Curvature newCurvature(
            Chunker whole, CandidatePool<Document> pool, IntPredicate eligible, List<TokenSequence> reference) {
        List<TokenSequence> sample = new ArrayList<>();
        if (settings.factorData() != ScoreSettings.FactorData.REFERENCE) {
            sample.addAll(
                    TokenSample.ofPool(pool, eligible, whole, settings.factorTokens(), seed.stream("factors.sample")));
        }
        if (settings.factorData() != ScoreSettings.FactorData.POOL) {
            sample.addAll(reference);
        }
        CurvatureFit<TokenSequence> fit = CurvatureFit.of(source, sample, settings.fisher(seed));
        if (settings.curvature() == ScoreSettings.CurvatureKind.IDENTITY) {
            return fit.identity();
        }
        long tokens = TokenSample.tokens(sample);
        boolean twice = settings.curvature() == ScoreSettings.CurvatureKind.EKFAC;
        return stages.run(
                "curvature",
                ofCheckpoint("estimating the curvature"),
                (twice ? 2 : 1) * tokens,
                "tokens",
                at -> fitted(fit.progress(at), twice, tokens, at),
                made -> String.format(Locale.ROOT, "%,d tokens", tokens));
    }

    private Curvature fitted(CurvatureFit<TokenSequence> fit, boolean twice, long tokens, LongConsumer at) {
        if (settings.curvature() == ScoreSettings.CurvatureKind.DIAGONAL) {
            return fit.diagonal();
        }
        Curvature kfac = Curvature.kfac(fit.factors());
        return twice ? fit.progress(done -> at.accept(tokens + done)).ekfac(kfac) : kfac;
    }
}
