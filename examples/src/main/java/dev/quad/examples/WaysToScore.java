// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import dev.quad.InfluenceScores;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.influence.Curvature;
import dev.quad.influence.CurvatureFit;
import dev.quad.influence.Damping;
import dev.quad.influence.DirectionScores;
import dev.quad.influence.DirectionalModel;
import dev.quad.influence.Fisher;
import dev.quad.influence.ForwardInfluence;
import dev.quad.influence.GradientSource;
import dev.quad.influence.GradientStore;
import dev.quad.influence.Influence;
import dev.quad.influence.KroneckerProjection;
import dev.quad.influence.LayerPartition;
import dev.quad.influence.Projection;
import dev.quad.influence.ReferenceDirection;
import dev.quad.influence.SelfInfluence;
import java.nio.file.Path;
import java.util.List;

/** The ways to score beside one direction and the captures of each item. Each works with any {@link GradientSource}. */
public final class WaysToScore {
    private static final int BATCH_TOKENS = 4096;

    private WaysToScore() {}

    /** By forward passes and no backward pass. */
    public static <T> InfluenceScores byForwardPasses(
            DirectionalModel<T> model, ReferenceDirection direction, List<T> items) {
        // tag::forward[]
        try (var influence = ForwardInfluence.calibrate(model, direction, items.subList(0, 10), BATCH_TOKENS)) {
            return influence.score(items);
        }
        // end::forward[]
    }

    /** What an item does to its own loss: high for outliers and wrong labels. */
    public static <T> double[] onItself(GradientSource<T> source, Curvature curvature, List<T> items) {
        // tag::self[]
        try (var influence = new SelfInfluence<>(source, curvature, Damping.relative(0.1), BATCH_TOKENS)) {
            return influence.of(items);
        }
        // end::self[]
    }

    /** For the task that an item helps most. */
    public static <T> InfluenceScores onTheBestTask(
            GradientSource<T> source, List<ReferenceDirection> tasks, List<T> items) {
        // tag::tasks[]
        try (var influence =
                Influence.of(source).tasks(tasks, Influence.Over.MAX).estimator()) {
            return influence.score(items);
        }
        // end::tasks[]
    }

    /** Layer by layer: {@code [direction][layer][item]}. */
    public static <T> double[][][] byLayer(
            GradientSource<T> source, List<ReferenceDirection> directions, List<T> items) {
        // tag::layers[]
        return new DirectionScores<>(source, directions, BATCH_TOKENS).perLayer(items);
        // end::layers[]
    }

    /**
     * From a file of projected gradients, so that a new reference costs no pass with the model:
     * {@code [direction][item]}.
     */
    public static <T> double[][] fromAStore(
            GradientSource<T> source, List<T> items, int rank, Path file, List<ReferenceDirection> directions) {
        // tag::store[]
        Projection projection = KroneckerProjection.random(source.layers(), rank, new Seed(1));
        GradientStore.write(source, items, "my pool", projection, file, BATCH_TOKENS, done -> {});
        return GradientStore.open(file, projection).score(directions);
        // end::store[]
    }

    /** The direction of a model whose whole curvature does not fit in memory: some layers at a time. */
    public static <T> ReferenceDirection withLittleMemory(
            GradientSource<T> source, List<T> sample, ReferenceSet<T> reference, long bytes) {
        // tag::partition[]
        return LayerPartition.of(source, bytes)
                .direction(
                        reference,
                        layers -> CurvatureFit.of(layers, sample, Fisher.empirical())
                                .ekfac(),
                        Damping.relative(0.1),
                        BATCH_TOKENS,
                        done -> {});
        // end::partition[]
    }
}
