// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Budget;
import dev.quad.Draw;
import dev.quad.Draw.Drawn;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.IntToLongFunction;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** What every {@link Draw} promises, of scores that the contract makes. */
public abstract class DrawContract {
    private static final int SIZE = 120;
    private static final int SEEDS = 20;
    private static final int SMALL = 10;
    private static final int TIMES = 100;
    private static final int CALLS_OF_THREADS = 2000;
    private static final double CRUMB = 200;

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

    /** Whole ones, most of them several times, of which a third is 0. */
    private static InfluenceScores ties(int size) {
        InfluenceScores.Builder scores = InfluenceScores.builder();
        for (int i = 0; i < size; i++) {
            scores.add(i % 3 - 1);
        }
        return scores.build();
    }

    private List<Drawn> draw(Draw draw, InfluenceScores scores, Budget budget, long seed) {
        return draw(draw, scores, TOKENS, budget, seed);
    }

    private List<Drawn> draw(Draw draw, InfluenceScores scores, IntToLongFunction tokens, Budget budget, long seed) {
        String call = "draw(" + scores.size() + " scores, " + budget + ", seed " + seed + ")";
        List<Drawn> drawn = Answers.given(call, draw.draw(scores, tokens, budget, new Seed(seed)));
        Set<Integer> ordinals = drawn.stream().map(Drawn::ordinal).collect(Collectors.toSet());
        assertThat(drawn.stream().map(Drawn::ordinal))
                .as("the ordinals of %s, each once, of documents that have a score", call)
                .doesNotHaveDuplicates()
                .allMatch(ordinal -> ordinal < scores.size() && scores.isScored(ordinal));
        long left = budget.limit();
        for (Drawn one : drawn) {
            long cost = budget.cost(tokens.applyAsLong(one.ordinal()));
            assertThat(cost)
                    .as("what %s costs, of which %s are left in %s", one, left, call)
                    .isLessThanOrEqualTo(left / one.weight());
            left -= one.weight() * cost;
        }
        if (takesAll()) {
            double rest = left;
            int most = drawn.stream().mapToInt(Drawn::weight).max().orElse(1);
            IntPredicate fits = i -> (double) most * budget.cost(tokens.applyAsLong(i)) <= rest;
            int[] scored =
                    IntStream.range(0, scores.size()).filter(scores::isScored).toArray();
            boolean isFull = left == 0
                    || ordinals.size() == scored.length
                    || (left < budget.limit() / CRUMB
                            ? !IntStream.of(scored).allMatch(fits)
                            : IntStream.of(scored)
                                    .filter(i -> !ordinals.contains(i))
                                    .noneMatch(fits));
            assertThat(isFull)
                    .as(
                            "whether %s took all that fits, until one does not and less than 1/200 is left: %s left,"
                                    + " %s documents taken",
                            call, left, drawn.size())
                    .isTrue();
        }
        return drawn;
    }

    /** Budgets of one, of some, of all and above, in documents and tokens; of many scores, of one and of none. */
    @Test
    public void draw_anyBudget_isNotExceeded() {
        for (int size : new int[] {0, 1, SIZE}) {
            for (long limit : new long[] {1, 5, SIZE, Integer.MAX_VALUE, Long.MAX_VALUE}) {
                for (InfluenceScores scores : List.of(scores(size), ties(size))) {
                    draw(tested(), scores, Budget.documents(limit), 3);
                    draw(tested(), scores, Budget.tokens(limit), 4);
                }
            }
        }
    }

    /** Costs whose sum is above the largest of their type, or whose lower half is that of a small one. */
    @Test
    public void draw_largeCosts_areWholeNumbersOf64Bits() {
        for (long cost : new long[] {Integer.MAX_VALUE, (1L << 32) + 1, Long.MAX_VALUE / 2}) {
            for (long limit : new long[] {cost, cost + cost / 2, 2 * cost, Long.MAX_VALUE}) {
                draw(tested(), scores(SIZE), ordinal -> cost - ordinal % 2, Budget.tokens(limit), 5);
            }
        }
    }

