// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.InputException;
import dev.quad.Seed;
import dev.quad.influence.Damping;
import dev.quad.influence.Fisher;
import dev.quad.influence.KroneckerFactors;
import dev.quad.influence.LayerShape;
import dev.quad.model.DecoderConfig;
import dev.quad.text.Chunker;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a score of {@code quad select} is. What is not given is as the preset has it. */
final class ScoreOptions {
    /** Dimensions that the paper's public code projects to. */
    private static final int PUBLISHED_SIGNS = 8192;

    @Option(
            names = "--score",
            paramLabel = "KIND",
            converter = ScoreRules.ToKind.class,
            description =
                    "product (the influence on the reference loss) or mean-cosine (the mean of its cosines with each"
                            + " part of the reference: sizes of gradients do not count). Default: product.")
    private @Nullable Kind kind;

    @Option(
            names = "--projection",
            paramLabel = "N",
            converter = ScoreRules.ToProjection.class,
            description =
                    "Take the cosines of mean-cosine through N rows of random signs; or none: exactly. Default: none.")
    private @Nullable OptionalInt projection;

    @Option(
            names = "--gradient",
            paramLabel = "RULE",
            converter = GradientRule.Converter.class,
            description =
                    "What is scored of a document: its gradient (sgd), the sign of each number of it, or what Adam's"
                            + " first step makes of it (adam). Default: sgd.")
    private GradientRule gradient = GradientRule.SGD;

    @Option(
            names = "--curvature",
            paramLabel = "KIND",
            converter = ScoreRules.ToCurvature.class,
            description = "kfac, ekfac, diagonal or identity. Default: kfac.")
    private @Nullable CurvatureKind curvature;

    @Option(
            names = "--fisher",
            paramLabel = "LABELS",
            converter = ScoreRules.ToLabels.class,
            description =
                    "Labels of the gradients that the curvature is of: sampled from the model, or empirical, those"
                            + " of the text. Default: sampled.")
    private @Nullable Labels labels;

    @Option(
            names = "--factor-data",
            paramLabel = "DATA",
            converter = ScoreRules.ToFactorData.class,
            description = "What the curvature is estimated from: pool, reference or both. Default: pool.")
    private @Nullable FactorData factorData;

    @Option(
            names = "--factor-tokens",
            paramLabel = "N",
            description = "Pool tokens the curvature is estimated from. Default: ${DEFAULT-VALUE}.")
    private long factorTokens = 100_000;

    @Option(
            names = "--damping",
            paramLabel = "X",
            converter = ScoreRules.ToDamping.class,
            description = "What is added to the curvature: 0.1 (share of its mean eigenvalue), absolute:0.001 or"
                    + " factored:0.1 (to both factors). Default: 0.1.")
    private @Nullable Damping damping;

    @Option(
            names = "--layers",
            paramLabel = "WHICH",
            converter = ScoreRules.ToLayers.class,
            description =
                    "Layers that count: all (the linear ones of the blocks), attention, mlp, or all-and-head (and the output"
                            + " head, whose curvature grows with the square of the vocabulary). Default: all.")
    private @Nullable LayerGroup layers;

    @Option(
            names = "--biases",
            paramLabel = "HOW",
            converter = ScoreRules.ToBiases.class,
            description = "Biases of the layers, where there are: keep or ignore. Default: keep.")
    private @Nullable Biases biases;

    @Option(
            names = "--qkv",
            paramLabel = "HOW",
            converter = ScoreRules.ToQkv.class,
            description = "Queries, keys and values in the curvature: joint, separate or heads. Default: joint.")
    private @Nullable Qkv qkv;

    @Option(
            names = "--reference-tokens",
            paramLabel = "N",
            description = "Reference tokens to use at most, sampled where there are more. Default: ${DEFAULT-VALUE}.")
    private long referenceTokens = 200_000;

    @Option(
            names = "--chunks-per-document",
            paramLabel = "N",
            description =
                    "Chunks of 256 tokens to score of a document at most, evenly spaced. Default: ${DEFAULT-VALUE}.")
    private int chunksPerDocument = 2;

    @Option(
            names = "--chunk-mean",
            paramLabel = "BY",
            converter = ScoreRules.ToChunkMean.class,
            description = "The score of a document is the mean of its chunks by tokens, or by chunks, where each counts"
                    + " alike. Default: tokens.")
    private @Nullable ChunkMean chunkMean;

    @Option(
            names = "--short-documents",
            paramLabel = "RULE",
            converter = ShortDocuments.Converter.class,
            description =
                    "Documents of fewer tokens are left unscored (unscored:8) or count as 0 (zero:128; zero alone is"
                            + " half a chunk). Default: unscored.")
    private @Nullable ShortDocuments shortDocuments;

    /** The kinds of {@code --score}. */
    enum Kind {
        PRODUCT,
        MEAN_COSINE
    }

    /** The kinds of {@code --curvature}. */
    enum CurvatureKind {
        KFAC,
        EKFAC,
        DIAGONAL,
        IDENTITY
    }

    /** The labels of {@code --fisher}. */
    enum Labels {
        SAMPLED,
        EMPIRICAL
    }

    /** The data of {@code --factor-data}. */
    enum FactorData {
        POOL,
        REFERENCE,
        BOTH
    }

    /** The layers of {@code --layers}. */
    enum LayerGroup {
        ALL,
        ATTENTION,
        MLP,
        ALL_AND_HEAD
    }

    /** The ways of {@code --biases}. */
    enum Biases {
        KEEP,
        IGNORE
    }

    /** The ways of {@code --qkv}. */
    enum Qkv {
        JOINT,
        SEPARATE,
        HEADS
    }

