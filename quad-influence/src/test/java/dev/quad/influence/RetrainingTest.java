// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.ReferenceSet;
import dev.quad.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Do scores predict what training does? Against hundreds of retrainings: linear datamodeling score (Park et al., 2023,
 * TRAK; Ilyas et al., 2022), leaving out one item, removing the best, finding wrong labels.
 */
class RetrainingTest {
    private static final int TRAIN = 120;
    private static final int QUERIES = 40;
    private static final int SUBSETS = 200;
    private static final double L2 = 0.01;

    /** Correlated inputs of unequal size, labelled by another network, every tenth label at random. */
    private static List<Mlp.Item> items(long seed, String name, int count, int inputs, int classes) {
        Mlp teacher = Mlp.random(99, true, inputs, 6, classes);
        RandomGenerator random = new Seed(seed).stream(name);
        List<Mlp.Item> items = new ArrayList<>();
        for (int n = 0; n < count; n++) {
            double[] x = new double[inputs];
            double common = random.nextGaussian();
            for (int j = 0; j < inputs; j++) {
                x[j] = (random.nextGaussian() + common) * 2 / (1 + j);
            }
            double[] z = teacher.outputs(new Mlp.Item(n, new double[][] {x}, new int[1]))[0];
            int label = IntStream.range(0, classes)
                    .boxed()
                    .max(Comparator.comparingDouble(c -> z[c]))
                    .orElseThrow();
            label = random.nextInt(10) == 0 ? random.nextInt(classes) : label;
            items.add(new Mlp.Item(n, new double[][] {x}, new int[] {label}));
        }
        return items;
    }

    /** Scores of all training items for each query, {@code queries × items}. */
    private static double[][] scores(Mlp network, List<Mlp.Item> queries, List<Mlp.Item> train, Curvature curvature) {
        List<ReferenceDirection> directions = new ArrayList<>();
        try {
            for (Mlp.Item query : queries) {
                directions.add(direction(network, List.of(query), curvature));
            }
            return new DirectionScores<>(network, directions, 1000).total(train);
        } finally {
            directions.forEach(ReferenceDirection::close);
        }
    }

    private static ReferenceDirection direction(Mlp network, List<Mlp.Item> queries, Curvature curvature) {
        try (ReferenceDirection gradient = ReferenceDirection.gradient(network, ReferenceSet.of(queries))) {
            return gradient.precondition(curvature, Damping.absolute(L2));
        }
    }

    private static <T> List<T> at(List<T> all, int... indices) {
        return Arrays.stream(indices).mapToObj(all::get).toList();
    }

    /** Halves of the training items, drawn at random. */
    private static int[][] subsets() {
        Random random = new Random(5);
        return IntStream.range(0, SUBSETS)
                .mapToObj(s -> {
                    List<Integer> all =
                            new ArrayList<>(IntStream.range(0, TRAIN).boxed().toList());
                    Collections.shuffle(all, random);
                    return all.stream()
                            .limit(TRAIN / 2)
                            .mapToInt(i -> i)
                            .sorted()
                            .toArray();
                })
                .toArray(int[][]::new);
    }

    /** What each query gains from each subset, {@code queries × subsets}: minus its loss after training on it. */
    private static double[][] gains(
            MlpTraining training, List<Mlp.Item> train, List<Mlp.Item> queries, int[]... subsets) {
        List<Mlp> networks = Arrays.stream(subsets)
                .parallel()
                .map(subset -> training.on(at(train, subset)))
                .toList();
        return queries.stream()
                .map(query -> networks.stream()
                        .mapToDouble(network -> -network.loss(query))
                        .toArray())
                .toArray(double[][]::new);
    }

    /** The scores of a subset's items, added: {@code queries × subsets}. */
    private static double[][] predicted(double[][] scores, int[]... subsets) {
        return Arrays.stream(scores)
                .map(row -> Arrays.stream(subsets)
                        .mapToDouble(subset ->
                                Arrays.stream(subset).mapToDouble(i -> row[i]).sum())
                        .toArray())
                .toArray(double[][]::new);
    }

