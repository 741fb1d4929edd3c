// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import dev.quad.Budget;
import dev.quad.Clustering;
import dev.quad.Selection;
import dev.quad.bandit.RandomSelector;
import dev.quad.files.Ranks;
import dev.quad.pipeline.ScoreSettings;
import dev.quad.pipeline.ScoreSettings.LayerGroup;
import dev.quad.text.Duplicates;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Whether the mean score of a cluster tells what training on it alone does. */
final class ClusterGains {
    /** Few, since each takes a training. */
    static final int CLUSTERS = 8;
    /** Tokens of a training, of those of the trainings on a choice. */
    private static final int PART = 4;

    private ClusterGains() {}

    /** The rank correlation, over clusters, of mean scores of several kinds with minus the loss after training. */
    static Map<String, Double> correlations(Trial trial) {
        Clustering clusters = trial.clusters(CLUSTERS);
        IntPredicate first = Duplicates.find(trial.pool()).eligible();
        double[] gains = IntStream.range(0, clusters.clusterCount())
                .mapToDouble(cluster ->
                        -trial.lossAfter(of(trial, first.and(i -> clusters.clusterOf(i) == cluster)), PART))
                .toArray();
        Scores scores = Rows.scores(trial, LayerGroup.MLP);
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("trained", spearman(means(trial, clusters, scores), gains));
        values.put("shuffled", spearman(means(trial, clusters, scores.shuffled(trial.seed())), gains));
        Scores random = trial.scores("random-model", trial.randomModel(), ScoreSettings.builder());
        values.put("random-model", spearman(means(trial, clusters, random), gains));
        return values;
    }

    private static Selection of(Trial trial, IntPredicate members) {
        return RandomSelector.<dev.quad.text.Document>among(members)
                .select(trial.pool(), Budget.tokens(trial.budget().limit()), trial.seed());
    }

    private static double[] means(Trial trial, Clustering clusters, Scores scores) {
        double[] sums = new double[clusters.clusterCount()];
        int[] counts = new int[sums.length];
        for (int i = 0; i < trial.pool().size(); i++) {
            double score = scores.of(trial.pool().get(i));
            if (!Double.isNaN(score)) {
                sums[clusters.clusterOf(i)] += score;
                counts[clusters.clusterOf(i)]++;
            }
        }
        return IntStream.range(0, sums.length)
                .mapToDouble(cluster -> sums[cluster] / Math.max(1, counts[cluster]))
                .toArray();
    }

    /** The correlation of ranks; 0 where all are equal. */
    static double spearman(double[] one, double[] other) {
        double found = Ranks.correlation(one, other);
        return Double.isNaN(found) ? 0 : found;
    }
}
