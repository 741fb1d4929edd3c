// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Fingerprint;
import dev.quad.MismatchException;
import dev.quad.Precision;
import dev.quad.files.Safetensors;
import dev.quad.files.Unchecked;
import dev.quad.linalg.SymmetricEigen;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An approximation of the curvature H of the loss, layer by layer, ready to be inverted under any {@link Damping}.
 * Immutable; safe for use by several threads. Made by {@link CurvatureFit}, or from {@link KroneckerFactors}.
 *
 * <p>Scales differ: that of {@link #kfac} is a token, that of all others an item (a sequence). An absolute damping
 * means something else on either; a relative one does not.
 */
public final class Curvature {
    private static final Logger LOG = LoggerFactory.getLogger(Curvature.class);

    private final AtomicBoolean warnedOfZeros = new AtomicBoolean();
    private final AtomicBoolean warnedOfRounding = new AtomicBoolean();
    private final CurvatureKind kind;
    private final List<LayerShape> shapes;
    private final List<LayerCurvature> layers;
    private final String modelFingerprint;
    private final Origin origin;

    /**
     * What it was made from.
     *
     * @param made a digest of it
     * @param count how many items' gradients a measured one is the mean over, times draws; 0 where it is not measured
     * @param fisher whose labels they were for, in a word
     */
    record Origin(String made, long count, String fisher) {}

    Curvature(CurvatureKind kind, List<LayerCurvature> layers, String modelFingerprint, Origin origin) {
        this(kind, layers.stream().map(layer -> layer.shape).toList(), layers, modelFingerprint, origin);
    }

    /** One curvature a layer, or one for all layers together. */
    Curvature(
            CurvatureKind kind,
            List<LayerShape> shapes,
            List<LayerCurvature> layers,
            String modelFingerprint,
            Origin origin) {
        this.kind = kind;
        this.shapes = List.copyOf(shapes);
        this.layers = List.copyOf(layers);
        this.modelFingerprint = Sources.requireFingerprint(modelFingerprint);
        this.origin = origin;
    }

    /**
     * K-FAC with the scale of a token: {@code H ≈ G ⊗ A} (Martens and Grosse, 2015; for attention Zhang et al., ICLR
     * 2025).
     */
    public static Curvature kfac(KroneckerFactors factors) {
        return kfac(CurvatureKind.KFAC, factors, false);
    }

    /**
     * K-FAC with the scale of a sequence: {@code H ≈ (rows/items)·G ⊗ A}, with the rows that each layer saw; nearer to
     * the Fisher of sequences.
     */
    public static Curvature kfacOfSequences(KroneckerFactors factors) {
        return kfac(CurvatureKind.KFAC_OF_SEQUENCES, factors, true);
    }

    private static Curvature kfac(CurvatureKind kind, KroneckerFactors factors, boolean sequences) {
        Objects.requireNonNull(factors, "the factors are null");
        if (sequences) {
            factors.requireCounts();
        }
        List<LayerCurvature> layers = new ArrayList<>();
        List<SymmetricEigen[]> eigen = factors.eigen();
        for (int l = 0; l < eigen.size(); l++) {
            double scale = sequences ? (double) factors.rows(l) / factors.items() : 1;
            layers.add(LayerCurvature.product(factors.layers().get(l), eigen.get(l)[0], eigen.get(l)[1], scale));
        }
        return new Curvature(
                kind, layers, factors.modelFingerprint(), new Origin(factors.fingerprint(), 0, factors.fisher()));
    }

    /**
     * For a diagonal that was made elsewhere and is there as arrays, such as the second moments of Adam.
     *
     * @param source the model that it is of: its layers and fingerprint are taken over
     */
    public static DiagonalBuilder diagonal(GradientSource<?> source) {
        return new DiagonalBuilder(Sources.layers(source), source.fingerprint());
    }

    /**
     * The eigenvalues measured in one basis on several samples together, as if on all of their items at once: for
     * machines that share the work. They fit in a basis that all have read from one file, see {@link #write}.
     *
     * @param parts at least one, {@link CurvatureFit#diagonal} or {@link CurvatureFit#ekfac}; all of one kind, model
     *     and Fisher, and in the same basis to the bit
     * @throws MismatchException if they differ in one of these; names both
     */
    public static Curvature merge(List<Curvature> parts) {
        Objects.requireNonNull(parts, "the parts are null");
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("there are no curvatures to merge; give one part or more");
        }
        Curvature first = parts.get(0);
        long count = 0;
        for (Curvature part : parts) {
            part.requireModel(first.modelFingerprint, first.shapes);
            if (part.origin.count == 0 || first.origin.count == 0) {
                throw new IllegalArgumentException("a curvature of the kind " + part.kind()
                        + " cannot be merged; allowed are diagonal and ekfac, and KroneckerFactors.merge for K-FAC");
            }
            if (part.kind != first.kind || !part.origin.fisher.equals(first.origin.fisher)) {
                throw new MismatchException("the kind " + first.kind() + " with the Fisher " + first.origin.fisher
                        + " cannot be merged with the kind " + part.kind() + " with the Fisher " + part.origin.fisher);
            }
            for (int l = 0; l < first.shapes.size(); l++) {
                if (!part.layers.get(l).hasBasisOf(first.layers.get(l))) {
                    throw new MismatchException("the eigenbases of layer "
                            + first.shapes.get(l).name() + " in curvatures " + first.fingerprint() + " and "
                            + part.fingerprint()
                            + " differ; write one basis to a file, and fit all parts in what is read");
                }
            }
            count += part.origin.count;
        }
        List<LayerCurvature> merged = new ArrayList<>();
        Fingerprint digest = Fingerprint.of("quad.merged-moments.1");
        parts.forEach(part -> digest.add(part.fingerprint()));
        for (int l = 0; l < first.shapes.size(); l++) {
            double[] grid = new double[first.shapes.get(l).weights()];
            for (Curvature part : parts) {
                double weight = (double) part.origin.count / count;
                for (int i = 0; i < grid.length; i++) {
                    grid[i] += weight
                            * part.layers
                                    .get(l)
                                    .eigenvalue(i / first.layers.get(l).columns, i % first.layers.get(l).columns);
                }
            }
            LayerCurvature layer = first.layers.get(l);
            merged.add(LayerCurvature.measured(layer.shape, layer.outputSide, layer.inputSide, grid));
        }
        return new Curvature(
                first.kind, merged, first.modelFingerprint, new Origin(digest.hex(), count, first.origin.fisher));
    }

    /**
     * Writes a safetensors file, whole or not at all: K-FAC with its decompositions, EK-FAC with its basis, or a
     * diagonal.
     *
     * @throws IllegalArgumentException if it is of another kind
     */
    public void write(Path file) {
        Objects.requireNonNull(file, "the file is null");
        CurvatureFile.write(this, file);
    }

    /**
     * Reads what {@link #write} wrote, to the bit.
     *
     * @throws dev.quad.InputException if the file is damaged
     */
    public static Curvature read(Path file) {
        return Unchecked.get(file, () -> CurvatureFile.read(file));
    }

    LayerCurvature layer(int layer) {
        return layers.get(layer);
    }

    Origin origin() {
        return origin;
    }

    /** The layers, in the order of the source. */
    public List<LayerShape> layers() {
        return shapes;
    }

    /** What kind it is, in words. */
    public String kind() {
        return kind.label();
    }

    CurvatureKind kindOf() {
        return kind;
    }

    /** The fingerprint of the model that it belongs to. */
    public String modelFingerprint() {
        return modelFingerprint;
    }

    /** A digest of what it was made from. */
    public String fingerprint() {
        return Fingerprint.of("quad.curvature.1").add(kind()).add(origin.made).hex();
    }

    /**
     * How many items a measured curvature is the mean over, times the draws of labels; 0 for K-FAC and the identity.
     */
    public long count() {
        return origin.count;
    }

    /** The mean of a layer's eigenvalues, which relative damping refers to. */
    public double meanEigenvalue(int layer) {
        return measured(layer).meanEigenvalue();
    }

    /** The eigenvalues of a layer on the grid of its gradient, row-major; for an exact block, ascending. */
    public double[] eigenvalues(int layer) {
        LayerCurvature curvature = measured(layer);
        double[] result = new double[curvature.outputs * curvature.columns];
        for (int i = 0; i < curvature.outputs; i++) {
            for (int j = 0; j < curvature.columns; j++) {
                result[i * curvature.columns + j] = curvature.eigenvalue(i, j);
            }
        }
        return result;
    }

    /**
     * What the eigenvalues of each layer say about inverting it under a damping; of a matrix over all layers, one
     * value. Costs a look at every eigenvalue.
     *
     * @throws dev.quad.NumericalException if a layer is singular with its damping too; names the layer
     */
    public List<Spectrum> spectra(Damping damping) {
        Objects.requireNonNull(damping, "the damping is null; allowed are those of Damping");
        return IntStream.range(0, layers.size())
                .mapToObj(layer -> layers.get(layer)
                        .spectrum(isJoint() ? "all layers" : shapes.get(layer).name(), damping))
                .toList();
    }

    private LayerCurvature measured(int layer) {
        if (layer < 0 || layer >= layers.size()) {
            throw new IndexOutOfBoundsException("layer " + layer + " is asked for; allowed is [0, " + layers.size()
                    + ")" + (isJoint() ? ", since this is one matrix over all layers" : ""));
        }
        return layers.get(layer);
    }

    SymmetricEigen outputSide(int layer) {
        return side(layers.get(layer).outputSide);
    }

    SymmetricEigen inputSide(int layer) {
        return side(layers.get(layer).inputSide);
    }

    private SymmetricEigen side(@Nullable SymmetricEigen side) {
        if (side == null) {
            throw new IllegalArgumentException(
                    "a curvature of the kind " + kind() + " has no Kronecker eigenbasis; use K-FAC or EK-FAC");
        }
        return side;
    }

    /** Whether it is one matrix over the weights of all layers. */
    boolean isJoint() {
        return layers.size() != shapes.size();
    }

    /** For a joint curvature, layer 0 stands for all. */
    LayerInverse inverse(int layer, Damping damping, Precision precision) {
        return inverse(layer, List.of(damping), precision);
    }

    /** For several dampings. */
    LayerInverse inverse(int layer, List<Damping> dampings, Precision precision) {
        LayerCurvature curvature = layers.get(layer);
        dampings.forEach(damping -> curvature.warn(LOG, damping, warnedOfZeros, warnedOfRounding));
        return new LayerInverse(curvature, dampings, precision);
    }

    /** Checks that it was made from this model and these layers. */
    void requireModel(String model, List<LayerShape> shapes) {
        Sources.requireFingerprint(model);
        if (!model.equals(modelFingerprint)) {
            throw new MismatchException("the curvature was made from model " + modelFingerprint
                    + ", but the gradients come from model " + model + "; fit the curvature again");
        }
        if (!shapes.equals(layers())) {
            throw new MismatchException(
                    "the curvature is for the layers " + layers() + ", the gradients are for " + shapes);
        }
    }

    @Override
    public String toString() {
        return kind() + " curvature of " + shapes.size() + " layers";
    }

    /** Collects the diagonal of each layer, by its name and in any order; all are needed. For use by one thread. */
    public static final class DiagonalBuilder {
        private final List<LayerShape> shapes;
        private final String modelFingerprint;
        private final LayerArrays squares;
        private long count;

        private DiagonalBuilder(List<LayerShape> shapes, String modelFingerprint) {
            this.shapes = shapes;
            this.modelFingerprint = modelFingerprint;
            this.squares = new LayerArrays("the diagonal", shapes, LayerShape::outputs, LayerShape::columns);
        }

        /**
         * The mean squares of a layer's gradient, {@code >= 0}, row-major, {@code outputs × columns}; the last column
         * belongs to the bias, if the layer has one. Copied.
         *
         * @throws IllegalArgumentException if there is no such layer, it has one already, or the size is another
         * @throws dev.quad.NumericalException if a value is not finite; names its place
         */
        public DiagonalBuilder layer(String layer, double[] meanSquares) {
            squares.put(layer, meanSquares);
            return this;
        }

        /** {@link #layer(String, double[])} with one array a row. */
        public DiagonalBuilder layer(String layer, double[][] meanSquares) {
            squares.put(layer, meanSquares);
            return this;
        }

        /** {@link #layer(String, double[])} with one array a row. */
        public DiagonalBuilder layer(String layer, float[][] meanSquares) {
            squares.put(layer, meanSquares);
            return this;
        }

        /** Of how many items' gradients it is the mean, {@code >= 1}: needed by {@link Curvature#merge}. */
        public DiagonalBuilder count(long items) {
            if (items < 1) {
                throw new IllegalArgumentException(
                        "the diagonal is the mean over " + items + " items; allowed is 1 or more");
            }
            this.count = items;
            return this;
        }

        /**
         * The curvature.
         *
         * @throws IllegalArgumentException if a layer has none, or a value is negative; names layer and place
         */
        public Curvature build() {
            Fingerprint digest = Fingerprint.of("quad.given-diagonal.1").add(modelFingerprint);
            List<LayerCurvature> result = new ArrayList<>();
            List<double[]> all = squares.notNegative();
            for (int l = 0; l < shapes.size(); l++) {
                digest.add(Safetensors.bytes(all.get(l)));
                result.add(LayerCurvature.measured(shapes.get(l), null, null, all.get(l)));
            }
            return new Curvature(
                    CurvatureKind.DIAGONAL,
                    result,
                    modelFingerprint,
                    new Origin(digest.hex(), count, Fisher.empirical().label()));
        }
    }
}