    private static double score(double[][] predicted, double[][] gains, int[] queries, int[] subsets) {
        return Arrays.stream(queries)
                .mapToDouble(q -> Ranks.spearman(at(predicted[q], subsets), at(gains[q], subsets)))
                .average()
                .orElseThrow();
    }

    private static double[] at(double[] values, int... indices) {
        return Arrays.stream(indices).mapToDouble(i -> values[i]).toArray();
    }

    /**
     * The 2.5 and 97.5 % points of the difference of two scores, over draws of queries and of subsets with replacement.
     */
    private static double[] interval(double[][] better, double[][] worse, double[][] gains) {
        Random random = new Random(7);
        double[] differences = IntStream.range(0, 400)
                .mapToObj(draw -> new int[][] {
                    random.ints(QUERIES, 0, QUERIES).toArray(),
                    random.ints(SUBSETS, 0, SUBSETS).toArray()
                })
                .mapToDouble(draw -> score(better, gains, draw[0], draw[1]) - score(worse, gains, draw[0], draw[1]))
                .sorted()
                .toArray();
        return new double[] {differences[9], differences[389]};
    }

    private static void assertEkfacIsAboveIdentity(String name, Mlp start, double rate, double least) {
        List<Mlp.Item> train = items(1, "train", TRAIN, start.layers().get(0).inputs(), start.classes());
        List<Mlp.Item> queries =
                items(1, "queries", QUERIES, start.layers().get(0).inputs(), start.classes());
        MlpTraining training = new MlpTraining(start, L2, rate, 600);
        Mlp network = training.on(train);
        assertThat(training.gradientNorm(network, train)).isLessThan(1e-2);
        CurvatureFit<Mlp.Item> fit = CurvatureFit.of(network, train, Fisher.exact(1, start.classes()));
        int[][] subsets = subsets();
        double[][] gains = gains(training, train, queries, subsets);
        double[][] identity = predicted(scores(network, queries, train, fit.identity()), subsets);
        double[][] ekfac = predicted(scores(network, queries, train, fit.ekfac()), subsets);
        int[] all = IntStream.range(0, QUERIES).toArray();
        int[] every = IntStream.range(0, SUBSETS).toArray();
        double[] interval = interval(ekfac, identity, gains);
        Shown.figure(
                "linear datamodeling score, %s, %d retrainings: identity %.3f, EK-FAC %.3f, difference %.3f to %.3f"
                        + " (95 %%)",
                name,
                SUBSETS,
                score(identity, gains, all, every),
                score(ekfac, gains, all, every),
                interval[0],
                interval[1]);

        assertThat(interval[0]).isPositive();
        assertThat(score(ekfac, gains, all, every)).isGreaterThan(least);
    }

    @Test
    void linearDatamodelingScore_ofARegression_isHigherWithEkfac() {
        assertEkfacIsAboveIdentity("logistic regression", Mlp.random(3, true, 8, 3), 0.2, 0.8);
    }

    @Test
    void linearDatamodelingScore_ofASmallNetwork_isHigherWithEkfac() {
        assertEkfacIsAboveIdentity("network of 8, 8 and 3", Mlp.random(3, true, 8, 8, 3), 0.2, 0.4);
    }

    /** The whole Hessian of a regression predicts leaving out each item: 120 retrainings. */
    @Test
    void leavingOutOne_ofARegression_isPredicted() {
        Mlp start = Mlp.random(3, true, 4, 3);
        List<Mlp.Item> train = items(1, "train", TRAIN, 4, 3);
        List<Mlp.Item> queries = items(1, "queries", 10, 4, 3);
        MlpTraining training = new MlpTraining(start, L2, 0.2, 2000);
        Mlp network = training.on(train);
        assertThat(training.gradientNorm(network, train)).isLessThan(1e-6);
        Curvature hessian = CurvatureFit.of(network, train, Fisher.exact(1, 3)).block();
        double[][] scores = scores(network, queries, train, hessian);
        int[][] without = IntStream.range(0, TRAIN)
                .mapToObj(
                        left -> IntStream.range(0, TRAIN).filter(i -> i != left).toArray())
                .toArray(int[][]::new);
        // from the optimum of all, since there is only one near it
        double[][] gains = gains(new MlpTraining(network, L2, 0.2, 400), train, queries, without);
        for (int q = 0; q < queries.size(); q++) {
            double before = network.loss(queries.get(q));
            double[] change =
                    Arrays.stream(gains[q]).map(gain -> -gain - before).toArray();

            assertThat(Ranks.correlation(scores[q], change)).as("query %d", q).isGreaterThanOrEqualTo(0.98);
        }
    }

