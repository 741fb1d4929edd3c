// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.linalg.Blas;
import dev.quad.linalg.Owned;
import dev.quad.linalg.Reals;
import dev.quad.linalg.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What an item does to its own loss: {@code Σ_layers ⟨D_z, (H+λI)⁻¹ D_z⟩ >= 0}. High for outliers and wrong labels. D_z
 * is the gradient of the loss <b>summed</b> over the item's tokens, where {@link DirectionScores} and {@link Influence}
 * take the mean over them: over the square of the number of tokens it has the unit of theirs.
 *
 * <p>With one rotation, not two: {@code Σ (Q_Gᵀ D_z Q_A)² ∘ w} over the eigenvalue grid, with the tokens rotated as in
 * {@link CurvatureFit#ekfac}. For use by one thread; source and curvature are the caller's.
 *
 * @param <T> what an item is
 */
public final class SelfInfluence<T> implements AutoCloseable {
    private static final int SLICE = 128;

    private final GradientSource<T> source;
    private final Curvature curvature;
    private final int batchTokens;
    private final List<LayerShape> layers;
    private final boolean lengths;
    private final List<LayerInverse> inverses = new ArrayList<>();
    private boolean closed;

    /**
     * A scorer.
     *
     * @param curvature of the model of the source; one that takes the layers apart
     * @param batchTokens bound on the tokens of a batch, {@code >= 1}
     * @throws dev.quad.MismatchException if the curvature belongs to another model
     * @throws IllegalArgumentException if the curvature is one matrix over all layers
     */
    public SelfInfluence(GradientSource<T> source, Curvature curvature, Damping damping, int batchTokens) {
        this(source, curvature, damping, batchTokens, false);
    }

    /** With {@code lengths}, {@code |(H+λI)⁻¹ ∇L|²} in the place of {@code ∇Lᵀ (H+λI)⁻¹ ∇L}. */
    SelfInfluence(GradientSource<T> source, Curvature curvature, Damping damping, int batchTokens, boolean lengths) {
        Objects.requireNonNull(source, "the source is null");
        Objects.requireNonNull(curvature, "the curvature is null; allowed are those of Curvature");
        Objects.requireNonNull(damping, "the damping is null; allowed are those of Damping");
        this.lengths = lengths;
        this.source = source;
        this.curvature = curvature;
        this.batchTokens = Batches.requireTokens(batchTokens);
        this.layers = Sources.layers(source);
        curvature.requireModel(source.fingerprint(), layers);
        if (curvature.isJoint()) {
            throw new IllegalArgumentException("self-influence adds up layers, and the curvature of the kind "
                    + curvature.kind() + " is one matrix over all of them; use EK-FAC, or the block of each layer");
        }
        try (Owned parts = new Owned()) {
            for (int l = 0; l < layers.size(); l++) {
                inverses.add(parts.add(curvature.inverse(l, damping, source.precision())));
            }
            parts.release(inverses);
        }
    }

    /** One value an item. */
    public double[] of(List<? extends T> items) {
        Objects.requireNonNull(items, "the items are null");
        if (closed) {
            throw new IllegalStateException("the SelfInfluence was closed; make another one");
        }
        curvature.requireModel(source.fingerprint(), layers);
        double[] result = new double[items.size()];
        int before = 0;
        for (List<? extends T> batch : Batches.of(items, source, batchTokens)) {
            int first = before;
            CapturePass.finite(source, layers, batch, first, capture -> {
                add(capture, first, result);
                requireFinite(capture, first, result);
            });
            before += batch.size();
        }
        return result;
    }

    private void requireFinite(LayerCapture capture, int firstItem, double[] result) {
        for (int item = firstItem; item < firstItem + capture.items(); item++) {
            if (!Double.isFinite(result[item])) {
                throw ItemNotFinite.score(layers.get(capture.layer()), item, result[item]);
            }
        }
    }

    private void add(LayerCapture capture, int firstItem, double[] result) {
        LayerShape layer = layers.get(capture.layer());
        LayerInverse inverse = inverses.get(capture.layer());
        if (inverse.isBlock()) {
            addWhole(capture, inverse, firstItem, result);
            return;
        }
        int out = layer.outputs();
        int slices = (out + SLICE - 1) / SLICE;
        double[][] parts = new double[slices][capture.items()];
        try (Reals x = capture.x(layer);
                Reals delta = capture.delta();
                Reals xTurned = inverse.basis().tokens(x, capture.rows(), true);
                Reals deltaTurned = inverse.basis().tokens(delta, capture.rows(), false)) {
            Workers.forBlocks(out, SLICE, (from, count) -> {
                try (Reals gradient = Reals.allocate(x.precision(), count, layer.columns())) {
                    for (int item = 0; item < capture.items(); item++) {
                        int first = capture.firstRow(item);
                        int rows = capture.firstRow(item + 1) - first;
                        if (rows > 0) {
                            CurvatureFit.gradient(
                                    deltaTurned, xTurned, first, rows, out, layer.columns(), from, count, gradient);
                            parts[from / SLICE][item] = inverse.squares(gradient, from, count, lengths);
                        }
                    }
                }
            });
        }
        for (int item = 0; item < capture.items(); item++) {
            for (double[] part : parts) {
                result[firstItem + item] += part[item];
            }
        }
    }

    /** The gradient of an item as one row, since a whole block knows no outputs. */
    private void addWhole(LayerCapture capture, LayerInverse inverse, int firstItem, double[] result) {
        LayerShape layer = layers.get(capture.layer());
        int out = layer.outputs();
        try (Reals x = capture.x(layer);
                Reals delta = capture.delta();
                Reals gradient = Reals.allocate(x.precision(), out, layer.columns())) {
            for (int item = 0; item < capture.items(); item++) {
                int first = capture.firstRow(item);
                int rows = capture.firstRow(item + 1) - first;
                if (rows > 0) {
                    CurvatureFit.gradient(delta, x, first, rows, out, layer.columns(), 0, out, gradient);
                    try (Reals solved = inverse.solve(gradient)) {
                        result[firstItem + item] +=
                                Blas.dot(layer.weights(), lengths ? solved : gradient, 0, solved, 0);
                    }
                }
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        inverses.forEach(LayerInverse::close);
    }
}
