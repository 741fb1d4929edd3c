// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Fingerprint;
import dev.quad.MismatchException;
import dev.quad.NumericalException;
import dev.quad.Precision;
import dev.quad.ReferenceSet;
import dev.quad.files.Safetensors;
import dev.quad.files.Unchecked;
import dev.quad.linalg.LowRank;
import dev.quad.linalg.Owned;
import dev.quad.linalg.Reals;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/**
 * A direction v in the space of the captured weights whose inner product with the gradient of an item is the item's
 * utility: {@code v = ∇L(θ,D_r)} for the plain gradient product, {@code v = (H+λI)⁻¹ ∇L(θ,D_r)} after
 * {@link #precondition}. One matrix {@code outputs × inputs} a layer.
 *
 * <p>L(θ,D_r) is the mean loss over all supervised tokens of the reference set, by its weights. Made once per reference
 * set. Not changed after it is made; safe for concurrent use. Owns native memory: close it, after which whoever uses it
 * gets an {@link IllegalStateException}.
 */
public final class ReferenceDirection implements AutoCloseable {
    private final List<LayerShape> layers;
    private final List<Reals> matrices;
    private final String modelFingerprint;
    private final DirectionOrigin origin;
    private final List<Reals> factors; // of a cut direction: for each layer that of the outputs, then of the inputs
    private final int rank;
    private volatile boolean closed;

    ReferenceDirection(List<LayerShape> layers, List<Reals> matrices, String modelFingerprint, DirectionOrigin origin) {
        this(layers, matrices, List.of(), 0, modelFingerprint, origin);
    }

    private ReferenceDirection(
            List<LayerShape> layers,
            List<Reals> matrices,
            List<Reals> factors,
            int rank,
            String modelFingerprint,
            DirectionOrigin origin) {
        this.layers = layers;
        this.matrices = matrices;
        this.factors = factors;
        this.rank = rank;
        this.modelFingerprint = Sources.requireFingerprint(modelFingerprint);
        this.origin = origin;
    }

    /** The gradient of the reference loss, in batches of {@value GradientSource#DEFAULT_BATCH_TOKENS} tokens. */
    public static <T> ReferenceDirection gradient(GradientSource<T> source, ReferenceSet<? extends T> reference) {
        return gradient(source, reference, GradientSource.DEFAULT_BATCH_TOKENS, tokens -> {});
    }

    /**
     * The gradient of the reference loss.
     *
     * @param batchTokens bound on the tokens of a batch, {@code >= 1}
     * @param progress told the number of tokens done after each batch
     * @throws IllegalArgumentException if no reference item with a weight has a token to predict
     * @throws NumericalException if a reference loss is not finite, or its gradient; names the item or the layer
     * @throws MismatchException if the model changed meanwhile
     */
    public static <T> ReferenceDirection gradient(
            GradientSource<T> source, ReferenceSet<? extends T> reference, int batchTokens, LongConsumer progress) {
        Objects.requireNonNull(reference, "the reference is null");
        Objects.requireNonNull(progress, "progress is null; give n -> {} to hear nothing");
        return ReferenceGradient.of(source, reference, batchTokens, progress);
    }

    /**
     * For a direction that was made elsewhere and is there as arrays; a gradient unless it is said to be more.
     *
     * @param source the model that it is for: its layers, precision and fingerprint are taken over
     */
    public static Builder builder(GradientSource<?> source) {
        return new Builder(Sources.layers(source), source.precision(), source.fingerprint());
    }

    private static void requireFinite(String what, LayerShape layer, Reals matrix, String remedy) {
        int at = matrix.firstNotFinite();
        if (at >= 0) {
            throw new NumericalException(
                    what + " in layer " + layer.name() + " holds the value " + matrix.value(at) + "; " + remedy);
        }
    }

    /** {@link #precondition(Curvature, Damping)} with K-FAC of the scale of a token. */
    public ReferenceDirection precondition(KroneckerFactors factors, Damping damping) {
        return precondition(Curvature.kfac(factors), damping);
    }

