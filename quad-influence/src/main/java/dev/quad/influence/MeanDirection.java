// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.ReferenceSet;
import dev.quad.linalg.Reals;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongConsumer;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * One direction in which every reference item has the same say: the mean of their preconditioned gradients, each first
 * brought to length 1,
 *
 * <pre>{@code w = 1/R·Σ_r v_r/|v_r|,   v_r = (H+λI)⁻¹ ∇L(θ,r),   so that   ⟨w, g⟩/|g| = 1/R·Σ_r cos(v_r, g)}</pre>
 *
 * <p>With {@link Influence#cosine} that is the score of the paper's public code (Zhang et al., ICLR 2025) without its
 * projection, at the price of one direction instead of R. With that projection, lengths are those of what it leaves,
 * {@code w = 1/R·Σ_r v_r/|P v_r|}, so that {@code ⟨P w, P g⟩/|P g| = 1/R·Σ_r cos(P v_r, P g)}.
 */
public final class MeanDirection {
    private MeanDirection() {}

    /**
     * That direction. Cost: a backward pass and a solve for each item, one after the other. Items without a gradient
     * are left out of the mean.
     *
     * @param items reference items, at least one with a token to predict
     * @param progress told the number of supervised tokens done after each item
     * @return the caller's to close
     * @throws dev.quad.MismatchException if the curvature belongs to another model or other layers
     * @throws dev.quad.NumericalException if a loss or a gradient is not finite
     * @throws IllegalArgumentException if no item has a gradient
     */
    public static <T> ReferenceDirection of(
            GradientSource<T> source,
            List<? extends T> items,
            Curvature curvature,
            Damping damping,
            LongConsumer progress) {
        return of(source, items, curvature, damping, progress, ReferenceDirection::norm, "");
    }

    /**
     * That direction with lengths taken through a projection, for {@link Influence#projected} through the same. Cost: a
     * projection of each item's direction more.
     *
     * @param items reference items, at least one with a token to predict
     * @param projection P, of the layers of the source
     * @param progress told the number of supervised tokens done after each item
     * @return the caller's to close
     * @throws dev.quad.MismatchException if the curvature belongs to another model, or it or the projection to other
     *     layers
     * @throws dev.quad.NumericalException if a loss or a gradient is not finite
     * @throws IllegalArgumentException if no item has a gradient
     */
    public static <T> ReferenceDirection of(
            GradientSource<T> source,
            List<? extends T> items,
            Curvature curvature,
            Damping damping,
            Projection projection,
            LongConsumer progress) {
        Objects.requireNonNull(source, "the source is null");
        Objects.requireNonNull(projection, "the projection is null");
        projection.requireLayers(source.layers());
        ToDoubleFunction<ReferenceDirection> length = direction -> {
            double square = 0;
            for (double value : projection.project(direction)) {
                square += value * value;
            }
            return Math.sqrt(square);
        };
        return of(source, items, curvature, damping, progress, length, projection.fingerprint());
    }

    private static <T> ReferenceDirection of(
            GradientSource<T> source,
            List<? extends T> items,
            Curvature curvature,
            Damping damping,
            LongConsumer progress,
            ToDoubleFunction<ReferenceDirection> length,
            String projection) {
        Objects.requireNonNull(source, "the source is null");
        Objects.requireNonNull(items, "the items are null");
        Objects.requireNonNull(curvature, "the curvature is null; allowed are those of Curvature");
        Objects.requireNonNull(damping, "the damping is null; allowed are those of Damping");
        Objects.requireNonNull(progress, "progress is null; give n -> {} to hear nothing");
        List<LayerShape> layers = Sources.layers(source);
        List<double[]> sums =
                layers.stream().map(layer -> new double[layer.weights()]).toList();
        long tokens = 0;
        int counted = 0;
        for (T item : items) {
            if (source.tokens(item) == 0) {
                continue;
            }
            tokens += source.tokens(item);
            try (ReferenceDirection gradient = ReferenceDirection.gradient(source, ReferenceSet.of(List.of(item)));
                    ReferenceDirection solved = gradient.precondition(curvature, damping)) {
                double norm = length.applyAsDouble(solved);
                if (norm > 0) {
                    counted++;
                    add(solved, 1 / norm, sums);
                }
            }
            progress.accept(tokens);
        }
        if (counted == 0) {
            throw new IllegalArgumentException("none of the " + items.size()
                    + " reference items has a gradient; give texts of two tokens or more");
        }
        List<Reals> mean = new ArrayList<>();
        for (double[] sum : sums) {
            int count = counted;
            mean.add(Reals.of(
                    source.precision(),
                    IntStream.range(0, sum.length)
                            .mapToDouble(i -> sum[i] / count)
                            .toArray()));
        }
        return new ReferenceDirection(
                layers, mean, source.fingerprint(), DirectionOrigin.mean(projection, curvature, damping, counted));
    }

    private static void add(ReferenceDirection direction, double scale, List<double[]> sums) {
        for (int layer = 0; layer < sums.size(); layer++) {
            double[] values = direction.values(layer);
            double[] sum = sums.get(layer);
            for (int i = 0; i < sum.length; i++) {
                sum[i] += scale * values[i];
            }
        }
    }
}
