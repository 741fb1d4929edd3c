// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.CandidatePool;
import dev.quad.InfluenceEstimator;
import dev.quad.InputException;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.influence.CosineInfluence;
import dev.quad.influence.Curvature;
import dev.quad.influence.CurvatureFit;
import dev.quad.influence.DirectionInfluence;
import dev.quad.influence.GradientSource;
import dev.quad.influence.LayerPart;
import dev.quad.influence.LayerShape;
import dev.quad.influence.Layers;
import dev.quad.influence.MeanDirection;
import dev.quad.influence.Projection;
import dev.quad.influence.RandomProjection;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.UpdateInfluence;
import dev.quad.model.Decoder;
import dev.quad.model.DecoderConfig;
import dev.quad.model.DecoderGradients;
import dev.quad.text.ChunkedInfluence;
import dev.quad.text.Chunker;
import dev.quad.text.Document;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;

/** From a model and texts to scores, as {@link ScoreOptions.Settings} say. */
final class Scoring {
    private final ScoreOptions.Settings settings;
    private final Seed seed;
    private final Progress progress;
    private final Map<String, Double> seconds;

    Scoring(ScoreOptions.Settings settings, Seed seed, Progress progress, Map<String, Double> seconds) {
        this.settings = settings;
        this.seed = seed;
        this.progress = progress;
        this.seconds = seconds;
    }

    /** The layers of the model that count, as the curvature is to see them. */
    GradientSource<TokenSequence> source(Decoder decoder) {
        GradientSource<TokenSequence> all = switch (settings.layers()) {
            case ALL -> new DecoderGradients(decoder);
            case ATTENTION -> new DecoderGradients(decoder, name -> name.contains(".attention."));
            case MLP -> new DecoderGradients(decoder, name -> name.contains(".mlp."));
            case ALL_AND_HEAD -> DecoderGradients.withHead(decoder);
        };
        GradientSource<TokenSequence> source =
                settings.biases() == ScoreOptions.Biases.IGNORE ? Layers.withoutBiases(all) : all;
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

    /** Scores documents by the chunks of a chunker. */
    InfluenceEstimator<Document> estimator(
            GradientSource<TokenSequence> source, ReferenceDirection direction, Chunker chunker) {
        boolean plain = settings.gradient() == GradientRule.SGD;
        InfluenceEstimator<TokenSequence> chunks = switch (settings.kind()) {
            case PRODUCT ->
                plain
                        ? new DirectionInfluence<>(source, direction)
                        : new UpdateInfluence<>(
                                source, direction, settings.gradient().rule());
            case MEAN_COSINE ->
                !plain
                        ? UpdateInfluence.cosine(
                                source, direction, settings.gradient().rule())
                        : settings.projection().isPresent()
                                ? new CosineInfluence<>(source, direction, projection(source))
                                : new CosineInfluence<>(source, direction);
        };
        ChunkedInfluence documents = switch (settings.chunkMean()) {
            case TOKENS -> new ChunkedInfluence(chunks, chunker);
            case CHUNKS -> ChunkedInfluence.ofEqualChunks(chunks, chunker);
        };
        return settings.shortDocuments().zero() ? documents.shortAsZero() : documents;
    }

    private Projection projection(GradientSource<TokenSequence> source) {
        return RandomProjection.of(source.layers(), settings.projection().getAsInt(), seed);
    }

    /**
     * The reference direction: the one in the folder, or a new one, which is kept there.
     *
     * @param whole cuts documents of which every chunk counts
     */
    ReferenceDirection direction(
            RunFolder folder,
            GradientSource<TokenSequence> source,
            Chunker whole,
            CandidatePool<Document> pool,
            List<Document> reference,
            IntPredicate eligible)
            throws IOException {
        if (Files.exists(folder.direction())) {
            return ReferenceDirection.read(folder.direction());
        }
        CandidatePool<Document> documents = CandidatePool.of(reference, document -> 0, "reference");
        List<TokenSequence> items =
                Sample.of(documents, i -> true, whole, settings.referenceTokens(), seed.stream("reference.sample"));
        if (items.isEmpty()) {
            throw new InputException("no reference document is long enough to have a gradient; give longer texts");
        }
        Curvature curvature = curvature(folder.factors(), source, whole, pool, eligible, items);
        progress.start("reference direction", Sample.tokens(items), "tokens");
        ReferenceDirection direction = direction(source, items, curvature);
        direction.write(folder.direction());
        seconds.put("reference", progress.finish(String.format(Locale.ROOT, "%,d tokens", Sample.tokens(items))));
        return direction;
    }

    private ReferenceDirection direction(
            GradientSource<TokenSequence> source, List<TokenSequence> items, Curvature curvature) {
        if (settings.projection().isPresent()) {
            return MeanDirection.of(source, items, curvature, settings.damping(), projection(source), progress::at);
        }
        if (settings.kind() == ScoreOptions.Kind.MEAN_COSINE) {
            return MeanDirection.of(source, items, curvature, settings.damping(), progress::at);
        }
        try (ReferenceDirection gradient = ReferenceDirection.gradient(
                source, ReferenceSet.of(items), GradientSource.DEFAULT_BATCH_TOKENS, progress::at)) {
            return gradient.precondition(curvature, settings.damping());
        }
    }

    private Curvature curvature(
            Path file,
            GradientSource<TokenSequence> source,
            Chunker whole,
            CandidatePool<Document> pool,
            IntPredicate eligible,
            List<TokenSequence> reference)
            throws IOException {
        if (Files.exists(file)) {
            return Curvature.read(file);
        }
        List<TokenSequence> sample = new ArrayList<>();
        if (settings.factorData() != ScoreOptions.FactorData.REFERENCE) {
            sample.addAll(Sample.ofPool(pool, eligible, whole, settings.factorTokens(), seed.stream("factors.sample")));
            if (sample.isEmpty()) {
                throw new InputException(
                        "no document of the pool is long enough to have a gradient; give longer texts");
            }
        }
        if (settings.factorData() != ScoreOptions.FactorData.POOL) {
            sample.addAll(reference);
        }
        CurvatureFit<TokenSequence> fit = new CurvatureFit<>(source, sample, settings.fisher(seed));
        if (settings.curvature() == ScoreOptions.CurvatureKind.IDENTITY) {
            return fit.identity();
        }
        long tokens = Sample.tokens(sample);
        boolean twice = settings.curvature() == ScoreOptions.CurvatureKind.EKFAC;
        progress.start("estimating the curvature", (twice ? 2 : 1) * tokens, "tokens");
        fit.progress(progress::at);
        Curvature curvature;
        if (settings.curvature() == ScoreOptions.CurvatureKind.DIAGONAL) {
            curvature = fit.diagonal();
        } else {
            curvature = Curvature.kfac(fit.factors());
            if (twice) {
                curvature = fit.progress(done -> progress.at(tokens + done)).ekfac(curvature);
            }
        }
        curvature.write(file);
        seconds.put("curvature", progress.finish(String.format(Locale.ROOT, "%,d tokens", tokens)));
        return curvature;
    }
}