    /**
     * {@code (H+λI)⁻¹} times this direction.
     *
     * @param curvature that of the same model
     * @param damping λ of each layer
     * @return a new direction, the caller's to close
     * @throws MismatchException if the curvature belongs to another model or other layers
     * @throws NumericalException if a layer's damped curvature is singular, or so small that a quotient is infinite;
     *     names the layer
     */
    public ReferenceDirection precondition(Curvature curvature, Damping damping) {
        Objects.requireNonNull(damping, "the damping is null; allowed are those of Damping");
        return precondition(curvature, List.of(damping)).get(0);
    }

    /**
     * {@link #precondition(Curvature, Damping)} for several dampings: each layer is rotated into the eigenbasis once,
     * and back for each, so that n dampings cost {@code (n+1)/2n} of what they cost one by one, with the same bits.
     *
     * @return a new direction for each damping, in their order, the caller's to close
     */
    public List<ReferenceDirection> precondition(Curvature curvature, List<Damping> dampings) {
        Objects.requireNonNull(curvature, "the curvature is null; allowed are those of Curvature");
        Objects.requireNonNull(dampings, "the dampings are null");
        Sources.requireItems("damping", "of the list", dampings);
        requireOpen();
        curvature.requireModel(modelFingerprint, layers);
        if (!origin.isGradient()) {
            throw new IllegalStateException("the direction is preconditioned already, by " + origin.words());
        }
        return solved(curvature, dampings);
    }

    /**
     * {@link #precondition}, of anything and with a curvature of any model with these layers, such as a mean over
     * checkpoints.
     */
    List<ReferenceDirection> solved(Curvature curvature, List<Damping> dampings) {
        List<ReferenceDirection> results = new ArrayList<>();
        try (Owned parts = new Owned()) {
            for (Damping damping : dampings) {
                DirectionOrigin solved = DirectionOrigin.solved(curvature, damping);
                results.add(parts.add(new ReferenceDirection(layers, new ArrayList<>(), modelFingerprint, solved)));
            }
            if (curvature.isJoint()) {
                jointly(curvature, dampings, results);
            } else {
                for (int l = 0; l < layers.size(); l++) {
                    Reals matrix = matrices.get(l);
                    try (LayerInverse inverse = curvature.inverse(l, dampings, matrix.precision())) {
                        List<Reals> solved = inverse.solveAll(matrix);
                        for (int d = 0; d < solved.size(); d++) {
                            results.get(d).matrices.add(solved.get(d));
                        }
                    }
                }
            }
            for (ReferenceDirection result : results) {
                for (int l = 0; l < layers.size(); l++) {
                    requireFinite(
                            "the preconditioned direction",
                            layers.get(l),
                            result.matrices.get(l),
                            "use a larger damping");
                }
            }
            return parts.release(results);
        }
    }

    /** All layers as one vector, one after the other. */
    private void jointly(Curvature curvature, List<Damping> dampings, List<ReferenceDirection> results) {
        double[] all = IntStream.range(0, layers.size())
                .mapToObj(this::values)
                .flatMapToDouble(Arrays::stream)
                .toArray();
        Precision precision = matrices.get(0).precision();
        try (Reals v = Reals.of(precision, all);
                LayerInverse inverse = curvature.inverse(0, dampings, precision)) {
            List<Reals> solved = inverse.solveAll(v);
            for (int d = 0; d < solved.size(); d++) {
                double[] values = solved.get(d).toDoubles();
                solved.get(d).close();
                int at = 0;
                for (LayerShape layer : layers) {
                    double[] part = Arrays.copyOfRange(values, at, at + layer.weights());
                    results.get(d).matrices.add(Reals.of(precision, part));
                    at += layer.weights();
                }
            }
        }
    }

