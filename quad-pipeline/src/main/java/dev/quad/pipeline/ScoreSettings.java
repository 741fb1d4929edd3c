// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.InputException;
import dev.quad.Precision;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.files.Words;
import dev.quad.influence.Damping;
import dev.quad.influence.Fisher;
import dev.quad.influence.KroneckerFactors;
import dev.quad.influence.LayerShape;
import dev.quad.model.DecoderConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** What the score of a document is. Immutable; everything here changes scores, and stands in the manifest of a run. */
public final class ScoreSettings {
    /** The influence on the reference loss, which is what is asked for. */
    public static final Kind DEFAULT_KIND = Kind.PRODUCT;
    /** That of the paper, of plain gradients; EK-FAC takes twice the passes. */
    public static final CurvatureKind DEFAULT_CURVATURE = CurvatureKind.KFAC;
    /** The Fisher information; the labels of the text make another matrix. */
    public static final Labels DEFAULT_LABELS = Labels.SAMPLED;
    /** What the model is to be trained on. */
    public static final FactorData DEFAULT_FACTOR_DATA = FactorData.POOL;
    /** Hundreds of tokens for each row of the factors of the proxy. */
    public static final long DEFAULT_FACTOR_TOKENS = 100_000;
    /** A tenth of the mean eigenvalue of each layer: no knowledge of its scale needed. */
    public static final Damping DEFAULT_DAMPING = Damping.relative(0.1);
    /**
     * Their scores predict what training on a set of documents does as well as those of all layers, by measurement, and
     * cost less; those of attention alone predict it worse.
     */
    public static final LayerGroup DEFAULT_LAYERS = LayerGroup.MLP;
    /** A bound on what a large reference costs. */
    public static final long DEFAULT_REFERENCE_TOKENS = 200_000;
    /** A bound on what a long document costs: a book no more than an article. */
    public static final int DEFAULT_CHUNKS_PER_DOCUMENT = 2;

    /** Of all kinds of scores, exactly; two forward passes take less time. */
    public static final Passes DEFAULT_PASSES = Passes.BACKWARD;

    private final Kind kind;
    private final Measure measure;
    private final Passes passes;
    private final Precision precision;
    private final OptionalInt projection;
    private final GradientRule gradient;
    private final CurvatureKind curvature;
    private final Labels labels;
    private final FactorData factorData;
    private final long factorTokens;
    private final Damping damping;
    private final Optional<LayerGroup> layers;
    private final Biases biases;
    private final Qkv qkv;
    private final long referenceTokens;
    private final int chunksPerDocument;
    private final ChunkMean chunkMean;
    private final ShortDocuments shortDocuments;

    /** How gradients are compared. */
    public enum Kind {
        /** The product with the reference direction: the predicted fall of the reference loss. */
        PRODUCT,
        /** The mean of the cosines with each part of the reference: sizes of gradients do not count. */
        MEAN_COSINE,
        /**
         * The product over the length that training on the document moves the weights (RelatIF): see
         * {@link dev.quad.influence.Influence#relative}.
         */
        RELATIVE
    }

    /** What of the reference training is to change. */
    public enum Measure {
        /** Its loss is to fall. */
        LOSS,
        /**
         * The margins of its tokens over all others are to rise, of a proxy or a model folder: see
         * {@link dev.quad.model.DecoderGradients#margin}.
         */
        MARGIN
    }

    /** How the product of a document's gradient with the reference direction is computed. */
    public enum Passes {
        /** From the gradient, by a forward and a backward pass. */
        BACKWARD,
        /**
         * As the derivative of the loss along the direction, computed beside the loss in one pass forward: exactly, and
         * in less memory, see {@link dev.quad.influence.ForwardInfluence#of}.
         */
        FORWARD,
        /**
         * From the losses of the model moved a little along the direction and against it, by two forward passes, which
         * is fastest, and to the error that the stage tells: see {@link dev.quad.influence.ForwardInfluence#calibrate}.
         */
        DIFFERENCES
    }

