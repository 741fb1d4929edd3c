// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Fingerprint;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * Utilities from which the size of an item's gradient is divided out: {@code U(z) = ⟨V, D_z⟩/|D_z|}, so that neither a
 * long item nor one of high loss weighs more. Along a {@link MeanDirection} it is the mean of the cosines with every
 * reference item, in {@code [−1, 1]}; along the direction of a {@link ReferenceDirection} it is the cosine with their
 * mean, times {@code |V|}. Not linear in the reference, other than {@link DirectionInfluence}.
 *
 * <p>With a {@link Projection} P both sides go through it, {@code U(z) = ⟨P V, P D_z⟩/|P D_z|}, as in the paper's
 * public code (8,192 random signs). That costs more than the exact value and is off by about {@code (1 − cos²)/√k} for
 * k signs and each reference item; it is for comparisons with such code, and with gradients that others have projected.
 *
 * <p>For use by one thread; direction and source are the caller's.
 *
 * @param <T> what an item is
 */
final class CosineInfluence<T> extends FiniteInfluence<T> {
    /** The products of V with the gradients of items, each over its length; 0 where that is 0. */
    private final Function<List<? extends T>, double[]> products;

    private final String fingerprint;

    CosineInfluence(GradientSource<T> source, ReferenceDirection direction, int batchTokens) {
        super(source);
        direction.origin().requireLengths("");
        DirectionScores<T> scores = new DirectionScores<>(source, List.of(direction), batchTokens);
        double norm = direction.norm();
        this.products = items -> Arrays.stream(scores.cosine(items)[0])
                .map(cosine -> norm * cosine)
                .toArray();
        this.fingerprint = Fingerprint.of("quad.cosine-influence.1")
                .add(direction.fingerprint())
                .hex();
    }

    CosineInfluence(GradientSource<T> source, ReferenceDirection direction, Projection projection, int batchTokens) {
        super(source);
        direction.requireModel(source.fingerprint(), source.layers());
        direction.origin().requireLengths(projection.fingerprint());
        double[] projected = projection.project(direction);
        this.products = items -> {
            direction.requireModel(source.fingerprint(), source.layers());
            return products(projection, projected, items, batchTokens);
        };
        this.fingerprint = Fingerprint.of("quad.projected-cosine-influence.1")
                .add(direction.fingerprint())
                .add(projection.fingerprint())
                .hex();
    }

    private double[] products(Projection projection, double[] direction, List<? extends T> items, int batchTokens) {
        int width = projection.width();
        double[] result = new double[items.size()];
        int item = 0;
        for (List<? extends T> batch : Batches.of(items, source, batchTokens)) {
            double[] rows = new double[Math.multiplyExact(batch.size(), width)];
            CapturePass.finite(source, projection.layers(), batch, item, capture -> projection.project(capture, rows));
            for (int row = 0; row < rows.length; row += width, item++) {
                double product = 0;
                double square = 0;
                for (int j = 0; j < width; j++) {
                    product += direction[j] * rows[row + j];
                    square += rows[row + j] * rows[row + j];
                }
                if (!Double.isFinite(product + square)) {
                    throw ItemNotFinite.projected(item);
                }
                result[item] = square > 0 ? product / Math.sqrt(square) : 0;
            }
        }
        return result;
    }

    /** A gradient of zero has the score 0. */
    @Override
    double[] values(List<? extends T> items) {
        return products.apply(items);
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }
}