    /**
     * Directions of some layers each as one of all layers of a source.
     *
     * @param parts of different views, each layer in one of them, all preconditioned; this takes over their memory
     */
    static ReferenceDirection join(GradientSource<?> source, List<ReferenceDirection> parts) {
        Map<String, Reals> byName = new HashMap<>();
        for (ReferenceDirection part : parts) {
            for (int l = 0; l < part.layers.size(); l++) {
                byName.put(part.layers.get(l).name(), part.matrices.get(l));
            }
        }
        List<LayerShape> layers = Sources.layers(source);
        List<Reals> matrices = new ArrayList<>();
        for (LayerShape layer : layers) {
            matrices.add(Objects.requireNonNull(byName.get(layer.name())));
        }
        return new ReferenceDirection(
                layers,
                matrices,
                source.fingerprint(),
                DirectionOrigin.joined(parts.stream().map(part -> part.origin).toList()));
    }

    /**
     * This direction with each layer's matrix cut to a rank, as kronfluence does with many queries:
     * {@link DirectionScores} works with the two factors where that takes fewer operations. What is written to a file,
     * and used elsewhere, is their product.
     *
     * @param rank {@code >= 1}
     * @return a new direction, the caller's to close
     */
    public ReferenceDirection lowRank(int rank) {
        List<Reals> cut = new ArrayList<>();
        List<Reals> factors = new ArrayList<>();
        for (int l = 0; l < layers.size(); l++) {
            LayerShape layer = layers.get(l);
            Precision precision = matrices.get(l).precision();
            LowRank of =
                    LowRank.of(values(l), layer.outputs(), layer.columns(), rank, "the direction of " + layer.name());
            cut.add(Reals.of(precision, of.product()));
            factors.add(Reals.of(precision, of.left()));
            factors.add(Reals.of(precision, of.right()));
        }
        return new ReferenceDirection(layers, cut, factors, rank, modelFingerprint, origin.cut(rank));
    }

    /** The same numbers for the gradients of another model with the same layers; closing one closes both. */
    ReferenceDirection of(GradientSource<?> source) {
        return new ReferenceDirection(layers, matrices, factors, rank, source.fingerprint(), origin);
    }

    /** The rank that it was cut to; 0 where it was not, or was read from a file. */
    int rank() {
        return rank;
    }

    /** The factor of a cut layer with rows of its outputs, {@code rank × outputs}; owned by this. */
    Reals outputFactor(int layer) {
        requireOpen();
        return factors.get(2 * layer);
    }

    /** The factor of a cut layer with rows of its columns, {@code rank × columns}; owned by this. */
    Reals inputFactor(int layer) {
        requireOpen();
        return factors.get(2 * layer + 1);
    }

    /** Checks that it was made from this model and these layers. */
    void requireModel(String model, List<LayerShape> shapes) {
        requireOpen();
        Sources.requireFingerprint(model);
        if (!model.equals(modelFingerprint)) {
            throw new MismatchException("the reference direction was made from model " + modelFingerprint
                    + ", but the gradients come from model " + model + "; compute the direction again");
        }
        if (!shapes.equals(layers)) {
            throw new MismatchException(
                    "the reference direction is for the layers " + layers + ", the gradients are for " + shapes);
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(
                    "the reference direction was closed; keep it open as long as anything is scored along it");
        }
    }

    /** The layers, in the order of the source. */
    public List<LayerShape> layers() {
        return layers;
    }

    /** v of a layer, row-major, {@code outputs × columns}; owned by this. */
    Reals matrix(int layer) {
        requireOpen();
        return matrices.get(Sources.requireLayer(layer, layers));
    }

    /** v of a layer, row-major, {@code outputs × columns}; a copy. */
    public double[] values(int layer) {
        return matrix(layer).toDoubles();
    }

    /** {@link #values} with one array a row. */
    public double[][] rows(int layer) {
        return RowMajor.rows(values(layer), layers.get(layer).columns());
    }

    /** Copies {@code count} values of a layer's v from element {@code from} on. */
    public void read(int layer, int from, double[] target, int count) {
        Objects.requireNonNull(target, "the target is null");
        matrix(layer).read(from, target, 0, count);
    }