    /** The ways of {@code --chunk-mean}. */
    enum ChunkMean {
        TOKENS,
        CHUNKS
    }

    /** What a score is. */
    record Settings(
            Kind kind,
            OptionalInt projection,
            GradientRule gradient,
            CurvatureKind curvature,
            Labels labels,
            FactorData factorData,
            long factorTokens,
            Damping damping,
            LayerGroup layers,
            Biases biases,
            Qkv qkv,
            long referenceTokens,
            int chunksPerDocument,
            ChunkMean chunkMean,
            ShortDocuments shortDocuments) {

        /** Tokens of a chunk of a model. */
        static int chunkLength(DecoderConfig model) {
            return Math.min(Chunker.DEFAULT_LENGTH, model.maxLength());
        }

        Fisher fisher(Seed seed) {
            return labels == Labels.SAMPLED ? Fisher.sampled(seed, 1) : Fisher.empirical();
        }

        /** Refuses, before anything is begun, factors of the head that the JVM cannot hold, and chunks too short. */
        void requireRoom(DecoderConfig model) {
            shortDocuments.tokens(chunkLength(model));
            LayerShape head = new LayerShape("head", model.width(), model.vocabulary());
            long needed = KroneckerFactors.heapBytes(List.of(head));
            long memory = Runtime.getRuntime().maxMemory();
            boolean factors = curvature == CurvatureKind.KFAC || curvature == CurvatureKind.EKFAC;
            if (layers == LayerGroup.ALL_AND_HEAD && factors && needed > memory) {
                throw new InputException(String.format(
                        Locale.ROOT,
                        "--curvature %s of a head of %,d words needs %,d bytes of heap at least, and there are %,d; give"
                                + " --layers all, which leaves out the head, --curvature diagonal, or more memory"
                                + " (QUAD_JAVA_OPTS=-Xmx%dg)",
                        Word.of(curvature),
                        model.vocabulary(),
                        needed,
                        memory,
                        2 * needed / (1L << 30) + 1));
            }
        }

        /** For the manifest. */
        Map<String, String> describe() {
            Map<String, String> entries = new LinkedHashMap<>();
            entries.put("score", Word.of(kind));
            entries.put("projection", projection.isPresent() ? Integer.toString(projection.getAsInt()) : "none");
            if (gradient != GradientRule.SGD) {
                entries.put("gradient", Word.of(gradient));
            }
            entries.put("curvature", Word.of(curvature));
            entries.put("fisher", Word.of(labels));
            entries.put("factorData", Word.of(factorData));
            entries.put("factorTokens", Long.toString(factorTokens));
            entries.put("damping", damping.toString());
            entries.put("layers", Word.of(layers));
            entries.put("biases", Word.of(biases));
            entries.put("qkv", Word.of(qkv));
            entries.put("referenceTokens", Long.toString(referenceTokens));
            entries.put("chunksPerDocument", Integer.toString(chunksPerDocument));
            entries.put("chunkMean", Word.of(chunkMean));
            if (!shortDocuments.equals(ShortDocuments.UNSCORED)) {
                entries.put("shortDocuments", shortDocuments.toString());
            }
            return entries;
        }
    }

    /** The defaults, with other numbers of tokens. */
    static Settings defaults(long factorTokens, long referenceTokens) {
        ScoreOptions options = new ScoreOptions();
        options.factorTokens = factorTokens;
        options.referenceTokens = referenceTokens;
        return options.of(Preset.QUAD);
    }

    /** @throws IllegalArgumentException if a number is out of range, or options do not go together */
    Settings of(Preset preset) {
        atLeastOne("--factor-tokens", factorTokens);
        atLeastOne("--reference-tokens", referenceTokens);
        atLeastOne("--chunks-per-document", chunksPerDocument);
        boolean code = preset == Preset.PUBLIC_CODE;
        Kind score = given(kind, code ? Kind.MEAN_COSINE : Kind.PRODUCT);
        OptionalInt signs = given(
                projection, code && score == Kind.MEAN_COSINE ? OptionalInt.of(PUBLISHED_SIGNS) : OptionalInt.empty());
        if (signs.isPresent() && score != Kind.MEAN_COSINE) {
            throw new IllegalArgumentException("--projection is " + signs.getAsInt() + " and --score is "
                    + Word.of(score) + "; give --score mean-cosine, or --projection none");
        }
        if (signs.isPresent() && gradient != GradientRule.SGD) {
            throw new IllegalArgumentException("--projection is " + signs.getAsInt() + " and --gradient is "
                    + Word.of(gradient) + ", which is not projected; give --gradient sgd, or --projection none");
        }
        return new Settings(
                score,
                signs,
                gradient,
                given(curvature, code ? CurvatureKind.EKFAC : CurvatureKind.KFAC),
                given(labels, code ? Labels.EMPIRICAL : Labels.SAMPLED),
                given(factorData, code ? FactorData.REFERENCE : FactorData.POOL),
                factorTokens,
                given(damping, code ? Damping.absolute(0.001) : Damping.relative(0.1)),
                given(layers, code ? LayerGroup.ALL_AND_HEAD : LayerGroup.ALL),
                given(biases, code ? Biases.IGNORE : Biases.KEEP),
                given(qkv, code ? Qkv.SEPARATE : Qkv.JOINT),
                referenceTokens,
                chunksPerDocument,
                given(chunkMean, code ? ChunkMean.CHUNKS : ChunkMean.TOKENS),
                given(shortDocuments, code ? ShortDocuments.ZERO : ShortDocuments.UNSCORED));
    }

    private static <V> V given(@Nullable V value, V otherwise) {
        return Objects.requireNonNullElse(value, otherwise);
    }

    static void atLeastOne(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " is " + value + "; allowed is 1 or more");
        }
    }
}
