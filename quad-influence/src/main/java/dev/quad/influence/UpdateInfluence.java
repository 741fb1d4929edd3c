// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Fingerprint;
import dev.quad.linalg.Reals;
import dev.quad.linalg.Workers;
import java.util.Arrays;
import java.util.List;

/**
 * Utilities of what an optimiser would do with an item, rather than of its plain gradient:
 *
 * <pre>{@code U(z) = Σ_layers ⟨V, Γ(∇_W L(θ,z))⟩}</pre>
 *
 * <p>with L(θ,z) the mean loss of z and Γ an {@link UpdateRule}; with {@link UpdateRule#sgd} that is
 * {@link DirectionInfluence}. As a cosine it is divided by {@code |Γ|}, 0 where that is 0. Of several directions, one
 * for each task, the best or the mean counts: with Adam, cosines and the best {@link MeanDirection} that is LESS (Xia
 * et al., 2024) but for its projection. A rule that is not linear needs the gradient of each item and layer:
 * {@code 2·i·o} operations a token more, and memory for {@value #SLICE} rows of one such gradient a thread. For use by
 * one thread; direction and source are the caller's.
 *
 * @param <T> what an item is
 */
final class UpdateInfluence<T> extends FiniteInfluence<T> {
    /** Rows of a gradient that are there at once. */
    private static final int SLICE = 128;

    private final List<ReferenceDirection> tasks;
    private final Influence.Over over;
    private final UpdateRule rule;
    private final boolean cosine;
    private final int batchTokens;
    private final List<LayerShape> layers;
    private final double[][][] directions;
    private final String fingerprint;

    UpdateInfluence(
            GradientSource<T> source,
            List<ReferenceDirection> tasks,
            Influence.Over over,
            UpdateRule rule,
            boolean cosine,
            int batchTokens) {
        super(source);
        this.layers = Sources.layers(source);
        tasks.forEach(task -> task.requireModel(source.fingerprint(), layers));
        if (cosine) {
            tasks.forEach(task -> task.origin().requireLengths(""));
        }
        rule.requireLayers(layers);
        this.tasks = tasks;
        this.over = over;
        this.rule = rule;
        this.cosine = cosine;
        this.batchTokens = batchTokens;
        this.directions = new double[layers.size()][tasks.size()][];
        Arrays.setAll(
                directions,
                layer -> tasks.stream().map(task -> task.values(layer)).toArray(double[][]::new));
        Fingerprint digest = Fingerprint.of("quad.update-influence.1");
        tasks.forEach(task -> digest.add(task.fingerprint()));
        digest.add(rule.fingerprint()).add(Boolean.toString(cosine));
        this.fingerprint = (tasks.size() > 1 ? digest.add(over.toString()) : digest).hex();
    }

    @Override
    double[] values(List<? extends T> items) {
        tasks.forEach(task -> task.requireModel(source.fingerprint(), layers));
        double[][] products = new double[items.size()][tasks.size()];
        double[] squares = new double[items.size()];
        int first = 0;
        for (List<? extends T> batch : Batches.of(items, source, batchTokens)) {
            int from = first;
            int[] tokens = batch.stream().mapToInt(source::tokens).toArray();
            CapturePass.finite(source, layers, batch, from, capture -> add(capture, tokens, from, products, squares));
            first += batch.size();
        }
        double[] result = new double[products.length];
        for (int i = 0; i < result.length; i++) {
            double best = over.of(products[i]);
            result[i] = !cosine ? best : squares[i] > 0 ? best / Math.sqrt(squares[i]) : 0;
        }
        return result;
    }

    private void add(LayerCapture capture, int[] tokens, int from, double[][] products, double[] squares) {
        LayerShape layer = layers.get(capture.layer());
        double[][] along = directions[capture.layer()];
        int in = layer.columns();
        int out = layer.outputs();
        try (Reals x = capture.x(layer);
                Reals delta = capture.delta()) {
            Workers.forEach(capture.items(), item -> {
                int first = capture.firstRow(item);
                int rows = capture.firstRow(item + 1) - first;
                if (tokens[item] == 0) {
                    return;
                }
                double scale = 1.0 / tokens[item];
                double[] product = new double[along.length];
                double square = 0;
                try (Reals gradient = Reals.allocate(x.precision(), Math.min(SLICE, out), in)) {
                    for (int row = 0; row < out; row += SLICE) {
                        int count = Math.min(SLICE, out - row);
                        double[] update = new double[count * in];
                        if (rows > 0) {
                            CurvatureFit.gradient(delta, x, first, rows, out, in, row, count, gradient);
                            gradient.read(0, update, 0, update.length);
                        }
                        for (int i = 0; i < update.length; i++) {
                            update[i] *= scale;
                            if (!Double.isFinite(update[i])) { // before the rule, which may make a number of it
                                throw ItemNotFinite.score(layer, from + item, update[i]);
                            }
                        }
                        rule.apply(capture.layer(), row * in, update);
                        for (int i = 0; i < update.length; i++) {
                            square += update[i] * update[i];
                        }
                        for (int task = 0; task < along.length; task++) {
                            product[task] = added(product[task], along[task], row * in, update);
                        }
                    }
                }
                for (int task = 0; task < along.length; task++) {
                    if (!Double.isFinite(product[task] + square)) {
                        throw ItemNotFinite.score(layer, from + item, product[task]);
                    }
                    products[from + item][task] += product[task];
                }
                squares[from + item] += square;
            });
        }
    }

    private static double added(double product, double[] direction, int from, double[] update) {
        double sum = product;
        for (int i = 0; i < update.length; i++) {
            sum += direction[from + i] * update[i];
        }
        return sum;
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }
}
