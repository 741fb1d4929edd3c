// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import dev.quad.ArmSelector;
import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.Selection.Choice;
import dev.quad.SelectionListener;
import dev.quad.bandit.Acceptance;
import dev.quad.bandit.BlockSize;
import dev.quad.bandit.FirstPull;
import dev.quad.bandit.Interval;
import dev.quad.bandit.QuadSelector;
import dev.quad.bandit.RandomArms;
import dev.quad.bandit.SelectionOptions;
import dev.quad.bandit.Threshold;
import dev.quad.bandit.Ucb1;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * How much exploration is worth: the published weight α = 1e-4 is nearly greedy where clusters differ by a thousandth.
 *
 * <p>1,000 clusters of 20 blocks of 10 documents, their means normal with deviation 0.002 around 0.001, documents
 * normal around them with deviation 0.003; 50 clusters a round, every block judged by its mean against 0.002, budget
 * 500 blocks. The index is that of the paper's code: T + 1 under the root, unknown clusters taken to be worth the
 * threshold.
 *
 * <pre>{@code
 * mvn -B -q -Dquick -pl examples -am test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -cp "examples/target/classes:$(cat examples/target/classpath)" dev.quad.examples.AlphaTable
 * }</pre>
 */
public final class AlphaTable {
    private static final int CLUSTERS = 1000;
    private static final int BLOCK = 10;
    private static final int BLOCKS = 20;
    private static final double THRESHOLD = 0.002;

    private AlphaTable() {}

    /** A line of the table: means over the seeds with 95 % intervals. */
    public record Row(
            Interval rounds, Interval touched, Interval inSelection, Interval effective, Interval meanUtility) {}

    /** The table for seeds {@code 0 .. seeds - 1}; by policy, in order. */
    public static Map<String, Row> run(int seeds) {
        Map<String, ArmSelector> policies = new LinkedHashMap<>();
        for (double alpha : new double[] {0, 1e-4, 1e-3, 2e-3, 1e-2}) {
            policies.put("alpha " + alpha, Ucb1.absolute(alpha).plusOne().firstPull(FirstPull.optimistic(THRESHOLD)));
        }
        policies.put("first tried once, alpha 1.0E-4", Ucb1.absolute(1e-4));
        policies.put("random clusters", new RandomArms());
        Map<String, List<Result>> results = new LinkedHashMap<>();
        for (int seed = 0; seed < seeds; seed++) {
            World world = new World(new Seed(seed));
            policies.forEach((name, policy) ->
                    results.computeIfAbsent(name, key -> new ArrayList<>()).add(world.play(policy)));
        }
        Map<String, Row> table = new LinkedHashMap<>();
        results.forEach((name, list) -> table.put(
                name,
                new Row(
                        Interval.of(list.stream().mapToDouble(Result::rounds).toArray()),
                        Interval.of(list.stream().mapToDouble(Result::touched).toArray()),
                        Interval.of(
                                list.stream().mapToDouble(Result::inSelection).toArray()),
                        Interval.of(list.stream().mapToDouble(Result::effective).toArray()),
                        Interval.of(
                                list.stream().mapToDouble(Result::meanUtility).toArray()))));
        return table;
    }

    private record Result(double rounds, double touched, double inSelection, double effective, double meanUtility) {}

    /** The clusters and documents of a seed. */
    private static final class World {
        private final Seed seed;
        private final double[] means;
        private final double[] utilities;
        private final Clustering clustering;
        private final CandidatePool<Integer> pool;

        World(Seed seed) {
            this.seed = seed;
            RandomGenerator random = seed.stream("alpha.world");
            this.means = IntStream.range(0, CLUSTERS)
                    .mapToDouble(i -> 0.001 + 0.002 * random.nextGaussian())
                    .toArray();
            int documents = CLUSTERS * BLOCKS * BLOCK;
            this.utilities = IntStream.range(0, documents)
                    .mapToDouble(i -> means[i % CLUSTERS] + 0.003 * random.nextGaussian())
                    .toArray();
            this.clustering = Clustering.of(
                    IntStream.range(0, documents).map(i -> i % CLUSTERS).toArray(), CLUSTERS);
            this.pool = CandidatePool.of(
                    IntStream.range(0, documents).boxed().toList(), document -> 1, "alpha " + seed.value());
        }

        Result play(ArmSelector policy) {
            Set<Integer> touched = new HashSet<>();
            Selection selection = QuadSelector.<Integer>builder(clustering, new Known(utilities))
                    .options(SelectionOptions.builder()
                            .armSelector(policy)
                            .armsPerRound(50)
                            .blockSize(BlockSize.documents(BLOCK))
                            .samplePerBlock(BLOCK)
                            .acceptance(Acceptance.blockMean(false))
                            .threshold(Threshold.absolute(THRESHOLD))
                            .overshoot(true)
                            .build())
                    .listener(new SelectionListener() {
                        @Override
                        public void onRoundFinished(RoundFinished event) {
                            event.pulls().forEach(pull -> touched.add(pull.arm()));
                        }
                    })
                    .scoreBatch(500)
                    .build()
                    .select(pool, Budget.documents(500L * BLOCK), seed);
            double[] chosen = new double[CLUSTERS];
            double utility = 0;
            for (Choice choice : selection.choices()) {
                chosen[choice.arm()]++;
                utility += means[choice.arm()] / selection.choices().size();
            }
            double entropy = 0;
            double clusters = 0;
            for (double count : chosen) {
                double share = count / selection.choices().size();
                entropy -= share == 0 ? 0 : share * Math.log(share);
                clusters += share == 0 ? 0 : 1;
            }
            return new Result(selection.costs().rounds(), touched.size(), clusters, Math.exp(entropy), utility);
        }
    }

    private record Known(List<Double> utilities) implements InfluenceEstimator<Integer> {
        Known(double[] utilities) {
            this(java.util.Arrays.stream(utilities).boxed().toList());
        }

        @Override
        public InfluenceScores score(List<? extends Integer> items) {
            return InfluenceScores.of(items.stream().mapToDouble(utilities::get).toArray());
        }

        @Override
        public String fingerprint() {
            return "known";
        }
    }

    /** Prints the table of 20 seeds. */
    public static void main(String[] args) {
        System.out.printf(
                "%-32s %14s %14s %14s %14s %22s%n",
                "", "rounds", "touched", "in selection", "effective", "mean utility");
        run(20).forEach((name, row) -> System.out.printf(
                Locale.ROOT,
                "%-32s %14s %14s %14s %14s %11.5f ± %.5f%n",
                name,
                row.rounds(),
                row.touched(),
                row.inSelection(),
                row.effective(),
                row.meanUtility().mean(),
                row.meanUtility().halfWidth()));
    }
}
