// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.InfluenceEstimator;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/**
 * The way to an estimator of utilities: which direction, and what is done with an item's gradient before and after the
 * product.
 *
 * <pre>{@code
 * Influence.of(source).direction(v).estimator()                    // U(z) = ⟨V, ∇L(z)⟩
 * Influence.of(source).direction(v).cosine().estimator()           // U(z) = ⟨V, ∇L(z)⟩ / |∇L(z)|
 * Influence.of(source).direction(v).relative(h, λ).estimator()   // U(z) = ⟨V, ∇L(z)⟩ / |(H + λI)⁻¹ ∇L(z)|
 * Influence.of(source).direction(v).update(rule).estimator()       // U(z) = ⟨V, Γ(∇L(z))⟩
 * Influence.of(source).tasks(directions, Over.MAX).estimator()     // U(z) = max_k ⟨V_k, ∇L(z)⟩, with the two before too
 * }</pre>
 *
 * <p>with {@code V = (H + λI)⁻¹ ∇L(D_r)} a {@link ReferenceDirection}, sums over layers, and L(z) the mean loss over
 * the supervised tokens of z (Zhang et al., 2025, eq. 3, with the sign of {@link InfluenceEstimator}: positive means
 * that training on z is predicted to lower the reference loss). Scores are per token, so they suit a budget in tokens.
 *
 * <p>Estimators are for use by one thread, own native memory and are closed by the caller, who also keeps the source
 * and the directions open as long as they are used. For several directions in detail, by layer or by token, see
 * {@link DirectionScores}.
 *
 * @param <T> what an item is
 */
public final class Influence<T> {
    /** What becomes of the scores of several tasks. */
    public enum Over {
        /** The largest: what helps one task much is wanted. */
        MAX,
        /** The mean: what helps all is. */
        MEAN;

        double of(double... tasks) {
            DoubleStream scores = Arrays.stream(tasks);
            return this == MAX ? scores.max().getAsDouble() : scores.average().getAsDouble();
        }
    }

    private final GradientSource<T> source;
    private List<ReferenceDirection> directions = List.of();
    private @Nullable Over over;
    private @Nullable UpdateRule rule;
    private @Nullable Projection projection;
    private @Nullable Curvature curvature;
    private Damping damping = Damping.DEFAULT;
    private boolean cosine;
    private int batchTokens = GradientSource.DEFAULT_BATCH_TOKENS;

    private Influence(GradientSource<T> source) {
        this.source = Objects.requireNonNull(source, "the source is null");
    }

    /** Estimators of what is trained with the gradients of this source. */
    public static <T> Influence<T> of(GradientSource<T> source) {
        return new Influence<>(source);
    }

    /** Along one direction. This or {@link #tasks} is needed. */
    public Influence<T> direction(ReferenceDirection direction) {
        Objects.requireNonNull(direction, "the direction is null");
        this.directions = List.of(direction);
        this.over = null;
        return this;
    }

    /**
     * Along the direction of each of several tasks, all with a reference of its own. One pass over the items serves
     * all. Products of tasks are comparable as far as their gradients are of one size; cosines always are. The best of
     * cosines with a {@link MeanDirection} for each task, of what {@linkplain #update Adam} makes of items, is the rule
     * of LESS (Xia et al., 2024) at one checkpoint.
     *
     * @param tasks at least one
     */
    public Influence<T> tasks(List<ReferenceDirection> tasks, Over over) {
        Objects.requireNonNull(tasks, "the directions of the tasks are null");
        this.directions = Sources.requireItems("direction", "of the tasks", tasks);
        this.over = Objects.requireNonNull(over, "what the tasks are taken over is null; allowed are those of Over");
        return this;
    }

    /**
     * The size of an item's gradient is divided out, so that neither a long item nor one of high loss weighs more.
     * Along a {@link MeanDirection} the score is the mean of the cosines with every reference item, in {@code [−1, 1]};
     * along another direction the cosine with it, times {@code |V|}. Not linear in the reference. A gradient of zero
     * has the score 0.
     */
    public Influence<T> cosine() {
        this.cosine = true;
        return this;
    }

