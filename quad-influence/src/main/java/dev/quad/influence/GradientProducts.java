// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.linalg.Blas;
import dev.quad.linalg.Matrix;
import dev.quad.linalg.Owned;
import dev.quad.linalg.Reals;
import dev.quad.linalg.Workers;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The inner products of some directions with the gradients of a capture, in the way that a {@link ScorePlan} says. What
 * the way needs of the directions is laid out once. For use by one thread; owns native memory: close it.
 */
final class GradientProducts implements AutoCloseable {
    private static final int TASK_ROWS = 256;
    /** Of a norm in powers of two: up to here single precision has room for a product with gradients of any size. */
    private static final int MODEST = 32;

    private final List<LayerShape> layers;
    private final List<ReferenceDirection> directions;
    private final ScorePlan plan;
    private final List<Stacks> stacks = new ArrayList<>();

    /**
     * A layer's directions one under the other: as vectors on the left, or their factors, rows of length o and i.
     *
     * @param scales what vectors of a tiny or huge norm were divided by
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Stacks(@Nullable Reals left, @Nullable Reals right, double... scales) {}

    GradientProducts(List<LayerShape> layers, List<ReferenceDirection> directions, ScorePlan plan) {
        this.layers = layers;
        this.directions = directions;
        this.plan = plan;
        try (Owned parts = new Owned()) {
            parts.add(this);
            for (int l = 0; l < layers.size(); l++) {
                stacks.add(stack(l));
            }
            parts.release(this);
        }
    }

    private Stacks stack(int layer) {
        return switch (plan.steps().get(layer).way()) {
            case TOKENS -> new Stacks(null, null);
            case GRADIENTS ->
                scaled(joined(directions.stream().map(d -> d.matrix(layer)).toList()));
            case LOW_RANK ->
                new Stacks(
                        joined(directions.stream()
                                .map(d -> d.outputFactor(layer))
                                .toList()),
                        joined(directions.stream()
                                .map(d -> d.inputFactor(layer))
                                .toList()));
        };
    }

    /** Divides vectors by powers of two, which rounds nothing; by 1 unless their norms are extreme. */
    private Stacks scaled(Reals vectors) {
        double[] scales = new double[directions.size()];
        int length = vectors.length() / scales.length;
        for (int query = 0; query < scales.length; query++) {
            int from = query * length;
            double norm = Math.sqrt(SquaredNorm.of(vectors, from, length));
            boolean modest = norm == 0 || Math.abs(Math.getExponent(norm)) < MODEST;
            scales[query] = modest ? 1 : Math.scalb(1.0, Math.getExponent(norm));
            for (int i = from; i < from + length && !modest; i++) {
                vectors.set(i, vectors.value(i) / scales[query]);
            }
        }
        return new Stacks(vectors, null, scales);
    }

    private static Reals joined(List<Reals> parts) {
        Reals result = Reals.allocate(
                parts.get(0).precision(), parts.stream().mapToInt(Reals::length).reduce(0, Math::addExact));
        int at = 0;
        for (Reals part : parts) {
            result.copy(at, part, 0, part.length());
            at += part.length();
        }
        return result;
    }

    /** Takes what an item, or a row of it, contributes to a query through a layer. */
    interface Sink {
        void accept(int query, int item, int row, double value);
    }

    /** Takes the squared norm of an item's gradient. */
    interface Norms {
        void accept(int item, double square);
    }

    /** Hands over every inner product; row 0 stands for a whole item where it is not split into rows. */
    void add(LayerCapture capture, Sink sink, @Nullable Norms norms) {
        LayerShape layer = layers.get(capture.layer());
        try (Reals x = capture.x(layer);
                Reals delta = capture.delta()) {
            switch (plan.steps().get(capture.layer()).way()) {
                case TOKENS -> byTokens(capture, layer, x, delta, sink);
                case GRADIENTS -> byGradients(capture, layer, x, delta, sink, norms);
                case LOW_RANK -> byRank(capture, layer, x, delta, sink);
            }
        }
    }

    private void byTokens(LayerCapture capture, LayerShape layer, Reals x, Reals delta, Sink sink) {
        int out = layer.outputs();
        int in = layer.columns();
        double[] dots = new double[capture.rows()];
        try (Reals product = Reals.allocate(x.precision(), capture.rows(), out)) {
            for (int query = 0; query < directions.size(); query++) {
                Matrix v = Matrix.of(directions.get(query).matrix(capture.layer()), out, in)
                        .transposed();
                Matrix inputs = Matrix.of(x, capture.rows(), in);
                Matrix outputs = Matrix.of(product, capture.rows(), out);
                Workers.forBlocks(capture.rows(), TASK_ROWS, (from, rows) -> {
                    Blas.multiply(1, inputs.rows(from, rows), v, 0, outputs.rows(from, rows));
                    for (int row = from; row < from + rows; row++) {
                        dots[row] = Blas.dot(out, product, row * out, delta, row * out);
                    }
                });
                rows(capture, query, dots, sink);
            }
        }
    }

