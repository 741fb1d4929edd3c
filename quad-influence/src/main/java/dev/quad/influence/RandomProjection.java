// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Fingerprint;
import dev.quad.Seed;
import dev.quad.linalg.Reals;
import dev.quad.linalg.Workers;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;

/**
 * The gradient of all weights as one vector g, times a matrix of random signs (Johnson and Lindenstrauss, 1984, with
 * the entries of Achlioptas, 2003; for gradients Park et al., 2023, TRAK):
 *
 * <pre>{@code P g,  P_jw = ±1/√k,   E⟨P u, P g⟩ = ⟨u, g⟩,   Var⟨P u, P g⟩ = (|u|²|g|² + ⟨u,g⟩² − 2 Σ_w u_w² g_w²)/k}
 * </pre>
 *
 * <p>The signs are never stored, and hardly any is drawn (Ailon and Chazelle, 2006). A layer is cut into blocks of N
 * weights, and there
 *
 * <pre>{@code row j of √k·P = s_j · (row r_j of H) · D}</pre>
 *
 * <p>with D a diagonal of N random signs, H Hadamard's matrix of ±1, which a fast transform multiplies by, and a random
 * row r_j and sign s_j for each j. So every row is a vector of independent fair signs, as if each had been drawn. Rows
 * share D; but given D, the terms {@code k·(P u)_j (P g)_j} of a product are drawn independently, each with the mean
 * {@code ⟨u, g⟩}, since {@code HᵀH = N·I}. Hence mean and variance are exactly those of a matrix drawn sign by sign.
 *
 * <p>The streams depend on the seed, the name of the layer and the place in it, so that a layer is projected the same
 * whatever other layers there are.
 *
 * <p>Cost of an item with w weights in all: {@code w·log2 N} additions and {@code k·w/N} reads, with N = 16,384 or, if
 * that is more, the columns of a layer; beside what its gradient costs. A {@link KroneckerProjection} forms no gradient
 * at all; this one assumes nothing about it and has the smaller variance for the same width. Memory of a task: some
 * hundred kilobytes.
 */
public final class RandomProjection extends Projection {
    /** Weights of a block, unless a row of the gradient has more: they stay in the cache of a core. */
    private static final int BLOCK = 1 << 14;

    /** Tasks that share the blocks of a layer. */
    private static final int GROUPS = 4;

    /** Items that are worked on at once. */
    private static final int ITEMS = 16;

    private final int width;
    private final Seed seed;

    private RandomProjection(List<LayerShape> layers, int width, Seed seed) {
        super(layers);
        this.width = width;
        this.seed = seed;
    }

    /**
     * A projection.
     *
     * @param width k {@code >= 1}
     */
    public static RandomProjection of(List<LayerShape> layers, int width, Seed seed) {
        Objects.requireNonNull(layers, "the layers are null");
        Objects.requireNonNull(seed, "the seed is null");
        if (width < 1) {
            throw new IllegalArgumentException("the width is " + width + "; allowed is 1 or more");
        }
        return new RandomProjection(layers, width, seed);
    }

    @Override
    public int width() {
        return width;
    }

    @Override
    int[] ends() {
        return new int[] {width};
    }

    @Override
    public String fingerprint() {
        return Fingerprint.of("quad.random-projection.2")
                .add(layers().toString())
                .add(width)
                .add(seed.value())
                .hex();
    }

    @Override
    public double[] project(ReferenceDirection direction) {
        Objects.requireNonNull(direction, "the direction is null");
        requireLayers(direction.layers());
        double[] result = new double[width];
        for (int l = 0; l < layers().size(); l++) {
            LayerShape layer = layers().get(l);
            Reals matrix = direction.matrix(l);
            add(
                    layer,
                    0,
                    1,
                    (item, from, count, block) ->
                            matrix.read(from * layer.columns(), block, 0, count * layer.columns()),
                    result);
        }
        return result;
    }

    @Override
    void project(LayerCapture capture, double[] target) {
        LayerShape layer = layers().get(capture.layer());
        int columns = layer.columns();
        try (Reals x = capture.x(layer);
                Reals delta = capture.delta()) {
            Values gradients = (item, from, count, block) -> {
                int first = capture.firstRow(item);
                int rows = capture.firstRow(item + 1) - first;
                try (Reals gradient = Reals.allocate(x.precision(), count, columns)) {
                    CurvatureFit.gradient(delta, x, first, rows, layer.outputs(), columns, from, count, gradient);
                    gradient.read(0, block, 0, count * columns);
                }
            };
            for (int item = 0; item < capture.items(); item += ITEMS) {
                add(layer, item, Math.min(ITEMS, capture.items() - item), gradients, target);
            }
        }
    }

    /** Reads the gradient of an item by the weights of some outputs, row-major. */
    private interface Values {
        void read(int item, int from, int count, double[] block);
    }

    /**
     * Adds what a layer has of {@code P g} to the rows of some items; sums over its blocks are taken in their order.
     */
    private void add(LayerShape layer, int firstItem, int items, Values values, double[] target) {
        int size = Integer.highestOneBit(2 * Math.max(layer.columns(), Math.min(layer.weights(), BLOCK)) - 1);
        int outputs = size / layer.columns();
        int blocks = (layer.outputs() + outputs - 1) / outputs;
        int groups = Math.min(GROUPS, blocks);
        double[][] sums = new double[items * groups][width];
        Workers.forEach(items * groups, task -> {
            double[] block = new double[size];
            int group = task % groups;
            for (int b = blocks * group / groups; b < blocks * (group + 1) / groups; b++) {
                int from = b * outputs;
                int count = Math.min(outputs, layer.outputs() - from);
                values.read(firstItem + task / groups, from, count, block);
                Arrays.fill(block, count * layer.columns(), size, 0);
                RandomGenerator random = seed.stream("projection.signs." + layer.name(), b);
                sign(block, random);
                transform(block);
                addRows(block, random, sums[task]);
            }
        });
        double scale = 1 / Math.sqrt(width);
        for (int task = 0; task < sums.length; task++) {
            int at = (firstItem + task / groups) * width;
            for (int j = 0; j < width; j++) {
                target[at + j] += scale * sums[task][j];
            }
        }
    }

    /** {@code D·x}. */
    private static void sign(double[] x, RandomGenerator random) {
        for (int i = 0; i < x.length; i += Long.SIZE) {
            long word = random.nextLong();
            int end = Math.min(x.length, i + Long.SIZE);
            for (int j = i; j < end; j++, word >>>= 1) {
                x[j] = signed(x[j], word);
            }
        }
    }

    /** x or −x, by the lowest bit. */
    private static double signed(double x, long bit) {
        return Double.longBitsToDouble(Double.doubleToRawLongBits(x) ^ bit << (Long.SIZE - 1));
    }

    /** {@code H·x}, with a power of two as its length. */
    private static void transform(double[] x) {
        for (int half = 1; half < x.length; half *= 2) {
            for (int i = 0; i < x.length; i += 2 * half) {
                for (int j = i; j < i + half; j++) {
                    double one = x[j];
                    double other = x[j + half];
                    x[j] = one + other;
                    x[j + half] = one - other;
                }
            }
        }
    }

    /** Adds {@code s_j · x[r_j]} to each j. */
    private static void addRows(double[] x, RandomGenerator random, double[] sum) {
        for (int j = 0; j < sum.length; j++) {
            long word = random.nextLong();
            sum[j] += signed(x[(int) (word >>> 1) & (x.length - 1)], word);
        }
    }

    @Override
    public String toString() {
        return "random projection onto " + width + " values";
    }
}
