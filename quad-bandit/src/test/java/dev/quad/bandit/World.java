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
        List<dev.quad.ArmSelector> policies = new java.util.ArrayList<>(Policies.learning());
        policies.addAll(Policies.blind());
        options.armSelector(policies.get(random.nextInt(policies.size())));
        if (random.nextBoolean()) {
            options.armsPerRound(1 + random.nextInt(4));
        }
        options.blockSize(
                List.of(BlockSize.share(0.2), BlockSize.shareOfRest(0.4), BlockSize.documents(1 + random.nextInt(6)))
                        .get(random.nextInt(3)));
        options.acceptance(List.of(
                        Acceptance.items(),
                        Acceptance.blockMean(),
                        Acceptance.blockMean(false),
                        Acceptance.blockLowerBound(1),
                        Acceptance.topFraction(0.5))
                .get(random.nextInt(5)));
        options.memory(List.of(Memory.forever(), Memory.forever(), Memory.discounted(0.8), Memory.window(3))
                .get(random.nextInt(4)));
        options.order(List.of(Order.shuffled(), Order.pool(), Order.by("key", i -> i % 7))
                .get(random.nextInt(3)));
        options.credit(random.nextBoolean() ? Credit.items() : Credit.pulls());
        if (random.nextInt(3) == 0) {
            options.rejected(Rejected.retried(1 + random.nextInt(2)));
        }
        if (random.nextInt(4) == 0) {
            options.redundancy(new Redundancy(
                    "vectors",
                    i -> new float[] {i % 3 - 1, i % 5},
                    20,
                    random.nextBoolean() ? Redundancy.OnNegative.COUNT_AS_ZERO : Redundancy.OnNegative.ALLOW));
        }
        if (random.nextBoolean()) {
            options.samplePerBlock(1 + random.nextInt(5));
        }
        options.threshold(List.of(
                        Threshold.quantile(random.nextDouble()),
                        Threshold.adaptive(1, 0.3, 0.1, 2),
                        Threshold.absolute(random.nextGaussian()),
                        Threshold.absolute(Double.POSITIVE_INFINITY),
                        Threshold.none())
                .get(random.nextInt(5)));
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