    /** What H is taken to be in {@code (H+λI)⁻¹}. */
    public enum CurvatureKind {
        /** Kronecker factors of each layer (Martens and Grosse, 2015). */
        KFAC,
        /** K-FAC with the eigenvalues fitted in its basis (George et al., 2018); takes twice the passes. */
        EKFAC,
        /** The mean square of each gradient. */
        DIAGONAL,
        /** None: plain gradients. */
        IDENTITY
    }

    /** Whose labels the gradients have that the curvature is of. */
    public enum Labels {
        /** Drawn from the model. */
        SAMPLED,
        /** Those of the text. */
        EMPIRICAL
    }

    /** What the curvature is estimated from. */
    public enum FactorData {
        /** A sample of the pool. */
        POOL,
        /** The reference. */
        REFERENCE,
        /** Both. */
        BOTH
    }

    /** Which layers count. */
    public enum LayerGroup {
        /** The linear layers of the blocks. */
        ALL,
        /** Those of attention. */
        ATTENTION,
        /** Those of the MLP. */
        MLP,
        /** Those of the blocks, and the output head. */
        ALL_AND_HEAD
    }

    /** Whether biases count, where there are any. */
    public enum Biases {
        /** They do. */
        KEEP,
        /** They do not. */
        IGNORE
    }

    /** How the curvature sees queries, keys and values. */
    public enum Qkv {
        /** As the one layer that they are. */
        JOINT,
        /** As three. */
        SEPARATE,
        /** As three for each head. */
        HEADS
    }

    /** What a document of several chunks has as its score. */
    public enum ChunkMean {
        /** The mean of its chunks by their tokens. */
        TOKENS,
        /** The mean of its chunks, each counting alike. */
        CHUNKS
    }

    private ScoreSettings(Builder b) {
        this.kind = b.kind;
        this.measure = b.measure;
        this.passes = b.passes;
        this.precision = b.precision;
        this.projection = b.projection;
        this.gradient = b.gradient;
        this.curvature = b.curvature != null
                ? b.curvature
                : b.gradient == GradientRule.SGD ? DEFAULT_CURVATURE : CurvatureKind.IDENTITY;
        this.labels = b.labels;
        this.factorData = b.factorData;
        this.factorTokens = b.factorTokens;
        this.damping = b.damping;
        this.layers = Optional.ofNullable(b.layers);
        this.biases = b.biases;
        this.qkv = b.qkv;
        this.referenceTokens = b.referenceTokens;
        this.chunksPerDocument = b.chunksPerDocument;
        this.chunkMean = b.chunkMean;
        this.shortDocuments = b.shortDocuments;
    }

    /** The defaults. */
    public static ScoreSettings defaults() {
        return builder().build();
    }

    /** Starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    Kind kind() {
        return kind;
    }

    Measure measure() {
        return measure;
    }

    Passes passes() {
        return passes;
    }

    Precision precision() {
        return precision;
    }

    OptionalInt projection() {
        return projection;
    }

    GradientRule gradient() {
        return gradient;
    }

    /** Whether they hold of a model in a folder only, and of no proxy. */
    public boolean needsModelFolder() {
        return gradient == GradientRule.ADAM_STATE;
    }

    /** Whether scores are products with plain gradients, which can be taken apart. */
    boolean isPlainProduct() {
        return kind == Kind.PRODUCT
                && passes == Passes.BACKWARD
                && gradient == GradientRule.SGD
                && !shortDocuments.zero();
    }

    /** The curvature: that which was set, or else comes with the gradient. */
    public CurvatureKind curvature() {
        return curvature;
    }

    /** What the curvature is estimated from. */
    public FactorData factorData() {
        return factorData;
    }

    long factorTokens() {
        return factorTokens;
    }

    Damping damping() {
        return damping;
    }

    /** Which layers of a proxy or a model folder count. */
    public LayerGroup layers() {
        return layers.orElse(DEFAULT_LAYERS);
    }

    /** Whether they are those of a model's own gradients, all that it gives: none were set, or all. */
    boolean takesAllLayers() {
        return layers.orElse(LayerGroup.ALL) == LayerGroup.ALL;
    }

    Biases biases() {
        return biases;
    }

    Qkv qkv() {
        return qkv;
    }

    long referenceTokens() {
        return referenceTokens;
    }

    int chunksPerDocument() {
        return chunksPerDocument;
    }