    /** Without the tenth that scores best the reference loss rises more than without any tenth of 20 at random. */
    @Test
    void removingTheBest_hurtsMoreThanRemovingAtRandom() {
        Mlp start = Mlp.random(3, true, 8, 8, 3);
        List<Mlp.Item> train = items(1, "train", TRAIN, 8, 3);
        List<Mlp.Item> queries = items(1, "queries", QUERIES, 8, 3);
        MlpTraining training = new MlpTraining(start, L2, 0.2, 600);
        Mlp network = training.on(train);
        Curvature ekfac = CurvatureFit.of(network, train, Fisher.exact(1, 3)).ekfac();
        double[] scores;
        try (ReferenceDirection direction = direction(network, queries, ekfac)) {
            scores = new DirectionScores<>(network, List.of(direction), 1000).total(train)[0];
        }
        List<Integer> worstFirst = IntStream.range(0, TRAIN)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> scores[i]))
                .toList();
        int kept = TRAIN - TRAIN / 10;
        double before = network.loss(queries);
        double withoutBest = training.on(
                        worstFirst.subList(0, kept).stream().map(train::get).toList())
                .loss(queries);
        double withoutWorst = training.on(worstFirst.subList(TRAIN / 10, TRAIN).stream()
                        .map(train::get)
                        .toList())
                .loss(queries);
        Random random = new Random(3);
        double[] atRandom = IntStream.range(0, 20)
                .mapToDouble(draw -> {
                    List<Mlp.Item> shuffled = new ArrayList<>(train);
                    Collections.shuffle(shuffled, random);
                    return training.on(shuffled.subList(0, kept)).loss(queries);
                })
                .sorted()
                .toArray();
        Shown.figure(
                "reference loss %.3f; without the best tenth %.3f, without the worst %.3f, without a random one %.3f to %.3f",
                before / QUERIES,
                withoutBest / QUERIES,
                withoutWorst / QUERIES,
                atRandom[0] / QUERIES,
                atRandom[19] / QUERIES);

        assertThat(withoutBest).isGreaterThan(atRandom[19]);
        assertThat(withoutWorst).isLessThan(atRandom[0]);
    }

    /** One label in ten is wrong; the self-influence of those items is high. */
    @Test
    void wrongLabels_haveHighSelfInfluence() {
        List<Mlp.Item> clean = items(1, "train", 300, 8, 3);
        Random random = new Random(11);
        boolean[] wrong = new boolean[300];
        List<Mlp.Item> train = new ArrayList<>();
        for (int n = 0; n < 300; n++) {
            Mlp.Item item = clean.get(n);
            wrong[n] = n % 10 == 3;
            train.add(
                    wrong[n]
                            ? new Mlp.Item(
                                    item.key(), item.x(), new int[] {(item.labels()[0] + 1 + random.nextInt(2)) % 3})
                            : item);
        }
        Mlp network = new MlpTraining(Mlp.random(3, true, 8, 8, 3), L2, 0.2, 600).on(train);
        Curvature ekfac = CurvatureFit.of(network, train, Fisher.exact(1, 3)).ekfac();
        double[] values;
        try (SelfInfluence<Mlp.Item> self = new SelfInfluence<>(network, ekfac, Damping.absolute(L2), 1000)) {
            values = self.of(train);
        }
        double area = Ranks.areaUnderCurve(values, wrong);
        Shown.figure("wrong labels by self-influence: area under the curve %.3f", area);

        assertThat(area).isGreaterThan(0.8);
    }
}
