// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.NumericalException;
import dev.quad.ReferenceSet;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Matrix;
import dev.quad.linalg.Owned;
import dev.quad.linalg.Reals;
import dev.quad.linalg.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/** Computes {@code ∇L(θ,D_r)}; see {@link ReferenceDirection#gradient}. */
final class ReferenceGradient {
    private static final int SLICE = 128;

    private ReferenceGradient() {}

    static <T> ReferenceDirection of(
            GradientSource<T> source, ReferenceSet<? extends T> reference, int batchTokens, LongConsumer progress) {
        List<? extends T> items = reference.items();
        List<LayerShape> layers = Sources.layers(source);
        String model = source.fingerprint();
        List<Reals> sums = new ArrayList<>();
        try (Owned parts = new Owned()) {
            for (LayerShape layer : layers) {
                sums.add(parts.add(Reals.allocate(source.precision(), layer.outputs(), layer.columns())));
            }
            long tokens = 0;
            double weight = 0;
            int item = 0;
            for (List<? extends T> batch : Batches.of(items, source, batchTokens)) {
                int first = item;
                BatchLosses losses = CapturePass.run(
                        source,
                        layers,
                        batch,
                        Targets.observed(),
                        capture -> addGradient(
                                layers.get(capture.layer()), capture, reference, first, sums.get(capture.layer())));
                for (int i = 0; i < losses.items(); i++, item++) {
                    if (!Double.isFinite(losses.sum(i))) {
                        throw new NumericalException("reference item " + item + " has the loss " + losses.sum(i)
                                + "; leave it out, or check the model");
                    }
                    tokens += losses.tokens(i);
                    weight += Math.abs(reference.weight(item)) * losses.tokens(i);
                }
                progress.accept(tokens);
            }
            if (tokens == 0) {
                throw new IllegalArgumentException("none of the " + item
                        + " reference items has a token to predict; give texts of two tokens or more");
            }
            if (weight == 0) {
                throw new IllegalArgumentException(
                        "all reference items with a token to predict have the weight 0; give one that counts");
            }
            for (Reals sum : sums) {
                scale(sum, 1.0 / weight);
            }
            for (int l = 0; l < layers.size(); l++) {
                if (sums.get(l).firstNotFinite() >= 0) {
                    throw notFinite(source, items, batchTokens, l);
                }
            }
            Sources.requireUnchanged(source, model);
            return parts.release(new ReferenceDirection(layers, sums, model, DirectionOrigin.GRADIENT));
        }
    }

    /** Looks again, to tell which item made the gradient of a layer NaN or infinite. */
    private static <T> NumericalException notFinite(
            GradientSource<T> source, List<? extends T> items, int batchTokens, int at) {
        List<LayerShape> layers = source.layers();
        LayerShape layer = layers.get(at);
        List<NumericalException> found = new ArrayList<>();
        int first = 0;
        for (List<? extends T> batch : Batches.of(items, source, batchTokens)) {
            int firstItem = first;
            CapturePass.run(source, layers, batch, Targets.observed(), capture -> {
                NumericalException error = capture.layer() == at ? NotFinite.find(layer, capture, firstItem) : null;
                if (error != null) {
                    found.add(error);
                }
            });
            if (!found.isEmpty()) {
                return found.get(0);
            }
            first += batch.size();
        }
        return new NumericalException("the gradient of the reference loss in layer " + layer.name()
                + " is so large that it overflows; scale the loss down, or check the model");
    }

    private static void scale(Reals matrix, double factor) {
        double[] values = matrix.toDoubles();
        for (int i = 0; i < values.length; i++) {
            values[i] *= factor;
        }
        matrix.write(0, values, 0, values.length);
    }

    /** {@code sum += Σ_r w_r Σ_t δ_t x_tᵀ}, in slices of outputs; items in a row that count alike at once. */
    private static void addGradient(
            LayerShape layer, LayerCapture capture, ReferenceSet<?> reference, int first, Reals sum) {
        int in = layer.columns();
        int out = layer.outputs();
        try (Reals x = capture.x(layer);
                Reals delta = capture.delta()) {
            Matrix target = Matrix.of(sum, out, in);
            Workers.forBlocks(out, SLICE, (slice, count) -> {
                for (int item = 0; item < capture.items(); ) {
                    int from = capture.firstRow(item);
                    double weight = reference.weight(first + item);
                    while (item < capture.items() && reference.weight(first + item) == weight) {
                        item++;
                    }
                    int rows = capture.firstRow(item) - from;
                    Matrix inputs = Matrix.of(x, from * in, rows, in, in);
                    Matrix gradients =
                            Matrix.of(delta, from * out, rows, out, out).transposed();
                    Blas.multiply(weight, gradients.rows(slice, count), inputs, 1, target.rows(slice, count));
                }
            });
        }
    }
}
