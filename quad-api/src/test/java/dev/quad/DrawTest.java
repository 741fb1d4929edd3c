// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Draw.Drawn;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DrawTest {
    private static final int SEEDS = 20_000;
    /** Four standard deviations of a share over so many seeds. */
    private static final double CHANCE = 4 * 0.5 / Math.sqrt(SEEDS);

    private static List<Drawn> draw(Draw draw, Budget budget, long seed, double... scores) {
        return draw.draw(InfluenceScores.of(scores), ordinal -> 10, budget, new Seed(seed));
    }

    private static double[] shares(Draw draw, int documents, double... scores) {
        double[] shares = new double[scores.length];
        for (int seed = 0; seed < SEEDS; seed++) {
            for (Drawn one : draw(draw, Budget.documents(documents), seed, scores)) {
                shares[one.ordinal()] += one.weight() / (double) SEEDS;
            }
        }
        return shares;
    }

    private static void areClose(double[] found, double... expected) {
        for (int i = 0; i < expected.length; i++) {
            assertThat(found[i]).as("share of " + i).isCloseTo(expected[i], within(CHANCE));
        }
    }

    /** Of scores 0, 1, 2 the worst, since exp(0) of 1 + e + e²; with noise of the wrong sign it would be 0.053. */
    @Test
    void gumbel_drawsInProportionToTheExponential() {
        areClose(shares(Draw.gumbel(1), 1, 0, 1, 2), 0.0900, 0.2447, 0.6652);
        areClose(shares(Draw.gumbel(0.5), 1, 0, 1), 0.1192, 0.8808);
        // of two without replacement: 1 − Σ_first p_first p_second
        areClose(shares(Draw.gumbel(1), 2, 0, 1, 2), 0.2909, 0.7565, 0.9526);
    }

    @Test
    void multinomial_drawsInProportionToTheExponential_andRepeats() {
        areClose(shares(Draw.multinomial(1), 1, 0, 1, 2), 0.0900, 0.2447, 0.6652);
        areClose(shares(Draw.multinomial(1), 2, 0, 1, 2), 0.1801, 0.4894, 1.3305);
        areClose(shares(Draw.multinomial(1, 1), 2, 0, 1, 2), 0.2909, 0.7565, 0.9526);
    }

    @Test
    void multinomial_ofMoreThanAll_takesEachAtMostSoOften() {
        assertThat(draw(Draw.multinomial(1, 3), Budget.documents(1000), 1, 5, 0, 2))
                .containsExactlyInAnyOrder(new Drawn(0, 3), new Drawn(1, 3), new Drawn(2, 3));
        assertThat(Draw.multinomial(1).draw(InfluenceScores.of(1, 2), ordinal -> 0, Budget.tokens(5), new Seed(1)))
                .as("documents without tokens would be drawn for ever")
                .isEmpty();
    }

    @Test
    void top_takesTheHighest_andPassesOverWhatDoesNotFit() {
        assertThat(draw(Draw.top(), Budget.documents(2), 1, 1, 3, 3, 2))
                .containsExactly(new Drawn(1, 1), new Drawn(2, 1));
        assertThat(Draw.top()
                        .draw(
                                InfluenceScores.builder()
                                        .add(1)
                                        .flag("none")
                                        .add(3)
                                        .add(2)
                                        .build(),
                                ordinal -> 10L * ordinal,
                                Budget.tokens(25),
                                new Seed(1)))
                .containsExactly(new Drawn(2, 1), new Drawn(0, 1));
    }

    @Test
    void topShare_andAtLeast_leaveTheRestWhateverTheBudget() {
        double[] scores = IntStream.range(0, 10).mapToDouble(i -> i).toArray();
        assertThat(draw(Draw.topShare(0.25), Budget.documents(9), 1, scores))
                .extracting(Drawn::ordinal)
                .containsExactly(9, 8, 7);
        assertThat(draw(Draw.atLeast(8), Budget.documents(9), 1, scores))
                .extracting(Drawn::ordinal)
                .containsExactly(9, 8);
        assertThat(draw(Draw.topShare(0.25), Budget.documents(1), 1, scores)).hasSize(1);
    }

    @Test
    void byGroup_keepsTheMixture() {
        double[] scores = IntStream.range(0, 100).mapToDouble(i -> i).toArray();
        List<Drawn> drawn = draw(Draw.top().byGroup(ordinal -> ordinal < 70 ? 5 : 2), Budget.documents(10), 1, scores);
        assertThat(drawn).extracting(Drawn::ordinal).containsExactly(99, 98, 97, 69, 68, 67, 66, 65, 64, 63);
    }

    @Test
    void standardised_takesTheUnitOfScoresAway() {
        double[] scores = {0, 1, 2, 3, 4};
        double[] scaled = {-700, -600, -500, -400, -300};
        for (int seed = 0; seed < 50; seed++) {
            assertThat(draw(Draw.gumbel(2).standardised(), Budget.documents(2), seed, scores))
                    .isEqualTo(draw(Draw.gumbel(2).standardised(), Budget.documents(2), seed, scaled));
        }
        assertThat(draw(Draw.atLeast(1).standardised(), Budget.documents(5), 1, scores))
                .extracting(Drawn::ordinal)
                .containsExactly(4); // (4 − 2) / √2
        assertThat(draw(Draw.atLeast(0).standardised(), Budget.documents(5), 1, 7, 7))
                .hasSize(2);
    }

    @Test
    void valuesOutOfRange_areRefused() {
        assertThatThrownBy(() -> Draw.gumbel(0)).hasMessage("the temperature is 0.0; allowed is above 0 and finite");
        assertThatThrownBy(() -> Draw.topShare(1.5)).hasMessage("the share is 1.5; allowed is (0, 1]");
        assertThatThrownBy(() -> Draw.atLeast(Double.NaN))
                .hasMessage("the least score is NaN; allowed is a finite number");
        assertThatThrownBy(() -> Draw.multinomial(1, 0))
                .hasMessage("a document is drawn 0 times at most; allowed is 1 or more");
        assertThatThrownBy(() -> Draw.top().draw(InfluenceScores.of(1), ordinal -> -3, Budget.tokens(5), new Seed(1)))
                .hasMessage("document 0 costs -3 tokens; a cost is 0 or more");
        assertThatThrownBy(() -> draw(Draw.top().byGroup(ordinal -> -1), Budget.tokens(5), 1, 2))
                .hasMessage("document 0 is of the group -1; allowed is 0 or more");
    }
}