    ChunkMean chunkMean() {
        return chunkMean;
    }

    ShortDocuments shortDocuments() {
        return shortDocuments;
    }

    Fisher fisher(Seed seed) {
        return labels == Labels.SAMPLED ? Fisher.sampled(seed, 1) : Fisher.empirical();
    }

    /** Adds what does not go with a reference. */
    void check(ReferenceSet<?> reference, List<String> problems) {
        if (reference.isWeighted() && kind == Kind.MEAN_COSINE) {
            problems.add("the reference has weights, and with the score mean-cosine each part of it counts alike; give"
                    + " score product or relative");
        }
    }

    /** Refuses, before anything is begun, factors of the head that the JVM cannot hold. */
    void requireRoom(DecoderConfig model) {
        LayerShape head = new LayerShape("head", model.width(), model.vocabulary());
        long needed = KroneckerFactors.heapBytes(List.of(head));
        long memory = Runtime.getRuntime().maxMemory();
        boolean factors = curvature == CurvatureKind.KFAC || curvature == CurvatureKind.EKFAC;
        if (layers() == LayerGroup.ALL_AND_HEAD && factors && needed > memory) {
            throw new InputException(String.format(
                    Locale.ROOT,
                    "the curvature %s of a head of %,d words needs %,d bytes of heap at least, and there are %,d; leave"
                            + " out the head (layers all), take the curvature diagonal, or give more memory (-Xmx%dg,"
                            + " for the command in QUAD_JAVA_OPTS)",
                    Words.of(curvature),
                    model.vocabulary(),
                    needed,
                    memory,
                    2 * needed / (1L << 30) + 1));
        }
    }

    /** Every setting by name, for a manifest. */
    public Map<String, String> describe() {
        Map<String, String> entries = new LinkedHashMap<>();
        entries.put("score", Words.of(kind));
        if (measure != Measure.LOSS) {
            entries.put("measure", Words.of(measure));
        }
        if (passes != DEFAULT_PASSES) {
            entries.put("passes", Words.of(passes));
        }
        if (precision != Precision.SINGLE) {
            entries.put("precision", Words.of(precision));
        }
        entries.put("projection", projection.isPresent() ? Integer.toString(projection.getAsInt()) : "none");
        if (gradient != GradientRule.SGD) {
            entries.put("gradient", Words.of(gradient));
        }
        entries.put("curvature", Words.of(curvature));
        entries.put("fisher", Words.of(labels));
        entries.put("factorData", Words.of(factorData));
        entries.put("factorTokens", Long.toString(factorTokens));
        entries.put("damping", damping.toString());
        entries.put("layers", Words.of(layers()));
        entries.put("biases", Words.of(biases));
        entries.put("qkv", Words.of(qkv));
        entries.put("referenceTokens", Long.toString(referenceTokens));
        entries.put("chunksPerDocument", Integer.toString(chunksPerDocument));
        entries.put("chunkMean", Words.of(chunkMean));
        if (!shortDocuments.equals(ShortDocuments.UNSCORED)) {
            entries.put("shortDocuments", shortDocuments.toString());
        }
        return entries;
    }

    private List<Object> values() {
        return List.of(
                kind,
                measure,
                passes,
                precision,
                projection,
                gradient,
                curvature,
                labels,
                factorData,
                factorTokens,
                damping,
                layers,
                biases,
                qkv,
                referenceTokens,
                chunksPerDocument,
                chunkMean,
                shortDocuments);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ScoreSettings that && values().equals(that.values());
    }

    @Override
    public int hashCode() {
        return values().hashCode();
    }

    @Override
    public String toString() {
        return describe().toString();
    }

