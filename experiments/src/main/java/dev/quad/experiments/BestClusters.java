// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import dev.quad.Clustering;
import dev.quad.Selection;
import dev.quad.StopReason;
import dev.quad.pipeline.ScoreSettings.LayerGroup;
import dev.quad.text.Duplicates;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * What a bandit is to be better than: the mean score of each cluster is estimated once, from some of its documents, and
 * the clusters with the best ones are used up one after the other.
 */
final class BestClusters {
    /** Documents that are scored of each cluster, as many as the paper's code scores at each pull. */
    static final int SAMPLE = 10;

    private BestClusters() {}

    static Selection choose(Trial trial) {
        Clustering clusters = Rows.stock(trial);
        Scores scores = Rows.scores(trial, LayerGroup.MLP);
        Duplicates repeated = Duplicates.find(trial.pool());
        RandomGenerator random = trial.seed().stream("experiment.clusters");
        int[][] members = new int[clusters.clusterCount()][];
        double[] means = new double[members.length];
        long scored = 0;
        for (int c = 0; c < members.length; c++) {
            int cluster = c;
            members[c] = IntStream.range(0, clusters.size(c))
                    .map(i -> clusters.member(cluster, i))
                    .filter(repeated::isFirst)
                    .toArray();
            Documents.shuffle(members[c], random);
            double[] some = Arrays.stream(members[c])
                    .limit(SAMPLE)
                    .mapToDouble(i -> scores.of(trial.pool().get(i)))
                    .filter(score -> !Double.isNaN(score))
                    .toArray();
            means[c] = Arrays.stream(some).average().orElse(Double.NEGATIVE_INFINITY);
            scored += some.length;
        }
        List<Selection.Choice> choices = new ArrayList<>();
        long left = trial.budget().limit();
        for (int cluster : IntStream.range(0, means.length)
                .boxed()
                .sorted((a, b) -> Double.compare(means[b], means[a]))
                .mapToInt(Integer::intValue)
                .toArray()) {
            for (int ordinal : members[cluster]) {
                if (trial.pool().tokens(ordinal) <= left) {
                    left -= trial.pool().tokens(ordinal);
                    choices.add(new Selection.Choice(ordinal, OptionalDouble.empty(), cluster, 1));
                }
            }
        }
        long tokens = trial.budget().limit() - left;
        Selection.Costs costs =
                new Selection.Costs(choices.size(), tokens, scored, 0, 0, 1, means.length, OptionalDouble.empty());
        return new Selection(choices, StopReason.BUDGET, costs, Map.of());
    }
}
