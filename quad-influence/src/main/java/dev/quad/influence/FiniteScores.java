// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.InfluenceScores;
import dev.quad.NumericalException;
import java.util.List;

/** Scores of a batch where one item that is not finite is found out, and the others are scored all the same. */
final class FiniteScores {
    private FiniteScores() {}

    /** The value of each item. */
    interface Values<T> {
        /** @throws NumericalException if one is not finite */
        double[] of(List<? extends T> items);
    }

    /** The values as scores: flagged where an item has no token to predict, or is not finite. */
    static <T> InfluenceScores score(List<? extends T> items, GradientSource<T> source, Values<T> values) {
        InfluenceScores.Builder result = InfluenceScores.builder();
        if (items.isEmpty()) {
            return result.build();
        }
        double[] found;
        try {
            found = values.of(items);
        } catch (NumericalException e) {
            return items.size() == 1
                    ? result.flag(String.valueOf(e.getMessage())).build()
                    : oneByOne(items, source, values);
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
        return result.build();
    }

    private static <T> InfluenceScores oneByOne(List<? extends T> items, GradientSource<T> source, Values<T> values) {
        InfluenceScores.Builder result = InfluenceScores.builder();
        for (T item : items) {
            InfluenceScores one = score(List.of(item), source, values);
            result.countTokens(one.tokens());
            if (one.isScored(0)) {
                result.add(one.value(0));
            } else {
                result.flag(one.reason(0).orElseThrow());
            }
        }
        return result.build();
    }
}
