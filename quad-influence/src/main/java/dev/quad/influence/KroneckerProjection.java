// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Fingerprint;
import dev.quad.Seed;
import dev.quad.files.Safetensors;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Matrix;
import dev.quad.linalg.Reals;
import dev.quad.linalg.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;

/**
 * Compresses the gradient of each layer from both sides, {@code D → R_out D R_inᵀ}, which costs little because tokens
 * are projected and not gradients: {@code Σ_t (R_out δ_t)(R_in x_t)ᵀ} (Choe et al., 2024, LoGra).
 *
 * <p>With random R, inner products are kept in the mean; with eigenvectors, the part of the gradient is kept that the
 * curvature is largest in. Immutable; safe for use by several threads.
 */
public final class KroneckerProjection extends Projection {
    private static final int BLOCK = 256;

    private final List<double[]> outputSides;
    private final List<double[]> inputSides;

    private KroneckerProjection(List<LayerShape> layers, List<double[]> outputSides, List<double[]> inputSides) {
        super(layers);
        this.outputSides = outputSides;
        this.inputSides = inputSides;
    }

    /**
     * Independent normal entries of variance {@code 1/rank} a side, so that inner products are unbiased. The entries of
     * a layer depend on the seed and its name only.
     *
     * @param rank rows of either side, {@code >= 1}; a side that is not longer is left as it is
     */
    public static KroneckerProjection random(List<LayerShape> layers, int rank, Seed seed) {
        Objects.requireNonNull(layers, "the layers are null");
        Objects.requireNonNull(seed, "the seed is null");
        check(rank);
        List<double[]> outputs = new ArrayList<>();
        List<double[]> inputs = new ArrayList<>();
        for (LayerShape layer : layers) {
            outputs.add(normal(rank, layer.outputs(), seed.stream("projection.outputs." + layer.name())));
            inputs.add(normal(rank, layer.columns(), seed.stream("projection.inputs." + layer.name())));
        }
        return new KroneckerProjection(layers, outputs, inputs);
    }

    private static double[] normal(int rank, int size, RandomGenerator random) {
        if (rank >= size) {
            double[] identity = new double[size * size];
            for (int i = 0; i < size; i++) {
                identity[i * size + i] = 1;
            }
            return identity;
        }
        double[] result = new double[rank * size];
        double scale = 1 / Math.sqrt(rank);
        for (int i = 0; i < result.length; i++) {
            result[i] = scale * random.nextGaussian();
        }
        return result;
    }

    /**
     * The eigenvectors of the largest eigenvalues of each factor.
     *
     * @param rank how many of either side, {@code >= 1}; at most all
     */
    public static KroneckerProjection topEigenvectors(KroneckerFactors factors, int rank) {
        Objects.requireNonNull(factors, "the factors are null");
        check(rank);
        List<double[]> outputs = new ArrayList<>();
        List<double[]> inputs = new ArrayList<>();
        for (dev.quad.linalg.SymmetricEigen[] eigen : factors.eigen()) {
            outputs.add(top(eigen[0].vectors(), eigen[0].size(), rank));
            inputs.add(top(eigen[1].vectors(), eigen[1].size(), rank));
        }
        return new KroneckerProjection(factors.layers(), outputs, inputs);
    }

