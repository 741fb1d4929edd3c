// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Fingerprint;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.NumericalException;
import java.util.List;

/**
 * Utilities from which the size of an item's gradient is divided out: {@code U(z) = ⟨V, D_z⟩/|D_z|}, so that neither a long
 * item nor one of high loss weighs more. Along a {@link MeanDirection} it is the mean of the cosines with every reference
 * item, in {@code [−1, 1]}; along the direction of a {@link ReferenceDirection} it is the cosine with their mean, times
 * {@code |V|}. Not linear in the reference, other than {@link DirectionInfluence}. For use by one thread; direction and source
 * are the caller's.
 *
 * @param <T> what an item is
 */
public final class CosineInfluence<T> implements InfluenceEstimator<T> {
    private final GradientSource<T> source;
    private final ReferenceDirection direction;
    private final double norm;
    private final DirectionScores<T> scores;

    /**
     * An estimator with batches of {@value GradientSource#DEFAULT_BATCH_TOKENS} tokens.
     *
     * @throws dev.quad.MismatchException if the direction belongs to another model
     */
    public CosineInfluence(GradientSource<T> source, ReferenceDirection direction) {
        this.source = source;
        this.direction = direction;
        this.norm = direction.norm();
        this.scores = new DirectionScores<>(source, List.of(direction), GradientSource.DEFAULT_BATCH_TOKENS);
    }

    /** Flags an item without a token, or that is not finite. A gradient of zero has the score 0. */
    @Override
    public InfluenceScores score(List<? extends T> items) {
        InfluenceScores.Builder result = InfluenceScores.builder();
        if (items.isEmpty()) {
            return result.build();
        }
        double[] cosines;
        try {
            cosines = scores.cosine(items)[0];
        } catch (NumericalException e) {
            return items.size() == 1
                    ? result.flag(String.valueOf(e.getMessage())).build()
                    : oneByOne(items);
        }
        for (int i = 0; i < cosines.length; i++) {
            int tokens = source.tokens(items.get(i));
            result.countTokens(tokens);
            if (tokens == 0) {
                result.flag("it has no token to predict");
            } else {
                result.add(norm * cosines[i]);
            }
        }
        return result.build();
    }

    /** One item of the batch is not finite: the others are scored all the same. */
    private InfluenceScores oneByOne(List<? extends T> items) {
        InfluenceScores.Builder result = InfluenceScores.builder();
        for (T item : items) {
            InfluenceScores one = score(List.of(item));
            result.countTokens(one.tokens());
            if (one.isScored(0)) {
                result.add(one.value(0));
            } else {
                result.flag(one.reason(0).orElseThrow());
            }
        }
        return result.build();
    }

    @Override
    public String fingerprint() {
        return Fingerprint.of("quad.cosine-influence.1")
                .add(direction.fingerprint())
                .hex();
    }
}
