// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.Clustering;
import dev.quad.InfluenceEstimator;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.bandit.Prior;
import dev.quad.bandit.QuadSelector;
import dev.quad.bandit.QuadSession;
import dev.quad.bandit.SelectionOptions;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A selection that is played round by round, is looked at in between, and begins with what is known of the clusters.
 */
public final class RoundByRound {
    private RoundByRound() {}

    /**
     * Selects until so many rounds are played; called again with the same journal it goes on behind them.
     *
     * @param means what is known of the clusters, each as good as that of ten documents
     */
    public static <T> Selection play(
            CandidatePool<T> pool,
            Clustering clusters,
            InfluenceEstimator<T> estimator,
            double[] means,
            Path journal,
            int rounds) {
        double[] weights = new double[means.length];
        Arrays.fill(weights, 10);
        // tag::session[]
        QuadSelector<T> selector = QuadSelector.<T>builder(clusters, estimator)
                .options(SelectionOptions.builder()
                        .prior(Prior.of(weights, means))
                        .build())
                .journal(journal)
                .build();
        try (QuadSession session = selector.session(pool, Budget.documents(100), new Seed(1))) {
            for (int round = 0; round < rounds && session.step(); round++) {
                System.out.println(session.statistics().totalPulls() + " blocks drawn");
            }
            return session.selection();
        }
        // end::session[]
    }
}
