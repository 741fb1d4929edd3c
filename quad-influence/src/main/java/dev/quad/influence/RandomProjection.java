// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Fingerprint;
import dev.quad.Seed;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Reals;
import dev.quad.linalg.Workers;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The gradient of all weights as one vector g, times a matrix of random signs (Johnson and Lindenstrauss, 1984, with the
 * entries of Achlioptas, 2003; for gradients Park et al., 2023, TRAK):
 *
 * <pre>{@code P g,  P_jw = ±1/√k,   E⟨P u, P g⟩ = ⟨u, g⟩,   Var⟨P u, P g⟩ = (|u|²|g|² + ⟨u,g⟩² − 2 Σ_w u_w² g_w²)/k}</pre>
 *
 * <p>The signs are drawn anew whenever they are needed, 64 at a time, from a stream that depends on the seed, the name of
 * the layer and the output that a weight belongs to; they are never stored. So a layer is projected the same whatever
 * other layers there are.
 *
 * <p>Cost for n items of one batch, w weights in all: {@code 2·n·k·w} floating-point operations, and {@code k·w} random
 * signs, which weigh less the more items a batch has. A {@link KroneckerProjection} is cheaper by the order of a layer's
 * side, since it projects tokens and not gradients; this one assumes nothing about the gradient and has the smaller
 * variance for the same width. Memory of a task: a few megabytes.
 */
public final class RandomProjection extends Projection {
    /** Values of P g that a task makes: a row of signs for them fills whole random words. */
    private static final int SLICE = 256;

    private static final int ONE = Float.floatToRawIntBits(1);

    /** Most elements of the gradients of a batch, or of a task's signs, that are there at once. */
    private static final int MOST = 1 << 21;

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
    public String fingerprint() {
        return Fingerprint.of("quad.random-projection.1")
                .add(layers().toString())
                .add(width)
                .add(seed.value())
                .hex();
    }

    @Override
    public double[] project(ReferenceDirection direction) {
        requireLayers(direction.layers());
        double[] result = new double[width];
        for (int l = 0; l < layers().size(); l++) {
            LayerShape layer = layers().get(l);
            int block = outputsAtOnce(layer, 1);
            for (int from = 0; from < layer.outputs(); from += block) {
                int count = Math.min(block, layer.outputs() - from);
                add(layer, from, count, direction.matrix(l), from * layer.columns(), 1, result);
            }
        }
        return result;
    }

    @Override
    void project(LayerCapture capture, double[] target) {
        LayerShape layer = layers().get(capture.layer());
        int items = capture.items();
        int block = outputsAtOnce(layer, items);
        try (Reals x = capture.x(layer);
                Reals delta = capture.delta();
                Reals gradients = Reals.allocate(x.precision(), items, block * layer.columns())) {
            for (int from = 0; from < layer.outputs(); from += block) {
                int first = from;
                int count = Math.min(block, layer.outputs() - from);
                Workers.forEach(items, item -> {
                    int rows = capture.firstRow(item + 1) - capture.firstRow(item);
                    int at = item * count * layer.columns();
                    CurvatureFit.gradient(
                            delta,
                            x,
                            capture.firstRow(item),
                            rows,
                            layer.outputs(),
                            layer.columns(),
                            first,
                            count,
                            gradients,
                            at);
                });
                add(layer, from, count, gradients, 0, items, target);
            }
        }
    }

    /** How many outputs of a layer are worked on at once. */
    private static int outputsAtOnce(LayerShape layer, int items) {
        long most = Math.min(MOST / SLICE, MOST / Math.max(1, items)) / layer.columns();
        return (int) Math.min(layer.outputs(), Math.max(1, most));
    }

    /** Adds the part of {@code P g} that some outputs of a layer have to the rows of {@code target}. */
    private void add(LayerShape layer, int from, int count, Reals gradients, int at, int items, double[] target) {
        int columns = layer.columns();
        int weights = count * columns;
        double scale = 1 / Math.sqrt(width);
        String purpose = "projection.signs." + layer.name();
        Workers.forBlocks(width, SLICE, (first, values) -> {
            try (Reals signs = Reals.allocate(gradients.precision(), weights, values);
                    Reals product = Reals.allocate(gradients.precision(), items, values)) {
                for (int output = 0; output < count; output++) {
                    RandomGenerator random = seed.stream(purpose, from + output, first);
                    fill(signs, output * columns * values, columns, values, random);
                }
                Blas.gemm(
                        false, false, items, values, weights, scale, gradients, at, weights, signs, 0, values, 0,
                        product, 0, values);
                for (int item = 0; item < items; item++) {
                    product.addTo(item * values, target, item * width + first, values);
                }
            }
        });
    }

    /** Rows of random signs, each from words of its own. */
    private static void fill(Reals signs, int at, int rows, int values, RandomGenerator random) {
        float[] row = new float[values];
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < values; i += Long.SIZE) {
                long word = random.nextLong();
                int end = Math.min(values, i + Long.SIZE);
                for (int j = i; j < end; j++, word >>>= 1) {
                    row[j] = Float.intBitsToFloat(ONE | (int) word << 31);
                }
            }
            if (signs instanceof Floats floats) {
                floats.set(at + r * values, row, 0, values);
            } else {
                for (int j = 0; j < values; j++) {
                    signs.set(at + r * values + j, row[j]);
                }
            }
        }
    }
}
