// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.MismatchException;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Reals;
import dev.quad.linalg.Workers;
import java.util.ArrayList;
import java.util.List;

/**
 * Scores of items along several directions at once, in detail: one pass over the items serves all queries.
 *
 * <pre>{@code score(q, z) = Σ_layers ⟨V_q, D_z⟩ = Σ_layers Σ_t δ_tᵀ V_q x_t}</pre>
 *
 * <p>Positive means that training on z is predicted to lower the loss that direction q came from; as a predicted change of
 * that loss, take the negative. Sums over tokens, not divided by their number: what {@link DirectionInfluence} gives is
 * this over the number of supervised tokens. No gradient of an item is materialised. Cost above the captures: {@code
 * 2·i·o} floating-point operations a token, layer and query. For use by one thread; directions and source are the
 * caller's.
 *
 * @param <T> what an item is
 */
public final class DirectionScores<T> {
    private static final int TASK_ROWS = 256;

    private final GradientSource<T> source;
    private final List<ReferenceDirection> directions;
    private final int batchTokens;
    private final List<LayerShape> layers;

    /**
     * A scorer.
     *
     * @param directions at least one, all of the model of the source and of its precision
     * @param batchTokens bound on the tokens of a batch, {@code >= 1}
     * @throws MismatchException if a direction belongs to another model
     */
    public DirectionScores(GradientSource<T> source, List<ReferenceDirection> directions, int batchTokens) {
        this.source = source;
        this.directions = List.copyOf(directions);
        this.batchTokens = batchTokens;
        this.layers = List.copyOf(source.layers());
        for (ReferenceDirection direction : directions) {
            direction.requireModel(source.fingerprint(), layers);
        }
    }

    /** {@code queries × items}. */
    public double[][] total(List<? extends T> items) {
        double[][] result = new double[directions.size()][items.size()];
        run(items, (query, layer, item, row, value) -> result[query][item] += value);
        return result;
    }

    /** {@code queries × layers × items}: what each layer contributes to the total. */
    public double[][][] perLayer(List<? extends T> items) {
        double[][][] result = new double[directions.size()][layers.size()][items.size()];
        run(items, (query, layer, item, row, value) -> result[query][layer][item] += value);
        return result;
    }

    /** {@code queries × items × rows}: what each token that carries a gradient contributes to the total. */
    public double[][][] perToken(List<? extends T> items) {
        double[][][] result = new double[directions.size()][items.size()][];
        for (double[][] query : result) {
            java.util.Arrays.fill(query, new double[0]);
        }
        run(items, (query, layer, item, row, value) -> {
            double[] tokens = result[query][item];
            if (tokens.length <= row) {
                tokens = java.util.Arrays.copyOf(tokens, row + 1);
                result[query][item] = tokens;
            }
            tokens[row] += value;
        });
        return result;
    }

    /** Takes the contribution of one token to one query through one layer. */
    private interface Sink {
        void accept(int query, int layer, int item, int row, double value);
    }

    private void run(List<? extends T> items, Sink sink) {
        int before = 0;
        for (List<? extends T> batch : Batches.of(items, source, batchTokens)) {
            int first = before;
            source.capture(batch, Targets.observed(), capture -> add(capture, first, sink));
            before += batch.size();
        }
    }

    private void add(LayerCapture capture, int firstItem, Sink sink) {
        LayerShape layer = layers.get(capture.layer());
        int rows = capture.rows();
        int out = layer.outputs();
        int columns = layer.columns();
        List<double[]> values = new ArrayList<>();
        try (Reals x = capture.x(layer);
                Reals delta = capture.delta();
                Reals product = Reals.allocate(x.precision(), rows, out)) {
            for (ReferenceDirection direction : directions) {
                double[] dots = new double[rows];
                Reals v = direction.matrix(capture.layer());
                Workers.forBlocks(rows, TASK_ROWS, (from, count) -> {
                    Blas.gemm(
                            false,
                            true,
                            count,
                            out,
                            columns,
                            1,
                            x,
                            from * columns,
                            columns,
                            v,
                            0,
                            columns,
                            0,
                            product,
                            from * out,
                            out);
                    for (int row = from; row < from + count; row++) {
                        dots[row] = Blas.dot(out, product, row * out, delta, row * out);
                    }
                });
                values.add(dots);
            }
        }
        for (int query = 0; query < values.size(); query++) {
            for (int item = 0; item < capture.items(); item++) {
                for (int row = capture.firstRow(item); row < capture.firstRow(item + 1); row++) {
                    sink.accept(
                            query,
                            capture.layer(),
                            firstItem + item,
                            row - capture.firstRow(item),
                            values.get(query)[row]);
                }
            }
        }
    }
}
