// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.Function;

/**
 * Predicts what training on an item would do to the reference loss.
 *
 * <p>The score is the utility {@code U(z) = ∇L(θ,D_r)ᵀ (H+λI)⁻¹ ∇L(θ,z)} or an estimate of the same sign convention:
 * <b>positive means that training on z is predicted to lower the reference loss</b>. (The paper prints its influence
 * with a minus sign, Zhang et al., 2025, eq. 3, and then prefers high values; its code has none.) Units are those of
 * the loss times an arbitrary positive factor: compare scores of one estimator with each other only.
 *
 * <p>The reference set is fixed when the estimator is made. A score depends on the item alone, not on the batch, up to
 * rounding. Not safe for use by several threads at once unless an implementation says so.
 *
 * @param <T> what an item is
 */
public interface InfluenceEstimator<T> extends AutoCloseable {

    /**
     * Scores a batch of any size.
     *
     * @return one entry per item, in order; an item that cannot be scored (empty, too short, loss not finite) is
     *     flagged with the reason and never given 0 or NaN
     */
    InfluenceScores score(List<? extends T> items);

    /** A digest of everything that changes a score: model, reference set, curvature, damping, normalisation. */
    String fingerprint();

    /**
     * Floating-point operations for each token that goes through the model, finite and {@code >= 0}, by the usual rule
     * of 2 a parameter forward and 6 forward and backward; for {@link Selection.Costs#flops}. Empty where it is not
     * known, as here.
     */
    default OptionalDouble flopsPerToken() {
        return OptionalDouble.empty();
    }

    /**
     * This estimator for something else that an item can be made of, such as a text for its tokens. Closing it closes
     * this one.
     *
     * @param itemOf makes the item; does not change the fingerprint, so do not use two that differ with one journal
     */
    default <S> InfluenceEstimator<S> from(Function<? super S, ? extends T> itemOf) {
        return of(this, Objects.requireNonNull(itemOf, "what makes the item is null"), () -> {});
    }

    /**
     * This estimator, which does something more when it is closed, such as to close the direction that it was made
     * from: {@code influence.onClose(direction::close)}.
     */
    default InfluenceEstimator<T> onClose(Runnable then) {
        return of(this, item -> item, Objects.requireNonNull(then, "what is done when it is closed is null"));
    }

    /**
     * {@code U(z) = Σ_t η_t U_t(z)}: one score of several estimators, such as those of the checkpoints of a training,
     * each along the gradient of the reference at its own weights: with their learning rates as η it is TracIn (Pruthi
     * et al., 2020), with estimators of cosines with what Adam would do LESS (Xia et al., 2024). An item that one of
     * them flags is flagged with the first reason. Costs what they cost together; a token counts once. As safe for
     * threads as they are; closing it closes them.
     *
     * @param parts one or more
     * @param weights η, finite, one for each
     * @throws IllegalArgumentException if there is no part, or their number is not that of the weights
     */
    static <T> InfluenceEstimator<T> sum(List<? extends InfluenceEstimator<T>> parts, double... weights) {
        Objects.requireNonNull(parts, "the parts are null");
        return new SummedEstimator<>(parts, weights);
    }

    private static <S, T> InfluenceEstimator<S> of(
            InfluenceEstimator<T> estimator, Function<? super S, ? extends T> itemOf, Runnable then) {
        return new InfluenceEstimator<>() {
            @Override
            public InfluenceScores score(List<? extends S> items) {
                return estimator.score(items.stream()
                        .<T>map(item -> Objects.requireNonNull(itemOf.apply(item), "what makes the item made null"))
                        .toList());
            }

            @Override
            public String fingerprint() {
                return estimator.fingerprint();
            }

            @Override
            public OptionalDouble flopsPerToken() {
                return estimator.flopsPerToken();
            }

            @Override
            public void close() {
                try {
                    estimator.close();
                } finally {
                    then.run();
                }
            }
        };
    }

    /** Frees native memory. The estimator cannot be used afterwards. */
    @Override
    default void close() {}
}
