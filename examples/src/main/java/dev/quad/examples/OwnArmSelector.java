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
import dev.quad.bandit.QuadSelector;
import dev.quad.bandit.SelectionOptions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * An arm policy of one's own, as a lambda: most of the time the arm with the best mean, one time in ten any arm. All
 * that a policy knows is in the statistics, so that resume and replay work with it as with the built-in ones.
 *
 * <p>The estimator here is simulated: the usefulness of a document is its cluster's, plus noise.
 */
public final class OwnArmSelector {
    private static final int CLUSTERS = 10;

    private OwnArmSelector() {}

    /** Selects 200 of 2,000 documents with ten clusters of rising usefulness. */
    public static Selection run() {
        // tag::policy[]
        ArmSelector mostlyGreedy = (arms, count, random) -> {
            double[] wish = new double[arms.armCount()];
            for (int arm = 0; arm < wish.length; arm++) {
                boolean explore = arms.pulls(arm) == 0 || random.nextInt(10) == 0;
                wish[arm] = explore ? Double.MAX_VALUE * random.nextDouble() : arms.mean(arm);
            }
            return IntStream.range(0, wish.length)
                    .filter(arm -> arms.remaining(arm) > 0)
                    .boxed()
                    .sorted(Comparator.comparingDouble(arm -> -wish[arm]))
                    .limit(count)
                    .mapToInt(Integer::intValue)
                    .toArray();
        };
        // end::policy[]

        List<Integer> documents = IntStream.range(0, 2000).boxed().toList();
        CandidatePool<Integer> pool = CandidatePool.of(documents, document -> 100, "simulated");
        int[] clusters =
                documents.stream().mapToInt(document -> document % CLUSTERS).toArray();
        return QuadSelector.<Integer>builder(Clustering.of(clusters, CLUSTERS), new Simulated())
                .options(SelectionOptions.builder().armSelector(mostlyGreedy).build())
                .build()
                .select(pool, Budget.documents(200), new Seed(7));
    }

    /** Usefulness rises with the cluster; the noise of a document is fixed. */
    private static final class Simulated implements InfluenceEstimator<Integer> {
        @Override
        public InfluenceScores score(List<? extends Integer> items) {
            return InfluenceScores.of(items.stream()
                    .mapToDouble(item -> item % CLUSTERS
                            + new Seed(item).stream("example.noise").nextGaussian())
                    .toArray());
        }

        @Override
        public String fingerprint() {
            return "simulated";
        }
    }
}