    /**
     * The length that training on an item moves the weights is divided out (RelatIF: Barshan et al., 2020, eq. 6):
     * {@code U(z) = ⟨V, ∇L(z)⟩ / |(H+λI)⁻¹ ∇L(z)|}, so that an outlier, which moves them far, weighs no more. With no
     * curvature it is {@link #cosine}. Costs the captures twice, and a rotation of each. A gradient of zero has the
     * score 0.
     *
     * @param curvature of the model of the source, that of the direction; one that takes the layers apart
     * @param damping that of the direction
     */
    public Influence<T> relative(Curvature curvature, Damping damping) {
        this.curvature = Objects.requireNonNull(curvature, "the curvature is null; allowed are those of Curvature");
        this.damping = Objects.requireNonNull(damping, "the damping is null; allowed are those of Damping");
        return this;
    }

    /**
     * What an optimiser would do with an item, in the place of its plain gradient. A rule that is not linear needs the
     * gradient of each item and layer: {@code 2·i·o} operations a token more, and memory for one such gradient a
     * thread.
     */
    public Influence<T> update(UpdateRule rule) {
        this.rule = Objects.requireNonNull(rule, "the rule of the update is null; leave it out for that of SGD");
        return this;
    }

    /**
     * Cosines with both sides through a projection P, {@code U(z) = ⟨P V, P ∇L(z)⟩/|P ∇L(z)|}, as in the paper's public
     * code (8,192 random signs). That costs more than the exact value and is off by about {@code (1 − cos²)/√k} for k
     * signs and each reference item; it is for comparisons with such code, and with gradients that others have
     * projected.
     *
     * @param projection of the layers of the source; for a {@link MeanDirection} the one that its lengths were taken
     *     through
     */
    public Influence<T> projected(Projection projection) {
        this.projection = Objects.requireNonNull(projection, "the projection is null; leave it out for none");
        this.cosine = true;
        return this;
    }

    /**
     * The bound on the tokens of a batch, which bounds memory; {@value GradientSource#DEFAULT_BATCH_TOKENS} unless
     * said.
     *
     * @throws IllegalArgumentException if it is below 1
     */
    public Influence<T> batchTokens(int batchTokens) {
        this.batchTokens = Batches.requireTokens(batchTokens);
        return this;
    }

    /**
     * The estimator.
     *
     * @throws IllegalStateException if no direction was given, or if what was asked for does not go together: an update
     *     rule or several tasks with a projection
     * @throws dev.quad.MismatchException if a direction, the rule's state or the projection belongs to another model,
     *     or a direction is a {@link MeanDirection} through another projection
     */
    public InfluenceEstimator<T> estimator() {
        if (directions.isEmpty()) {
            throw new IllegalStateException(
                    "there is no direction to score along; call direction(…), or tasks(…) with one or more");
        }
        if (rule != null && projection != null) {
            throw new IllegalStateException(
                    "an update rule does not go with a projection; leave update(…) or projected(…) out");
        }
        if (curvature != null) {
            if (rule != null || cosine || over != null) {
                throw new IllegalStateException(
                        "relative(…) does not go with cosine(), projected(…), update(…) or tasks(…);"
                                + " leave one of them out");
            }
            return new RelativeInfluence<>(source, directions.get(0), curvature, damping, batchTokens);
        }
        if (over != null) {
            if (projection != null) {
                throw new IllegalStateException(
                        "projected(…) does not go with tasks(…); make an estimator for each task"
                                + " with direction(…) and combine their scores");
            }
            if (rule != null) {
                return new UpdateInfluence<>(source, directions, over, rule, cosine, batchTokens);
            }
            return new TaskInfluence<>(source, directions, over, cosine, batchTokens);
        }
        ReferenceDirection direction = directions.get(0);
        if (rule != null) {
            return new UpdateInfluence<>(source, directions, Over.MAX, rule, cosine, batchTokens);
        }
        if (projection != null) {
            return new CosineInfluence<>(source, direction, projection, batchTokens);
        }
        return cosine
                ? new CosineInfluence<>(source, direction, batchTokens)
                : new DirectionInfluence<>(source, direction, batchTokens);
    }

    @Override
    public String toString() {
        return "influence in " + source.layers().size() + " layers";
    }
}