    /** Collects settings; {@link #build} checks them all. */
    public static final class Builder {
        private Kind kind = DEFAULT_KIND;
        private Measure measure = Measure.LOSS;
        private Passes passes = DEFAULT_PASSES;
        private Precision precision = Precision.SINGLE;
        private OptionalInt projection = OptionalInt.empty();
        private GradientRule gradient = GradientRule.SGD;
        private @Nullable CurvatureKind curvature;
        private Labels labels = DEFAULT_LABELS;
        private FactorData factorData = DEFAULT_FACTOR_DATA;
        private long factorTokens = DEFAULT_FACTOR_TOKENS;
        private Damping damping = DEFAULT_DAMPING;
        private @Nullable LayerGroup layers;
        private Biases biases = Biases.KEEP;
        private Qkv qkv = Qkv.JOINT;
        private long referenceTokens = DEFAULT_REFERENCE_TOKENS;
        private int chunksPerDocument = DEFAULT_CHUNKS_PER_DOCUMENT;
        private ChunkMean chunkMean = ChunkMean.TOKENS;
        private ShortDocuments shortDocuments = ShortDocuments.UNSCORED;

        private Builder() {}

        /** How gradients are compared; {@link #DEFAULT_KIND} unless set. */
        public Builder kind(Kind value) {
            kind = Objects.requireNonNull(value, "kind is null; leave it out for the default");
            return this;
        }

        /** What of the reference is to change; {@link Measure#LOSS} unless set. */
        public Builder measure(Measure value) {
            measure = Objects.requireNonNull(value, "measure is null; leave it out for the default");
            return this;
        }

        /** How products are computed, of {@link Kind#PRODUCT} only; {@link #DEFAULT_PASSES} unless set. */
        public Builder passes(Passes value) {
            passes = Objects.requireNonNull(value, "passes is null; leave it out for the default");
            return this;
        }

        /**
         * What factors, directions and products are computed in: single, or double from a model's captures in single,
         * for 2 to 3 times the time and twice the memory, so that a damping far below the largest eigenvalue divides no
         * rounding. Single unless set.
         */
        public Builder precision(Precision value) {
            precision = Objects.requireNonNull(value, "precision is null; leave it out for the default");
            return this;
        }

        /**
         * Takes the cosines of {@link Kind#MEAN_COSINE} through so many rows of random signs, as the paper's code does
         * with 8192; exactly by default, or if empty.
         */
        public Builder projection(OptionalInt rows) {
            projection = Objects.requireNonNull(rows, "projection is null; leave it out for the default");
            return this;
        }

        /** What is scored of the gradient of a chunk; {@link GradientRule#SGD} unless set. */
        public Builder gradient(GradientRule value) {
            gradient = Objects.requireNonNull(value, "gradient is null; leave it out for the default");
            return this;
        }

        /**
         * The curvature; unless set {@link #DEFAULT_CURVATURE}, and {@link CurvatureKind#IDENTITY} for the update of
         * another {@link #gradient} than {@link GradientRule#SGD}: what an optimiser changes the reference loss by is
         * the product with its plain gradient, and a curvature would be a second preconditioner.
         */
        public Builder curvature(CurvatureKind value) {
            curvature = Objects.requireNonNull(value, "curvature is null; leave it out for the default");
            return this;
        }

        /** Labels of the gradients that the curvature is of; {@link #DEFAULT_LABELS} unless set. */
        public Builder labels(Labels value) {
            labels = Objects.requireNonNull(value, "labels is null; leave it out for the default");
            return this;
        }

        /** What the curvature is estimated from; {@link #DEFAULT_FACTOR_DATA} unless set. */
        public Builder factorData(FactorData value) {
            factorData = Objects.requireNonNull(value, "factorData is null; leave it out for the default");
            return this;
        }

        /**
         * Pool tokens that the curvature is estimated from, {@code >= 1}; {@value #DEFAULT_FACTOR_TOKENS} unless set.
         */
        public Builder factorTokens(long value) {
            factorTokens = value;
            return this;
        }

        /** What is added to the curvature; {@link #DEFAULT_DAMPING} unless set. */
        public Builder damping(Damping value) {
            damping = Objects.requireNonNull(value, "damping is null; leave it out for the default");
            return this;
        }

        /**
         * Which layers of a proxy or a model folder count; {@link #DEFAULT_LAYERS} unless set. Of gradients of your own
         * all count, so that only those can be set.
         */
        public Builder layers(LayerGroup value) {
            layers = Objects.requireNonNull(value, "layers is null; leave it out for the default");
            return this;
        }

        /** Whether biases count; they do unless set. */
        public Builder biases(Biases value) {
            biases = Objects.requireNonNull(value, "biases is null; leave it out for the default");
            return this;
        }

