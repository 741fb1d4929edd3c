// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.util.List;

/**
 * Predicts what training on an item would do to the reference loss.
 *
 * <p>The score is the utility {@code U(z) = ∇L(θ,D_r)ᵀ (H+λI)⁻¹ ∇L(θ,z)} or an estimate of the same sign convention:
 * <b>positive means that training on z is predicted to lower the reference loss</b>. (The paper prints its influence
 * with a minus sign, Zhang et al., ICLR 2025, equation 3, and then prefers high values; its code has none.) Units are
 * those of the loss times an arbitrary positive factor: compare scores of one estimator with each other only.
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

    /** Frees native memory. The estimator cannot be used afterwards. */
    @Override
    default void close() {}
}