    private static void rows(LayerCapture capture, int query, double[] dots, Sink sink) {
        for (int item = 0; item < capture.items(); item++) {
            int first = capture.firstRow(item);
            for (int row = first; row < capture.firstRow(item + 1); row++) {
                sink.accept(query, item, row - first, dots[row]);
            }
        }
    }

    private void byRank(LayerCapture capture, LayerShape layer, Reals x, Reals delta, Sink sink) {
        Reals left = required(stacks.get(capture.layer()).left());
        Reals right = required(stacks.get(capture.layer()).right());
        int queries = directions.size();
        int rank = left.length() / layer.outputs() / queries;
        int width = queries * rank;
        int rows = capture.rows();
        double[][] dots = new double[queries][rows];
        try (Reals reducedX = Reals.allocate(x.precision(), rows, width);
                Reals reducedDelta = Reals.allocate(x.precision(), rows, width)) {
            Workers.forBlocks(rows, TASK_ROWS, (from, count) -> {
                reduce(x, layer.columns(), right, reducedX, width, from, count);
                reduce(delta, layer.outputs(), left, reducedDelta, width, from, count);
                for (int row = from; row < from + count; row++) {
                    for (int query = 0; query < queries; query++) {
                        int at = row * width + query * rank;
                        dots[query][row] = Blas.dot(rank, reducedX, at, reducedDelta, at);
                    }
                }
            });
        }
        for (int query = 0; query < queries; query++) {
            rows(capture, query, dots[query], sink);
        }
    }

    private static void reduce(Reals rows, int length, Reals stack, Reals target, int width, int from, int count) {
        Blas.multiply(
                1,
                Matrix.of(rows, from * length, count, length, length),
                Matrix.of(stack, width, length).transposed(),
                0,
                Matrix.of(target, from * width, count, width, width));
    }

    /** In tasks of some outputs and some items; sums over outputs are taken in their order. */
    private void byGradients(
            LayerCapture capture, LayerShape layer, Reals x, Reals delta, Sink sink, @Nullable Norms norms) {
        int queries = directions.size();
        double[] scales = stacks.get(capture.layer()).scales();
        int items = capture.items();
        int slices = (layer.outputs() + ScorePlan.SLICE - 1) / ScorePlan.SLICE;
        int slice = Math.min(ScorePlan.SLICE, layer.outputs());
        int chunk = Math.min(items, Math.max(1, ScorePlan.TASK_VALUES / (slice * layer.columns())));
        int chunks = (items + chunk - 1) / chunk;
        double[][] scores = new double[slices][items * queries];
        double[][] squares = new double[slices][items];
        Workers.forEach(slices * chunks, task -> {
            int from = task % slices * ScorePlan.SLICE;
            int first = task / slices * chunk;
            part(
                    capture,
                    layer,
                    x,
                    delta,
                    from,
                    Math.min(ScorePlan.SLICE, layer.outputs() - from),
                    first,
                    Math.min(chunk, items - first),
                    scores[task % slices],
                    norms == null ? null : squares[task % slices]);
        });
        for (int item = 0; item < items; item++) {
            for (int query = 0; query < queries; query++) {
                double sum = 0;
                for (double[] part : scores) {
                    sum += part[item * queries + query];
                }
                sink.accept(query, item, 0, sum * scales[query]);
            }
            if (norms != null) {
                double sum = 0;
                for (double[] part : squares) {
                    sum += part[item];
                }
                norms.accept(item, sum);
            }
        }
    }

    private void part(
            LayerCapture capture,
            LayerShape layer,
            Reals x,
            Reals delta,
            int from,
            int outputs,
            int firstItem,
            int items,
            double[] scores,
            double @Nullable [] squares) {
        Reals stack = required(stacks.get(capture.layer()).left());
        int in = layer.columns();
        int out = layer.outputs();
        int values = outputs * in;
        int queries = directions.size();
        try (Reals gradients = Reals.allocate(x.precision(), items, values);
                Reals products = Reals.allocate(x.precision(), items, queries)) {
            for (int i = 0; i < items; i++) {
                int first = capture.firstRow(firstItem + i);
                int rows = capture.firstRow(firstItem + i + 1) - first;
                if (rows > 0) {
                    CurvatureFit.gradient(delta, x, first, rows, out, in, from, outputs, gradients, i * values);
                }
            }
            Blas.multiply(
                    1,
                    Matrix.of(gradients, items, values),
                    Matrix.of(stack, from * in, queries, values, out * in).transposed(),
                    0,
                    Matrix.of(products, items, queries));
            products.read(0, scores, firstItem * queries, items * queries);
            for (int i = 0; squares != null && i < items; i++) {
                squares[firstItem + i] = SquaredNorm.of(gradients, i * values, values);
            }
        }
    }

    private static Reals required(@Nullable Reals stack) {
        return java.util.Objects.requireNonNull(stack, "the plan and the layout of the directions differ");
    }

    @Override
    public void close() {
        for (Stacks stack : stacks) {
            if (stack.left() != null) {
                stack.left().close();
            }
            if (stack.right() != null) {
                stack.right().close();
            }
        }
    }
}