    /** The Euclidean norm over all layers. */
    public double norm() {
        requireOpen();
        double sum = 0;
        for (Reals matrix : matrices) {
            sum += SquaredNorm.of(matrix, 0, matrix.length());
        }
        return Math.sqrt(sum);
    }

    /** The fingerprint of the model that the direction belongs to. */
    public String modelFingerprint() {
        return modelFingerprint;
    }

    /** What it was made by. */
    DirectionOrigin origin() {
        return origin;
    }

    /** A digest of the direction and of the model it belongs to. */
    public String fingerprint() {
        Fingerprint digest =
                Fingerprint.of(DirectionFile.FORMAT).add(modelFingerprint).add(origin.words());
        for (int l = 0; l < layers.size(); l++) {
            digest.add(layers.get(l).toString()).add(Safetensors.bytes(values(l)));
        }
        return digest.hex();
    }

    /** Writes a safetensors file, whole or not at all. */
    public void write(Path file) {
        Objects.requireNonNull(file, "the file is null");
        DirectionFile.write(this, file);
    }

    /** Reads what {@link #write} wrote. */
    public static ReferenceDirection read(Path file) {
        return Unchecked.get(file, () -> DirectionFile.read(file));
    }

    @Override
    public void close() {
        closed = true;
        matrices.forEach(Reals::close);
        factors.forEach(Reals::close);
    }

    @Override
    public String toString() {
        return "direction over " + layers.size() + " layers, made by: " + origin.words();
    }

    /** Collects v of each layer, by its name and in any order; all of them are needed. For use by one thread. */
    public static final class Builder {
        private final List<LayerShape> layers;
        private final Precision precision;
        private final String modelFingerprint;
        private final LayerArrays values;
        private DirectionOrigin origin = DirectionOrigin.GRADIENT;

        private Builder(List<LayerShape> layers, Precision precision, String modelFingerprint) {
            this.layers = layers;
            this.precision = precision;
            this.modelFingerprint = modelFingerprint;
            this.values = new LayerArrays("the direction", layers, LayerShape::outputs, LayerShape::columns);
        }

        /**
         * v of a layer, row-major, {@code outputs × columns}; the last column belongs to the bias, if the layer has
         * one. Copied.
         *
         * @throws IllegalArgumentException if there is no such layer, it has one already, or the size is another
         * @throws NumericalException if a value is not finite; names its place
         */
        public Builder layer(String layer, double[] v) {
            values.put(layer, v);
            return this;
        }

        /** {@link #layer(String, double[])} with one array a row. */
        public Builder layer(String layer, double[][] v) {
            values.put(layer, v);
            return this;
        }

        /** {@link #layer(String, double[])} with one array a row. */
        public Builder layer(String layer, float[][] v) {
            values.put(layer, v);
            return this;
        }

        /**
         * Says that a curvature is in it already, so that it is not preconditioned again.
         *
         * @param by what the curvature is, for files, fingerprints and messages
         */
        public Builder preconditioned(String by) {
            this.origin = DirectionOrigin.given(Objects.requireNonNull(by, "the direction is preconditioned by null"));
            return this;
        }

        /**
         * The direction, the caller's to close.
         *
         * @throws IllegalArgumentException if a layer has none
         * @throws NumericalException if a value is too large for the precision of the model; names the layer
         */
        public ReferenceDirection build() {
            List<double[]> all = values.all();
            List<Reals> matrices = new ArrayList<>();
            try (Owned parts = new Owned()) {
                for (int l = 0; l < layers.size(); l++) {
                    Reals matrix = parts.add(Reals.of(precision, all.get(l)));
                    requireFinite(
                            "the direction", layers.get(l), matrix, "scale it, or take a model in double precision");
                    matrices.add(matrix);
                }
                return new ReferenceDirection(layers, parts.release(matrices), modelFingerprint, origin);
            }
        }
    }
}
