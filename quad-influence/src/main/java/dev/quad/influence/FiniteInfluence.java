// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Scores of a batch in which an item that is not finite is found out and flagged, and the others are scored all the
 * same: such a batch is gone through again one by one.
 */
abstract class FiniteInfluence<T> implements InfluenceEstimator<T> {
    final GradientSource<T> source;
    private boolean closed;

    FiniteInfluence(GradientSource<T> source) {
        this.source = source;
    }

    /**
     * The value of each item; any for those without a token to predict.
     *
     * @throws ItemNotFinite if a loss or a value is not finite
     */
    abstract double[] values(List<? extends T> items);

    @Override
    public final InfluenceScores score(List<? extends T> items) {
        if (closed) {
            throw new IllegalStateException("the estimator was closed; make another one");
        }
        InfluenceScores.Builder result = InfluenceScores.builder();
        if (!items.isEmpty()) {
            add(items, result);
        }
        return result.build();
    }

    private void add(List<? extends T> items, InfluenceScores.Builder result) {
        double[] found;
        try {
            found = values(items);
        } catch (ItemNotFinite e) {
            if (items.size() == 1) {
                result.flag(e.reason());
            } else {
                items.forEach(item -> add(List.of(item), result));
            }
            return;
        }
        for (int i = 0; i < found.length; i++) {
            int tokens = source.tokens(items.get(i));
            result.countTokens(tokens);
            if (tokens == 0) {
                result.flag("it has no token to predict");
            } else {
                result.add(found[i]);
            }
        }
    }

    /** That of the captures; what is done with them is left out, as the rule has it. */
    @Override
    public OptionalDouble flopsPerToken() {
        return source.flopsPerToken();
    }

    @Override
    public void close() {
        closed = true;
    }
}
