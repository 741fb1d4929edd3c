// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.InfluenceEstimator;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/**
 * What must not matter: how items are cut into batches and parts, their order and company, padding, the number of
 * threads.
 */
class InvarianceProperties {
    private static final int[] ROWS = {2, 3, 1, 4, 2, 0, 5, 1, 3};
    private static final double TOLERANCE = 1e-12;

    private static Rows rows() {
        return Rows.of(new LayerShape("one", 5, 4, true), new LayerShape("two", 3, 6));
    }

    /** All that the engine makes of some items, in their order. */
    private record Results(List<double[]> curvatures, List<double[]> scores) {
        static Results of(Rows rows, List<Rows.Item> items, int batchTokens) {
            CurvatureFit<Rows.Item> fit =
                    CurvatureFit.of(rows, items, Fisher.empirical()).batchTokens(batchTokens);
            KroneckerFactors factors = fit.factors();
            List<double[]> curvatures = new ArrayList<>();
            for (int l = 0; l < 2; l++) {
                curvatures.add(factors.inputCovariance(l));
                curvatures.add(factors.outputCovariance(l));
                curvatures.add(fit.diagonal().eigenvalues(l));
                curvatures.add(Recomposed.of(fit.ekfac(factors), l));
                curvatures.add(Recomposed.of(fit.block(), l));
            }
            return new Results(curvatures, allScores(rows, items, items, fit.ekfac(factors), batchTokens));
        }

        Results inOrder(List<Integer> order) {
            return new Results(
                    curvatures, scores.stream().map(all -> at(all, order)).toList());
        }

        private static double[] at(double[] values, List<Integer> order) {
            return order.stream().mapToDouble(i -> values[i]).toArray();
        }

        void assertSame(Results expected, double tolerance) {
            assertClose(curvatures, expected.curvatures, tolerance);
            assertClose(scores, expected.scores, tolerance);
        }
    }

    private static void assertClose(List<double[]> found, List<double[]> expected, double tolerance) {
        for (int i = 0; i < found.size(); i++) {
            assertThat(Dense.distance(found.get(i), expected.get(i)))
                    .isLessThanOrEqualTo(tolerance * Dense.largest(expected.get(i)));
        }
    }

    /** Totals, self-influences and scores a token; scored against the items themselves. */
    private static List<double[]> allScores(
            Rows rows, List<Rows.Item> reference, List<Rows.Item> items, Curvature curvature, int batchTokens) {
        try (ReferenceDirection gradient =
                        ReferenceDirection.gradient(rows, ReferenceSet.of(reference), batchTokens, done -> {});
                ReferenceDirection direction = gradient.precondition(curvature, Damping.DEFAULT);
                SelfInfluence<Rows.Item> self = new SelfInfluence<>(rows, curvature, Damping.DEFAULT, batchTokens);
                InfluenceEstimator<Rows.Item> influence = Influence.of(rows)
                        .direction(direction)
                        .batchTokens(batchTokens)
                        .estimator()) {
            dev.quad.InfluenceScores scores = influence.score(items);
            return List.of(
                    new DirectionScores<>(rows, List.of(direction), batchTokens).total(items)[0],
                    self.of(items),
                    IntStream.range(0, items.size())
                            .mapToDouble(i -> scores.isScored(i) ? scores.value(i) : 0)
                            .toArray());
        }
    }

    @Property(tries = 10)
    void batches_ofAnySize_giveTheSame(
            @ForAll @LongRange(max = 49) long seed, @ForAll @IntRange(min = 1, max = 21) int batchTokens) {
        List<Rows.Item> items = rows().items(seed, ROWS);

        Results.of(rows(), items, batchTokens).assertSame(Results.of(rows(), items, 1000), TOLERANCE);
    }