    /** One that did not fit ends nothing while a 200th of the budget is left, nor does less left while all fit. */
    @Test
    public void draw_a200thLeft_goesOn() {
        for (long seed = 0; seed < SEEDS; seed++) {
            draw(tested(), smallThenLarge(), large(1990), Budget.tokens(2000), seed);
            draw(tested(), smallThenLarge(), large(1700), Budget.tokens(2000), seed);
        }
        draw(tested(), scores(2500), ordinal -> 1, Budget.tokens(2000), 6);
        draw(tested(), scores(2500), TOKENS, Budget.documents(2000), 7);
    }

    /** It ends once one did not fit and less than a 200th is left, which is so after the second large one. */
    @Test
    public void draw_lessThanA200thLeft_ends() {
        int wentOn = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            List<Drawn> drawn = draw(tested(), smallThenLarge(), large(1995), Budget.tokens(2000), seed);
            boolean isAfter =
                    drawn.stream().dropWhile(one -> one.ordinal() < SMALL).anyMatch(one -> one.ordinal() < SMALL);
            wentOn += isAfter ? 1 : 0;
        }
        assertThat(wentOn)
                .as(
                        "of %s draws, those that took a document of 1 token with less than 1/200 of the budget left, though"
                                + " %s that do not fit have higher scores",
                        SEEDS, SIZE - SMALL - 1)
                .isLessThan(SEEDS / 2);
    }

    private static InfluenceScores smallThenLarge() {
        InfluenceScores.Builder scores = InfluenceScores.builder();
        for (int i = 0; i < SIZE; i++) {
            scores.add((i < SMALL ? -1 : 1) + 1e-3 * i);
        }
        return scores.build();
    }

    private static IntToLongFunction large(long tokens) {
        return ordinal -> ordinal < SMALL ? 1 : tokens;
    }

    /**
     * The same arguments give the same: a hundred times in a row, after others, from another instance, with other
     * threads; in a list that no other call changes.
     */
    @Test
    public void draw_again_isTheSame() {
        Draw draw = tested();
        String id = draw.id();
        Budget budget = Budget.tokens(200);
        List<Drawn> given = draw(draw, scores(SIZE), budget, 3);
        List<Drawn> first = List.copyOf(given);
        for (int time = 0; time < TIMES; time++) {
            assertThat(draw(draw, scores(SIZE), budget, 3))
                    .as("asked again, time %s", time)
                    .isEqualTo(first);
        }
        draw(draw, scores(SIZE / 2), Budget.documents(7), 5);
        assertThat(given).as("the list of before, after another call").isEqualTo(first);
        assertThat(draw(draw, scores(SIZE), budget, 3))
                .as("asked after another")
                .isEqualTo(first);
        Draw other = tested();
        draw(other, scores(SIZE), budget, 5);
        assertThat(draw(other, scores(SIZE), budget, 3))
                .as("asked of another instance, after another seed")
                .isEqualTo(first);
        assertThat(Threads.in(3, () -> draw(tested(), scores(SIZE), budget, 3)))
                .as("asked by other threads")
                .isEqualTo(first);
        assertThat(draw.id()).as("id() after use").isEqualTo(id);
    }

    /** Several threads may ask one instance at once, for different things. */
    @Test
    public void draw_manyThreads_isTheSame() {
        List<InfluenceScores> scores = List.of(scores(SIZE), ties(SIZE / 2), scores(SIZE / 3));
        Budget budget = Budget.tokens(100);
        List<List<Drawn>> expected = IntStream.range(0, scores.size())
                .mapToObj(i -> draw(tested(), scores.get(i), budget, i))
                .toList();
        Draw draw = tested();
        Threads.manyTimes(CALLS_OF_THREADS, call -> {
            int which = call % scores.size();
            assertThat(draw(draw, scores.get(which), budget, which))
                    .as("asked by four threads, of %s scores", scores.get(which).size())
                    .isEqualTo(expected.get(which));
        });
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
