// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Fingerprint;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Matrix;
import dev.quad.linalg.Reals;
import dev.quad.linalg.Workers;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Utilities as inner products with a {@link ReferenceDirection}:
 *
 * <pre>{@code U(z) = Σ_layers ⟨V, ∇_W L(θ,z)⟩ = 1/n_z Σ_layers Σ_t δ_tᵀ V x_t}</pre>
 *
 * <p>(Zhang et al., 2025, eq. 3, with the sign of {@link dev.quad.InfluenceEstimator}; a sum over layers, since the
 * curvature takes them apart), with L(θ,z) the mean loss over the n_z supervised tokens of z, so that a score is per
 * token and suits a budget in tokens. Nothing is materialised or allocated per item: one product {@code X Vᵀ} and one
 * elementwise dot a layer. Cost above the captures: {@code 2·i·o} floating-point operations a token and layer. For use
 * by one thread. Owns native memory, and the direction and the source are the caller's.
 *
 * @param <T> what an item is
 */
final class DirectionInfluence<T> implements InfluenceEstimator<T> {
    /** Rows of one task: enough for a fast product, few enough to share out. */
    private static final int TASK_ROWS = 256;

    private final GradientSource<T> source;
    private final ReferenceDirection direction;
    private final int batchTokens;
    private final List<LayerShape> layers;
    private Reals scratch;
    private boolean closed;

    DirectionInfluence(GradientSource<T> source, ReferenceDirection direction, int batchTokens) {
        direction.requireModel(source.fingerprint(), source.layers());
        this.source = source;
        this.direction = direction;
        this.batchTokens = Batches.requireTokens(batchTokens);
        this.layers = direction.layers();
        this.scratch = Reals.allocate(source.precision(), 0);
    }

    @Override
    public InfluenceScores score(List<? extends T> items) {
        if (closed) {
            throw new IllegalStateException("the estimator along a direction was closed; make another one");
        }
        direction.requireModel(source.fingerprint(), layers);
        InfluenceScores.Builder scores = InfluenceScores.builder();
        for (List<? extends T> batch : Batches.of(items, source, batchTokens)) {
            double[] sums = new double[batch.size()];
            BatchLosses losses =
                    CapturePass.run(source, layers, batch, Targets.observed(), capture -> add(capture, sums));
            for (int i = 0; i < sums.length; i++) {
                int tokens = losses.tokens(i);
                scores.countTokens(tokens);
                if (tokens == 0) {
                    scores.flag("it has no token to predict");
                } else if (!Double.isFinite(losses.sum(i))) {
                    scores.flag("its loss is " + losses.sum(i));
                } else if (!Double.isFinite(sums[i])) {
                    scores.flag("its gradient is not finite");
                } else {
                    scores.add(sums[i] / tokens);
                }
            }
        }
        return scores.build();
    }

    /** Adds one layer's {@code Σ_t δ_tᵀ V x_t} to each item. */
    private void add(LayerCapture capture, double[] sums) {
        LayerShape layer = layers.get(capture.layer());
        int in = layer.columns();
        int out = layer.outputs();
        if (scratch.length() < capture.rows() * out) {
            scratch.close();
            scratch = Reals.allocate(source.precision(), capture.rows(), out);
        }
        Reals product = scratch;
        Matrix v = Matrix.of(direction.matrix(capture.layer()), out, in).transposed();
        int[] tasks = tasks(capture);
        try (Reals x = capture.x(layer);
                Reals delta = capture.delta()) {
            Workers.forEach(tasks.length - 1, task -> {
                int from = capture.firstRow(tasks[task]);
                int rows = capture.firstRow(tasks[task + 1]) - from;
                Blas.multiply(
                        1, Matrix.of(x, from * in, rows, in, in), v, 0, Matrix.of(product, from * out, rows, out, out));
                Blas.dots(tasks[task], tasks[task + 1], capture.starts(), out, product, delta, sums);
            });
        }
    }

    /** Cuts the items into groups of consecutive ones with at least {@link #TASK_ROWS} rows. */
    private static int[] tasks(LayerCapture capture) {
        int[] cuts = new int[capture.rows() / TASK_ROWS + 2];
        int tasks = 0;
        for (int item = 1; item < capture.items(); item++) {
            if (capture.firstRow(item) - capture.firstRow(cuts[tasks]) >= TASK_ROWS) {
                cuts[++tasks] = item;
            }
        }
        cuts[++tasks] = capture.items();
        return Arrays.copyOf(cuts, tasks + 1);
    }

    /** That of the captures; what is done with them is left out, as the rule has it. */
    @Override
    public OptionalDouble flopsPerToken() {
        return source.flopsPerToken();
    }

    @Override
    public String fingerprint() {
        return Fingerprint.of("quad.direction-influence.1")
                .add(direction.fingerprint())
                .hex();
    }

    @Override
    public void close() {
        closed = true;
        scratch.close();
    }
}
