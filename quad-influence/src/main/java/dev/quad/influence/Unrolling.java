// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Experimental;
import dev.quad.InfluenceEstimator;
import dev.quad.MismatchException;
import dev.quad.linalg.Owned;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Influence through the steps of a training rather than at its end: SOURCE (Bae, Lin, Lorraine and Grosse, 2024,
 * "Training Data Attribution via Approximate Unrolled Differentiation"). The training is cut into segments ℓ = 1 … L,
 * in each of which the curvature H_ℓ and the gradients are taken as constant. A segment of K steps with learning rate η
 * moves the weights along a gradient by {@code (I − e^(−ηKH))H⁻¹}, and those after it let {@code e^(−ηKH)} of it stand:
 *
 * <pre>{@code
 * U(z) = Σ_ℓ ⟨u_ℓ, 1/C_ℓ Σ_c ∇L(θ_c,z)⟩,   u_ℓ = (I − e^(−η_ℓ K_ℓ H_ℓ)) H_ℓ⁻¹ q_ℓ,
 * q_L = ∇L(θ_end, D_r),   q_(ℓ−1) = e^(−η_ℓ K_ℓ H_ℓ) q_ℓ
 * }</pre>
 *
 * <p>with the C checkpoints c of a segment, in the eigenbasis of H (less their 1/N, and with the sign of
 * {@link InfluenceEstimator}). For one long segment it is {@code ⟨H⁻¹∇L(D_r), ∇L(z)⟩}, for short ones TracIn.
 *
 * <p>It is that of gradient descent, with momentum m for {@code η/(1 − m)}; of Adam or another preconditioned optimiser
 * it is not. H must be of the scale of the loss that was trained on: {@link Curvature#kfac} where that is a mean over
 * tokens. Cost: two solves a segment, and scores as along one direction at every checkpoint. K-FAC of
 * {@link KroneckerFactors#average} stands for H.
 */
@Experimental
public final class Unrolling {
    private Unrolling() {}

    /**
     * A part of a training.
     *
     * @param checkpoints the model at some of its steps, one or more; of the same layers
     * @param curvature the mean over the checkpoints, of any kind but the identity
     * @param learningRate η, the mean over its steps, {@code > 0}, finite
     * @param steps K, {@code >= 1}
     */
    public record Segment<T>(
            List<GradientSource<T>> checkpoints, Curvature curvature, double learningRate, long steps) {
        /** Checks the numbers. */
        public Segment {
            Objects.requireNonNull(checkpoints, "the checkpoints are null");
            checkpoints = Sources.requireItems("checkpoint", "of the segment", checkpoints);
            Objects.requireNonNull(curvature, "the curvature of the segment is null");
            if (checkpoints.isEmpty()) {
                throw new IllegalArgumentException("the segment has no checkpoint; give one or more");
            }
            if (curvature.kindOf() == CurvatureKind.IDENTITY) {
                throw new IllegalArgumentException("the curvature of the segment is the identity, which is that of no"
                        + " loss; give another, or sum plain products over checkpoints (InfluenceEstimator.sum)");
            }
            if (!(learningRate > 0 && learningRate < Double.POSITIVE_INFINITY) || steps < 1) {
                throw new IllegalArgumentException("the segment has " + steps + " steps with the learning rate "
                        + learningRate + "; allowed is 1 or more, and (0, ∞)");
            }
            for (GradientSource<T> checkpoint : checkpoints) {
                if (!Sources.layers(checkpoint).equals(curvature.layers())) {
                    throw new MismatchException("the curvature of the segment is for the layers " + curvature.layers()
                            + ", and a checkpoint has " + checkpoint.layers());
                }
            }
        }

        private double time() {
            return learningRate * steps;
        }
    }

    /** In batches of {@value GradientSource#DEFAULT_BATCH_TOKENS} tokens. */
    public static <T> InfluenceEstimator<T> of(List<Segment<T>> segments, ReferenceDirection gradient) {
        return of(segments, gradient, GradientSource.DEFAULT_BATCH_TOKENS);
    }

    /**
     * The estimator, for one thread; the sources stay the caller's.
     *
     * @param segments one or more, in the order of the training
     * @param gradient of the reference loss at the end of the training; may be closed afterwards
     * @param batchTokens bound on the tokens of a batch, {@code >= 1}
     * @throws MismatchException if layers differ
     * @throws IllegalArgumentException if there is no segment
     * @throws IllegalStateException if the gradient is preconditioned already
     */
    public static <T> InfluenceEstimator<T> of(
            List<Segment<T>> segments, ReferenceDirection gradient, int batchTokens) {
        Objects.requireNonNull(segments, "the segments are null");
        List<Segment<T>> all = Sources.requireItems("segment", "of the training", segments);
        Objects.requireNonNull(gradient, "the gradient of the reference is null");
        if (all.isEmpty()) {
            throw new IllegalArgumentException("the training has no segment; give one or more");
        }
        if (!gradient.origin().isGradient()) {
            throw new IllegalStateException("the direction is preconditioned already, by "
                    + gradient.origin().words() + "; give the gradient of the reference as it is");
        }
        for (Segment<T> segment : all) {
            if (!segment.curvature().layers().equals(gradient.layers())) {
                throw new MismatchException("the gradient of the reference is for the layers " + gradient.layers()
                        + ", and a segment for " + segment.curvature().layers());
            }
        }
        List<InfluenceEstimator<T>> parts = new ArrayList<>();
        List<Double> weights = new ArrayList<>();
        try (Owned owned = new Owned()) {
            ReferenceDirection query = gradient;
            for (int s = all.size() - 1; s >= 0; s--) {
                Segment<T> segment = all.get(s);
                List<ReferenceDirection> solved = query.solved(
                        segment.curvature(),
                        List.of(Damping.unrolled(segment.time()), new Damping.Decay(segment.time())));
                if (s < all.size() - 1) {
                    query.close();
                }
                query = owned.add(solved.get(1));
                ReferenceDirection direction = owned.add(solved.get(0));
                for (GradientSource<T> checkpoint : segment.checkpoints()) {
                    ReferenceDirection here = direction.of(checkpoint);
                    parts.add(owned.add(Influence.of(checkpoint)
                            .direction(here)
                            .batchTokens(batchTokens)
                            .estimator()
                            .onClose(here::close)));
                    weights.add(1.0 / segment.checkpoints().size());
                }
            }
            query.close();
            InfluenceEstimator<T> sum = InfluenceEstimator.sum(
                    parts, weights.stream().mapToDouble(Double::doubleValue).toArray());
            return owned.release(sum);
        }
    }
}
