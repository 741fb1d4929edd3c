// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Budget;
import dev.quad.Draw;
import dev.quad.Draw.Drawn;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import java.util.List;
import java.util.function.IntToLongFunction;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** What every {@link Draw} promises, of scores that the contract makes. */
public abstract class DrawContract {
    private static final int SIZE = 120;
    private static final int SEEDS = 20;

    /** A new draw, always the same; for scores between about -3 and 3. */
    protected abstract Draw draw();

    /**
     * Whether it takes whatever is scored while it fits, as one with a threshold does not; unless overridden it does.
     */
    protected boolean takesAll() {
        return true;
    }

    private Draw tested() {
        return Answers.made("draw()", draw());
    }

    /** Normal ones, every seventh without. */
    private static InfluenceScores scores(int size) {
        RandomGenerator random = new Seed(27_182).stream("testkit.draw");
        InfluenceScores.Builder scores = InfluenceScores.builder();
        for (int i = 0; i < size; i++) {
            if (i % 7 == 3) {
                scores.flag("every seventh has none");
            } else {
                scores.add(random.nextGaussian());
            }
        }
        return scores.build();
    }

    private static long tokens(int ordinal) {
        return 1 + ordinal * 7L % 11;
    }

    private static final IntToLongFunction TOKENS = DrawContract::tokens;

    private List<Drawn> draw(Draw draw, InfluenceScores scores, Budget budget, long seed) {
        String call = "draw(" + scores.size() + " scores, " + budget + ", seed " + seed + ")";
        List<Drawn> drawn = Answers.given(call, draw.draw(scores, TOKENS, budget, new Seed(seed)));
        assertThat(drawn.stream().map(Drawn::ordinal))
                .as("the ordinals of %s, each once, of documents that have a score", call)
                .doesNotHaveDuplicates()
                .allMatch(ordinal -> ordinal < scores.size() && scores.isScored(ordinal));
        long spent = spent(drawn, budget);
        assertThat(spent).as("what %s costs, as often as the weights say", call).isLessThanOrEqualTo(budget.limit());
        if (takesAll()) {
            boolean isFull = spent == budget.limit()
                    || IntStream.range(0, scores.size())
                            .filter(scores::isScored)
                            .anyMatch(i -> budget.cost(tokens(i)) > budget.limit() - spent);
            long scored =
                    IntStream.range(0, scores.size()).filter(scores::isScored).count();
            assertThat(isFull || drawn.size() == scored)
                    .as("whether %s filled the budget or took all: %s spent, %s documents", call, spent, drawn.size())
                    .isTrue();
        }
        return drawn;
    }

    private static long spent(List<Drawn> drawn, Budget budget) {
        return drawn.stream()
                .mapToLong(one -> one.weight() * budget.cost(tokens(one.ordinal())))
                .sum();
    }

    /** Budgets of one, of some, of all and above, in documents and tokens; of many scores, of one and of none. */
    @Test
    public void draw_anyBudget_isNotExceeded() {
        for (int size : new int[] {0, 1, SIZE}) {
            for (long limit : new long[] {1, 5, SIZE, Integer.MAX_VALUE, Long.MAX_VALUE}) {
                draw(tested(), scores(size), Budget.documents(limit), 3);
                draw(tested(), scores(size), Budget.tokens(limit), 4);
            }
        }
    }

    /** The same arguments give the same: twice in a row, after others, from another instance, with other threads. */
    @Test
    public void draw_again_isTheSame() {
        Draw draw = tested();
        Budget budget = Budget.tokens(200);
        List<Drawn> first = draw(draw, scores(SIZE), budget, 3);
        assertThat(draw(draw, scores(SIZE), budget, 3)).as("asked twice").isEqualTo(first);
        draw(draw, scores(SIZE / 2), Budget.documents(7), 5);
        assertThat(draw(draw, scores(SIZE), budget, 3))
                .as("asked after another")
                .isEqualTo(first);
        assertThat(draw(tested(), scores(SIZE), budget, 3))
                .as("asked of another instance")
                .isEqualTo(first);
        assertThat(Threads.in(3, () -> draw(tested(), scores(SIZE), budget, 3)))
                .as("asked by other threads")
                .isEqualTo(first);
    }

    /** The default locale and time zone of the machine change nothing. */
    @Test
    @ResourceLock(Resources.GLOBAL)
    public void draw_otherLanguages_isTheSame() {
        List<Drawn> first = draw(tested(), scores(SIZE), Budget.tokens(200), 3);
        String id = tested().id();
        assertThat(id).as("id()").isNotBlank();
        Elsewhere.each(where -> {
            assertThat(draw(tested(), scores(SIZE), Budget.tokens(200), 3))
                    .as("the draw %s", where)
                    .isEqualTo(first);
            assertThat(tested().id()).as("id() %s", where).isEqualTo(id);
        });
    }

    /** High scores are chosen rather than low ones, on average over seeds. */
    @Test
    public void draw_prefersHighScores() {
        InfluenceScores scores = scores(SIZE);
        double sum = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            sum += draw(tested(), scores, Budget.documents(SIZE / 10), seed).stream()
                    .mapToDouble(one -> scores.value(one.ordinal()))
                    .average()
                    .orElse(Double.NEGATIVE_INFINITY);
        }
        double mean = IntStream.range(0, SIZE)
                .filter(scores::isScored)
                .mapToDouble(scores::value)
                .average()
                .orElseThrow();
        assertThat(sum / SEEDS)
                .as("the mean score of a tenth that was drawn, over %s seeds; that of all is below", SEEDS)
                .isGreaterThan(mean);
    }
}
