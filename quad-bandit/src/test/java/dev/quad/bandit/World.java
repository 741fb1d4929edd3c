// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.Seed;
import dev.quad.Selection;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** A pool of ordinals with clusters, lengths and true utilities. */
final class World {
    final double[] utilities;
    final long[] tokens;
    final Clustering clustering;
    final CandidatePool<Integer> pool;
    final Budget budget;
    final SelectionOptions options;
    final Seed seed;
    UnaryOperator<QuadSelector.Builder<Integer>> wiring = builder -> builder;

    World(
            double[] utilities,
            long[] tokens,
            Clustering clustering,
            Budget budget,
            SelectionOptions options,
            Seed seed) {
        this.utilities = utilities;
        this.tokens = tokens;
        this.clustering = clustering;
        List<Integer> items = IntStream.range(0, utilities.length).boxed().toList();
        this.pool = CandidatePool.of(items, item -> tokens[item], "pool");
        this.budget = budget;
        this.options = options;
        this.seed = seed;
    }

    /** Small and varied: up to 120 documents in up to 10 clusters, some of them unscorable, some equal. */
    static World random(long key) {
        RandomGenerator random = new Seed(key).stream("world");
        int n = 1 + random.nextInt(120);
        int clusters = 1 + random.nextInt(Math.min(n, 10));
        int[] assignment =
                IntStream.range(0, n).map(i -> random.nextInt(clusters)).toArray();
        double[] means = random.doubles(clusters, -1, 1).toArray();
        boolean rough = random.nextBoolean();
        double[] utilities = new double[n];
        long[] tokens = new long[n];
        for (int i = 0; i < n; i++) {
            double utility = means[assignment[i]] + 0.5 * random.nextGaussian();
            utilities[i] = random.nextInt(20) == 0 ? Double.NaN : rough ? Math.rint(utility) : utility;
            tokens[i] = random.nextInt(40);
        }
        Budget budget = random.nextBoolean()
                ? Budget.documents(1 + random.nextInt(n + 5))
                : Budget.tokens(1 + random.nextInt(20 * n + 100));
        return new World(
                utilities, tokens, Clustering.of(assignment, clusters), budget, options(random), new Seed(key + 1));
    }

    private static SelectionOptions options(RandomGenerator random) {
        SelectionOptions.Builder options = SelectionOptions.builder();
        options.armSelector(List.of(Ucb1.spread(0.5), Ucb1.absolute(0.3), new RandomArms(), new GreedyArms())
                .get(random.nextInt(4)));
        if (random.nextBoolean()) {
            options.armsPerRound(1 + random.nextInt(4));
        }
        options.blockSize(random.nextBoolean() ? BlockSize.share(0.2) : BlockSize.documents(1 + random.nextInt(6)));
        options.acceptance(List.of(Acceptance.items(), Acceptance.blockMean(), Acceptance.blockMean(false))
                .get(random.nextInt(3)));
        if (random.nextBoolean()) {
            options.samplePerBlock(1 + random.nextInt(5));
        }
        options.threshold(List.of(
                        Threshold.quantile(random.nextDouble()),
                        Threshold.absolute(random.nextGaussian()),
                        Threshold.absolute(Double.POSITIVE_INFINITY),
                        Threshold.none())
                .get(random.nextInt(4)));
        options.pilot(1 + random.nextInt(20));
        if (random.nextInt(4) == 0) {
            options.maxRounds(1 + random.nextInt(10));
        }
        if (random.nextInt(4) == 0) {
            options.patience(1 + random.nextInt(5));
        }
        return options.build();
    }

    /** Whether the options can meet a pilot without any score. */
    boolean mayHaveEmptyPilot() {
        return options.threshold().needsPilot() && Arrays.stream(utilities).anyMatch(Double::isNaN);
    }

    World with(SelectionOptions other) {
        return new World(utilities, tokens, clustering, budget, other, seed);
    }

    World with(Budget other) {
        return new World(utilities, tokens, clustering, other, options, seed);
    }

    World scaled(double factor) {
        double[] scaled = Arrays.stream(utilities).map(u -> u * factor).toArray();
        return new World(scaled, tokens, clustering, budget, options, seed);
    }

    SimulatedEstimator estimator() {
        return new SimulatedEstimator(utilities);
    }

    QuadSelector.Builder<Integer> selector(SimulatedEstimator estimator) {
        return wiring.apply(QuadSelector.<Integer>builder(clustering, estimator)
                .options(options)
                .scoreBatch(7));
    }

    Selection select() {
        return select(estimator());
    }

    Selection select(SimulatedEstimator estimator) {
        return selector(estimator).build().select(pool, budget, seed);
    }

    Selection select(SimulatedEstimator estimator, Path journal) {
        return selector(estimator).journal(journal).build().select(pool, budget, seed);
    }
}
