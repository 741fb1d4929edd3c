// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.util.List;
import java.util.Objects;
import java.util.function.IntToLongFunction;
import java.util.function.IntUnaryOperator;

/**
 * Chooses documents by their scores: the second half of a {@link DataSelector} whose first half is a
 * {@link DocumentScorer}. One that draws at random trades some of the score for breadth.
 *
 * <p>Documents without a score are never chosen. The budget is never exceeded, weights included; a document that does
 * not fit into what is left is passed over, and a smaller one after it may still be taken, until one did not fit and
 * less than 1/200 of the budget is left. Immutable and safe for use by several threads; the result depends on the
 * arguments alone.
 */
public interface Draw {
    /**
     * How often {@link #multinomial} takes a document: beyond 4 epochs repetition wears off (Muennighoff et al., 2023).
     */
    int DEFAULT_MOST = 4;

    /** The temperature of {@link #gumbel} by standard scores that QuRating recommends (Wettig et al., 2024). */
    double DEFAULT_TEMPERATURE = 2;

    /**
     * A chosen document.
     *
     * @param ordinal its place among the scores
     * @param weight how often it is to be trained on, {@code >= 1}
     */
    record Drawn(int ordinal, int weight) {
        /** Checks both. */
        public Drawn {
            if (ordinal < 0 || weight < 1) {
                throw new IllegalArgumentException("a drawn document has the ordinal " + ordinal + " and the weight "
                        + weight + "; allowed are ordinals of 0 or more and weights of 1 or more");
            }
        }
    }

    /**
     * Chooses.
     *
     * @param scores one a document, by ordinal
     * @param tokens the cost of a document in tokens, {@code >= 0}, by ordinal
     * @param budget what the chosen ones may cost, each as often as its weight
     * @param seed decides what is random
     * @return the chosen documents in the order in which they were, each ordinal at most once
     */
    List<Drawn> draw(InfluenceScores scores, IntToLongFunction tokens, Budget budget, Seed seed);

    /** Names the draw and all of its options. Goes into manifests. */
    String id();

    /** The highest scores first; of equal ones the lower ordinal. */
    static Draw top() {
        return new RankedDraw("top", 0, Double.NEGATIVE_INFINITY, 1);
    }

    /**
     * The highest scores first, as far as they are among the highest of all that have a score, by number of documents:
     * a filter that keeps the best tenth, say, even where the budget would take more.
     *
     * @param share in {@code (0, 1]}
     */
    static Draw topShare(double share) {
        if (!(share > 0 && share <= 1)) {
            throw new IllegalArgumentException("the share is " + share + "; allowed is (0, 1]");
        }
        return new RankedDraw("top share(" + share + ")", 0, Double.NEGATIVE_INFINITY, share);
    }

    /**
     * The highest scores first, as far as they are no less than this.
     *
     * @param least finite, in the unit of the scores
     */
    static Draw atLeast(double least) {
        if (!Double.isFinite(least)) {
            throw new IllegalArgumentException("the least score is " + least + "; allowed is a finite number");
        }
        return new RankedDraw("at least(" + least + ")", 0, least, 1);
    }

    /**
     * Without replacement in proportion to {@code exp(score / temperature)}: the highest of {@code score / temperature
     * + G} with G from the standard Gumbel distribution, {@code −ln(−ln u)} (Gumbel top-k; Kool et al., 2019). Low
     * temperatures are nearly {@link #top}, high ones nearly random.
     *
     * @param temperature {@code > 0} and finite, in the unit of the scores
     */
    static Draw gumbel(double temperature) {
        return new RankedDraw("gumbel(" + temperature(temperature) + ")", temperature, Double.NEGATIVE_INFINITY, 1);
    }

    /** With replacement, each document at most {@link #DEFAULT_MOST} times. */
    static Draw multinomial(double temperature) {
        return multinomial(temperature, DEFAULT_MOST);
    }

    /**
     * With replacement in proportion to {@code exp(score / temperature)}; the weight of a document is how often it was
     * drawn. Documents without tokens are left out where tokens are counted.
     *
     * @param temperature {@code > 0} and finite, in the unit of the scores
     * @param most how often a document is drawn at most, {@code >= 1}; 1 is a draw without replacement
     */
    static Draw multinomial(double temperature, int most) {
        if (most < 1) {
            throw new IllegalArgumentException("a document is drawn " + most + " times at most; allowed is 1 or more");
        }
        return new MultinomialDraw(temperature(temperature), most);
    }

    private static double temperature(double temperature) {
        if (!(temperature > 0 && temperature < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("the temperature is " + temperature + "; allowed is above 0 and finite");
        }
        return temperature;
    }

    /**
     * This draw of each group for itself, with a share of the budget as large as the group's among all that have a
     * score, in the unit of the budget: the mixture of the groups stays as it is. What a group leaves goes to those
     * after it, by number.
     *
     * @param groupOf the group of a document, {@code >= 0}, by ordinal
     */
    default Draw byGroup(IntUnaryOperator groupOf) {
        return new GroupDraw(Objects.requireNonNull(groupOf, "what gives the groups is null"), this);
    }

    /** This draw by scores in standard deviations from their mean, so that a temperature or least score is in these. */
    default Draw standardised() {
        return new StandardDraw(this);
    }
}