        /** How the curvature sees queries, keys and values; as one layer unless set. */
        public Builder qkv(Qkv value) {
            qkv = Objects.requireNonNull(value, "qkv is null; leave it out for the default");
            return this;
        }

        /**
         * Reference tokens to use at most, sampled where there are more, {@code >= 1};
         * {@value #DEFAULT_REFERENCE_TOKENS} unless set.
         */
        public Builder referenceTokens(long value) {
            referenceTokens = value;
            return this;
        }

        /**
         * Chunks to score of a document at most, evenly spaced, {@code >= 1}; {@value #DEFAULT_CHUNKS_PER_DOCUMENT}
         * unless set.
         */
        public Builder chunksPerDocument(int value) {
            chunksPerDocument = value;
            return this;
        }

        /** The score of a document of several chunks; by tokens unless set. */
        public Builder chunkMean(ChunkMean value) {
            chunkMean = Objects.requireNonNull(value, "chunkMean is null; leave it out for the default");
            return this;
        }

        /** What becomes of short documents; {@link ShortDocuments#UNSCORED} unless set. */
        public Builder shortDocuments(ShortDocuments value) {
            shortDocuments = Objects.requireNonNull(value, "shortDocuments is null; leave it out for the default");
            return this;
        }

        /**
         * The settings.
         *
         * @throws IllegalArgumentException if a number is out of range, or settings do not go together; names all that
         *     is wrong
         */
        public ScoreSettings build() {
            List<String> problems = new ArrayList<>();
            atLeastOne(problems, "factorTokens", factorTokens);
            atLeastOne(problems, "referenceTokens", referenceTokens);
            atLeastOne(problems, "chunksPerDocument", chunksPerDocument);
            if (projection.isPresent()) {
                int rows = projection.getAsInt();
                atLeastOne(problems, "projection", rows);
                if (kind != Kind.MEAN_COSINE) {
                    problems.add("projection is " + rows + " and score is " + Words.of(kind)
                            + "; give score mean-cosine, or projection none");
                }
                if (gradient != GradientRule.SGD) {
                    problems.add("projection is " + rows + " and gradient is " + Words.of(gradient)
                            + ", which is not projected; give gradient sgd, or projection none");
                }
            }
            if (kind == Kind.RELATIVE && gradient != GradientRule.SGD) {
                problems.add("score is relative, of plain gradients, and gradient is " + Words.of(gradient)
                        + "; give gradient sgd, or another score");
            }
            if (passes != Passes.BACKWARD) {
                withForward(problems, kind == Kind.PRODUCT, "score", kind, Kind.PRODUCT);
                withForward(problems, gradient == GradientRule.SGD, "gradient", gradient, GradientRule.SGD);
                withForward(problems, biases == Biases.KEEP, "biases", biases, Biases.KEEP);
                withForward(problems, qkv == Qkv.JOINT, "qkv", qkv, Qkv.JOINT);
                withForward(problems, precision == Precision.SINGLE, "precision", precision, Precision.SINGLE);
            }
            if (gradient == GradientRule.ADAM_STATE && (biases != Biases.KEEP || qkv != Qkv.JOINT)) {
                problems.add("gradient is adam-state, of which the moments are of whole layers, and biases is "
                        + Words.of(biases) + " and qkv is " + Words.of(qkv) + "; give biases keep and qkv joint");
            }
            if (gradient == GradientRule.ADAM_STATE && precision != Precision.SINGLE) {
                problems.add("gradient is adam-state, of which the moments are in single precision, and precision is "
                        + Words.of(precision) + "; give precision single");
            }
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException(String.join("; ", problems));
            }
            return new ScoreSettings(this);
        }

        private void withForward(List<String> problems, boolean holds, String name, Enum<?> value, Enum<?> allowed) {
            if (!holds) {
                problems.add("passes is " + Words.of(passes) + " and " + name + " is " + Words.of(value) + "; give "
                        + name + " " + Words.of(allowed) + ", or passes backward");
            }
        }

        private static void atLeastOne(List<String> problems, String name, long value) {
            if (value < 1) {
                problems.add(name + " is " + value + "; allowed is 1 or more");
            }
        }
    }
}