    /** Eigenvalues ascend, vectors stand in columns. */
    private static double[] top(double[] vectors, int size, int rank) {
        int rows = Math.min(rank, size);
        double[] result = new double[rows * size];
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < size; j++) {
                result[r * size + j] = vectors[j * size + size - 1 - r];
            }
        }
        return result;
    }

    private static void check(int rank) {
        if (rank < 1) {
            throw new IllegalArgumentException("the rank is " + rank + "; allowed is 1 or more");
        }
    }

    /**
     * Matrices of one's own.
     *
     * @param outputSides R_out of each layer, row-major, {@code any × outputs}
     * @param inputSides R_in of each layer, row-major, {@code any × columns}
     */
    public static KroneckerProjection of(
            List<LayerShape> layers, List<double[]> outputSides, List<double[]> inputSides) {
        Objects.requireNonNull(layers, "the layers are null");
        Objects.requireNonNull(outputSides, "the output sides are null");
        Objects.requireNonNull(inputSides, "the input sides are null");
        for (int l = 0; l < layers.size(); l++) {
            LayerShape layer = layers.get(l);
            int outputs = outputSides.get(l).length;
            int inputs = inputSides.get(l).length;
            if (outputs < 1 || outputs % layer.outputs() != 0 || inputs < 1 || inputs % layer.columns() != 0) {
                throw new IllegalArgumentException(
                        "the projections of layer " + layer.name() + " have " + outputs + " and "
                                + inputs + " values; whole rows of " + layer.outputs() + " and " + layer.columns()
                                + " are needed");
            }
        }
        return new KroneckerProjection(
                layers,
                outputSides.stream().map(double[]::clone).toList(),
                inputSides.stream().map(double[]::clone).toList());
    }

    private int outputRank(int layer) {
        return outputSides.get(layer).length / layers().get(layer).outputs();
    }

    private int inputRank(int layer) {
        return inputSides.get(layer).length / layers().get(layer).columns();
    }

    /** The number of values of a projected gradient, all layers one after the other. */
    @Override
    public int width() {
        return start(layers().size());
    }

    @Override
    int[] ends() {
        int[] ends = new int[layers().size()];
        for (int l = 0; l < ends.length; l++) {
            ends[l] = start(l + 1);
        }
        return ends;
    }

    private int start(int layer) {
        int start = 0;
        for (int l = 0; l < layer; l++) {
            start = Math.addExact(start, Math.multiplyExact(outputRank(l), inputRank(l)));
        }
        return start;
    }

    /** A digest of the layers, their order and the matrices. */
    @Override
    public String fingerprint() {
        Fingerprint digest = Fingerprint.of("quad.kronecker-projection.1");
        for (int l = 0; l < layers().size(); l++) {
            digest.add(layers().get(l).toString())
                    .add(Safetensors.bytes(outputSides.get(l)))
                    .add(Safetensors.bytes(inputSides.get(l)));
        }
        return digest.hex();
    }

    /** {@code R_out V R_inᵀ} of each layer of a direction, one after the other. */
    @Override
    public double[] project(ReferenceDirection direction) {
        Objects.requireNonNull(direction, "the direction is null");
        requireLayers(direction.layers());
        double[] result = new double[width()];
        for (int l = 0; l < layers().size(); l++) {
            LayerShape layer = layers().get(l);
            double[] half = Blas.multiply(
                    false,
                    false,
                    outputRank(l),
                    layer.columns(),
                    layer.outputs(),
                    outputSides.get(l),
                    direction.values(l));
            double[] whole =
                    Blas.multiply(false, true, outputRank(l), inputRank(l), layer.columns(), half, inputSides.get(l));
            System.arraycopy(whole, 0, result, start(l), whole.length);
        }
        return result;
    }

    @Override
    void project(LayerCapture capture, double[] target) {
        int l = capture.layer();
        LayerShape layer = layers().get(l);
        int out = outputRank(l);
        int in = inputRank(l);
        int width = width();
        int start = start(l);
        int rows = capture.rows();
        try (Reals x = capture.x(layer);
                Reals delta = capture.delta();
                Reals inputSide = Reals.of(x.precision(), inputSides.get(l));
                Reals outputSide = Reals.of(x.precision(), outputSides.get(l));
                Reals xs = turned(x, rows, layer.columns(), inputSide, in);
                Reals deltas = turned(delta, rows, layer.outputs(), outputSide, out)) {
            Workers.forEach(capture.items(), item -> {
                int first = capture.firstRow(item);
                int count = capture.firstRow(item + 1) - first;
                if (count > 0) {
                    try (Reals product = Reals.allocate(x.precision(), out, in)) {
                        CurvatureFit.gradient(deltas, xs, first, count, out, in, 0, out, product);
                        product.addTo(0, target, item * width + start, out * in);
                    }
                }
            });
        }
    }

    /** {@code X Rᵀ}: rows × rank. */
    private static Reals turned(Reals x, int rows, int columns, Reals side, int rank) {
        Reals result = Reals.allocate(x.precision(), rows, rank);
        Matrix all = Matrix.of(x, rows, columns);
        Matrix turn = Matrix.of(side, rank, columns).transposed();
        Matrix target = Matrix.of(result, rows, rank);
        Workers.forBlocks(
                rows,
                BLOCK,
                (from, count) -> Blas.multiply(1, all.rows(from, count), turn, 0, target.rows(from, count)));
        return result;
    }

    @Override
    public String toString() {
        return "Kronecker projection onto " + width() + " values";
    }
}