    @Property(tries = 10)
    void order_ofTheItems_isThatOfTheResults(@ForAll @LongRange(max = 49) long seed) {
        List<Rows.Item> items = rows().items(seed, ROWS);
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, items.size()).boxed().toList());
        Collections.shuffle(order, new Random(seed));
        List<Rows.Item> shuffled = order.stream().map(items::get).toList();

        Results.of(rows(), shuffled, 4).assertSame(Results.of(rows(), items, 4).inOrder(order), TOLERANCE);
    }

    /** To the bit: work is cut by its shape. */
    @Property(tries = 5)
    void threads_anyNumber_giveTheSameBits(
            @ForAll @LongRange(max = 49) long seed, @ForAll @IntRange(min = 2, max = 5) int threads) {
        List<Rows.Item> items = rows().items(seed, ROWS);

        in(threads, items).assertSame(in(1, items), 0);
    }

    private static Results in(int threads, List<Rows.Item> items) {
        ForkJoinPool pool = new ForkJoinPool(threads);
        try {
            return pool.submit(() -> Results.of(rows(), items, 7)).join();
        } finally {
            pool.shutdown();
        }
    }

    /**
     * Rows of padding carry no gradient: nothing that is made of gradients changes; but A would, if they were counted.
     */
    @Property(tries = 10)
    void padding_withoutGradient_changesNothingButTheInputFactor(
            @ForAll @LongRange(max = 49) long seed, @ForAll @IntRange(min = 1, max = 4) int pads) {
        List<Rows.Item> items = rows().items(seed, ROWS);
        List<Rows.Item> padded = items.stream().map(item -> padded(item, pads)).toList();
        CurvatureFit<Rows.Item> plain = CurvatureFit.of(rows(), items, Fisher.empirical());
        CurvatureFit<Rows.Item> with = CurvatureFit.of(rows(), padded, Fisher.empirical());
        KroneckerFactors factors = plain.factors();
        List<double[]> grids =
                List.of(plain.diagonal().eigenvalues(0), plain.block().eigenvalues(0));
        // the item without rows counts as one once it is padded
        double more = 9.0 / 8;

        assertClose(
                List.of(
                        Dense.scaled(with.diagonal().eigenvalues(0), more),
                        Dense.scaled(with.block().eigenvalues(0), more)),
                grids,
                1e-10);
        assertThat(allScores(rows(), items, items, plain.ekfac(factors), 5).get(0))
                .satisfies(scores -> assertClose(
                        List.of(Dense.scaled(
                                allScores(rows(), padded, padded, plain.ekfac(factors), 5)
                                        .get(0),
                                (21.0 + 9 * pads) / 21)),
                        List.of(scores),
                        1e-10));
        double moved = Recomposed.distance(with.factors().inputCovariance(1), factors.inputCovariance(1));
        assertThat(moved).isGreaterThan(0.05);
        Shown.counterExample(
                "counting rows of padding in the covariances does no harm",
                "seed %d, %d rows an item: the input factor is off by %.2f of its norm",
                seed,
                pads,
                moved);
    }

    /** Rows of large inputs with zero gradients at the end of an item. */
    private static Rows.Item padded(Rows.Item item, int pads) {
        double[][][] x = new double[2][][];
        double[][][] delta = new double[2][][];
        for (int l = 0; l < 2; l++) {
            LayerShape layer = rows().layers().get(l);
            x[l] = Arrays.copyOf(item.x()[l], item.rows() + pads);
            delta[l] = Arrays.copyOf(item.delta()[l], item.rows() + pads);
            for (int t = item.rows(); t < x[l].length; t++) {
                x[l][t] = new double[layer.inputs()];
                Arrays.fill(x[l][t], 3);
                delta[l][t] = new double[layer.outputs()];
            }
        }
        return new Rows.Item(x, delta);
    }

    /** Factors of any parts, uneven ones and empty ones, merge to those of the whole. */
    @Property(tries = 20)
    void parts_ofAnySize_mergeToTheWhole(
            @ForAll @LongRange(max = 49) long seed, @ForAll @IntRange(min = 1, max = 8) int cut) {
        List<Rows.Item> items = rows().items(seed, ROWS);
        KroneckerFactors whole = KroneckerFactors.fit(rows(), items, Fisher.empirical());
        KroneckerFactors merged = KroneckerFactors.merge(List.of(
                KroneckerFactors.fit(rows(), items.subList(cut, items.size()), Fisher.empirical()),
                KroneckerFactors.fit(rows(), items.subList(0, cut), Fisher.empirical())));

        assertThat(merged.tokens()).isEqualTo(whole.tokens()).isEqualTo(21);
        assertThat(merged.items()).isEqualTo(whole.items()).isEqualTo(8);
        for (int l = 0; l < 2; l++) {
            assertClose(
                    List.of(merged.inputCovariance(l), merged.outputCovariance(l)),
                    List.of(whole.inputCovariance(l), whole.outputCovariance(l)),
                    TOLERANCE);
        }
    }

    /** A query scores the same in company as alone, and an item the same among others as alone. */
    @Property(tries = 10)
    void queriesAndItems_scoreTheSameAloneAndTogether(@ForAll @LongRange(max = 49) long seed) {
        Rows rows = rows();
        List<Rows.Item> items = rows.items(seed, 2, 3, 1);
        Curvature ekfac =
                CurvatureFit.of(rows, items, Fisher.sampled(new Seed(1), 1)).ekfac();
        List<ReferenceDirection> directions = new ArrayList<>();
        try {
            for (Rows.Item query : rows.items(seed + 500, 1, 4, 2)) {
                try (ReferenceDirection gradient = ReferenceDirection.gradient(rows, ReferenceSet.of(List.of(query)))) {
                    directions.add(gradient.precondition(ekfac, Damping.DEFAULT));
                }
            }
            double[][] together = new DirectionScores<>(rows, directions, 1000).total(items);
            for (int q = 0; q < directions.size(); q++) {
                for (int n = 0; n < items.size(); n++) {
                    double alone = new DirectionScores<>(rows, directions.subList(q, q + 1), 1000)
                            .total(items.subList(n, n + 1))[0][0];
                    assertThat(Math.abs(alone - together[q][n])).isLessThan(TOLERANCE * Dense.largest(together[q]));
                }
            }
        } finally {
            directions.forEach(ReferenceDirection::close);
        }
    }
}
