// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.MismatchException;
import dev.quad.NumericalException;
import dev.quad.Precision;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Scores of items along several directions at once, in detail: one pass over the items serves all queries, or as many
 * as the memory allows.
 *
 * <pre>{@code score(q, z) = Σ_layers ⟨V_q, D_z⟩ = Σ_layers Σ_t δ_tᵀ V_q x_t}</pre>
 *
 * <p>Positive means that training on z is predicted to lower the loss that direction q came from;
 * {@link Sign#LOSS_CHANGE} gives the predicted change of that loss, which is the negative. Sums over tokens, not
 * divided by their number: what {@link Influence} gives is this over the number of supervised tokens. How the products
 * are formed, and what that costs, {@link #plan} tells beforehand. A loss or a score that is not finite is a
 * {@link NumericalException} that names the item. For use by one thread; directions and source are the caller's.
 *
 * @param <T> what an item is
 */
public final class DirectionScores<T> {
    /** Memory for what is laid out for the products, beside the directions themselves: 2 GiB. */
    public static final long DEFAULT_MEMORY = 2L << 30;

    /** Which way up a score is. */
    public enum Sign {
        /** Positive: training on the item is predicted to lower the loss. */
        UTILITY,
        /** The predicted change of the loss: negative where training on the item lowers it. */
        LOSS_CHANGE
    }

    private final GradientSource<T> source;
    private final List<ReferenceDirection> directions;
    private final int batchTokens;
    private final long memory;
    private final double sign;
    private final List<LayerShape> layers;

    /** A scorer of utilities with {@link #DEFAULT_MEMORY}. */
    public DirectionScores(GradientSource<T> source, List<ReferenceDirection> directions, int batchTokens) {
        this(source, directions, batchTokens, DEFAULT_MEMORY, Sign.UTILITY);
    }

    /**
     * A scorer.
     *
     * @param directions at least one, all of the model of the source and of its precision
     * @param batchTokens bound on the tokens of a batch, {@code >= 1}
     * @param memory bytes allowed beside captures and directions, {@code >= 1}; less memory, more passes
     * @throws MismatchException if a direction belongs to another model
     */
    public DirectionScores(
            GradientSource<T> source, List<ReferenceDirection> directions, int batchTokens, long memory, Sign sign) {
        Objects.requireNonNull(source, "the source is null");
        Objects.requireNonNull(directions, "the directions are null");
        Objects.requireNonNull(sign, "the sign is null; allowed are UTILITY and LOSS_CHANGE");
        if (directions.isEmpty()) {
            throw new IllegalArgumentException("there is no direction to score along; give one or more");
        }
        this.source = source;
        this.directions = Sources.requireItems("direction", "of the list", directions);
        this.batchTokens = Batches.requireTokens(batchTokens);
        this.memory = memory;
        this.sign = sign == Sign.UTILITY ? 1 : -1;
        this.layers = Sources.layers(source);
        for (ReferenceDirection direction : directions) {
            direction.requireModel(source.fingerprint(), layers);
        }
    }

    /**
     * What {@link #total} does with a full batch of the items.
     *
     * @throws IllegalArgumentException if even one direction at a time needs more memory than is allowed
     */
    public ScorePlan plan(List<? extends T> items) {
        Objects.requireNonNull(items, "the items are null");
        return plan(items, ScorePlan.View.ITEMS);
    }

    /** A plan for the largest batch and the mean number of items in one. */
    private ScorePlan plan(List<? extends T> items, ScorePlan.View view) {
        long tokens = 0;
        int most = 1;
        for (T item : items) {
            int some = source.rows(item);
            tokens += some;
            most = Math.max(most, some);
        }
        int batch = (int) Math.max(most, Math.min(batchTokens, tokens));
        long perBatch = tokens == 0 ? 1 : Math.max(1, Math.round((double) batch * items.size() / tokens));
        int rank = directions.stream().mapToInt(ReferenceDirection::rank).min().orElse(0);
        boolean sameRank = directions.stream().allMatch(direction -> direction.rank() == rank);
        return ScorePlan.of(
                layers,
                directions.size(),
                sameRank ? rank : 0,
                batch,
                (int) Math.min(perBatch, Math.max(1, items.size())),
                view,
                source.precision() == Precision.SINGLE ? 4 : 8,
                memory);
    }

    /** {@code queries × items}. */
    public double[][] total(List<? extends T> items) {
        Objects.requireNonNull(items, "the items are null");
        double[][] result = new double[directions.size()][items.size()];
        run(items, ScorePlan.View.ITEMS, (query, layer, item, row, value) -> result[query][item] += value, null);
        return result;
    }

    /** {@code queries × layers × items}: what each layer contributes to the total. */
    public double[][][] perLayer(List<? extends T> items) {
        Objects.requireNonNull(items, "the items are null");
        double[][][] result = new double[directions.size()][layers.size()][items.size()];
        run(items, ScorePlan.View.ITEMS, (query, layer, item, row, value) -> result[query][layer][item] += value, null);
        return result;
    }

    /** {@code queries × items × rows}: what each token that carries a gradient contributes to the total. */
    public double[][][] perToken(List<? extends T> items) {
        Objects.requireNonNull(items, "the items are null");
        double[][][] result = new double[directions.size()][items.size()][];
        for (double[][] query : result) {
            Arrays.fill(query, new double[0]);
        }
        run(
                items,
                ScorePlan.View.TOKENS,
                (query, layer, item, row, value) -> {
                    double[] tokens = result[query][item];
                    if (tokens.length <= row) {
                        tokens = Arrays.copyOf(tokens, row + 1);
                        result[query][item] = tokens;
                    }
                    tokens[row] += value;
                },
                null);
        return result;
    }

    /**
     * {@code queries × items}: the score over the norms of direction and gradient, in [−1, 1], so that neither the
     * length of an item nor the size of its loss counts. 0 where the gradient or the direction is zero.
     */
    public double[][] cosine(List<? extends T> items) {
        Objects.requireNonNull(items, "the items are null");
        double[][] result = new double[directions.size()][items.size()];
        double[] squares = new double[items.size()];
        run(
                items,
                ScorePlan.View.NORMS,
                (query, layer, item, row, value) -> result[query][item] += value,
                (item, square) -> squares[item] += square);
        for (int query = 0; query < result.length; query++) {
            double norm = directions.get(query).norm();
            for (int item = 0; item < squares.length; item++) {
                double product = norm * Math.sqrt(squares[item]);
                result[query][item] = product > 0 ? Math.max(-1, Math.min(1, result[query][item] / product)) : 0;
            }
        }
        return result;
    }

    /**
     * The mean over directions of {@link #cosine}, one value an item: with a direction for each reference item, every
     * one of them has the same say, however large its gradient is.
     */
    public double[] meanCosine(List<? extends T> items) {
        double[][] cosines = cosine(items);
        double[] mean = new double[items.size()];
        for (int item = 0; item < mean.length; item++) {
            for (double[] query : cosines) {
                mean[item] += query[item] / cosines.length;
            }
        }
        return mean;
    }

    /** Takes a contribution of one item, or one of its rows, to one query through one layer. */
    private interface Sink {
        void accept(int query, int layer, int item, int row, double value);
    }

    private void run(List<? extends T> items, ScorePlan.View view, Sink sink, GradientProducts.@Nullable Norms norms) {
        directions.forEach(direction -> direction.requireModel(source.fingerprint(), layers));
        ScorePlan plan = plan(items, view);
        for (int query = 0; query < directions.size(); query += plan.group()) {
            int firstQuery = query;
            List<ReferenceDirection> group =
                    directions.subList(query, Math.min(query + plan.group(), directions.size()));
            GradientProducts.Norms once = query == 0 ? norms : null;
            try (GradientProducts products = new GradientProducts(layers, group, plan)) {
                int before = 0;
                for (List<? extends T> batch : Batches.of(items, source, batchTokens)) {
                    int first = before;
                    CapturePass.finite(
                            source,
                            layers,
                            batch,
                            first,
                            capture -> products.add(
                                    capture,
                                    (q, item, row, value) -> sink.accept(
                                            firstQuery + q,
                                            capture.layer(),
                                            first + item,
                                            row,
                                            sign * finite(value, capture.layer(), first + item)),
                                    once == null ? null : (item, square) -> once.accept(first + item, square)));
                    before += batch.size();
                }
            }
        }
    }

    private double finite(double value, int layer, int item) {
        if (!Double.isFinite(value)) {
            throw ItemNotFinite.score(layers.get(layer), item, value);
        }
        return value;
    }

    @Override
    public String toString() {
        return "scores along " + directions.size() + " directions in " + layers.size() + " layers";
    }
}
