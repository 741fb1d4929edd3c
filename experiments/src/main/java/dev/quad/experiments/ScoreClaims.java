// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import static dev.quad.experiments.Contrast.above;
import static dev.quad.experiments.Contrast.below;

import dev.quad.bandit.Credit;
import dev.quad.bandit.FirstPull;
import dev.quad.bandit.Order;
import dev.quad.bandit.Ucb1;
import dev.quad.pipeline.ScoreSettings;
import dev.quad.pipeline.ScoreSettings.LayerGroup;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** Claims of the scores: which layers, what the public code does otherwise, and what those of clusters tell. */
final class ScoreClaims {
    private ScoreClaims() {}

    static Experiment layers() {
        return new Experiment(
                "fig-4b",
                "Which layers the scores are of",
                "Influence that counts attention besides the MLP is the more accurate one, so that it chooses better"
                        + " (Fig. 4b).",
                "The rounds choose by scores of the layers of the MLP, which is the default, of those of attention, and of"
                        + " both. How well each predicts what training on sets of documents does, without any choosing,"
                        + " is in [PERFORMANCE](../../PERFORMANCE.md).",
                List.of(
                        Rows.RANDOM,
                        Rows.SHUFFLED,
                        Rows.RANDOM_MODEL,
                        Rows.ROUNDS,
                        Rows.scored(
                                "layers-attention",
                                "by scores of the layers of attention",
                                trial -> Rows.scores(trial, LayerGroup.ATTENTION)),
                        Rows.scored(
                                "layers-all",
                                "by scores of the layers of both",
                                trial -> Rows.scores(trial, LayerGroup.ALL))),
                List.of(Trial.CLUSTERS),
                "rounds",
                List.of(below("both choose better than the MLP alone", Trial.LOSS, "layers-all", "rounds")),
                List.of(
                        Contrast.SCORES_MATTER,
                        Contrast.SHUFFLED_DO_NOT,
                        below("the model knows more than a random one", Trial.LOSS, "rounds", "random-model")));
    }

    static Experiment clusterScores() {
        return new Experiment(
                "fig-4c",
                "The score of a cluster, and what it is worth",
                "The score of a cluster tells what training on it does: the higher it is, the lower is the loss afterwards"
                        + " (Fig. 4c).",
                "For each task the pool is cut into " + ClusterGains.CLUSTERS
                        + " clusters, and the model is trained on each"
                        + " alone. Shown is the rank correlation, over the clusters, of their mean score with minus the loss"
                        + " on what is held out: by the scores of the trained model, by the same scores dealt out among"
                        + " the documents by lot, and by those of a model with random weights.",
                List.of(new Row("cluster-gains", "clusters of one task", ClusterGains::correlations)),
                List.of("trained", "shuffled", "random-model"),
                "cluster-gains",
                List.of(above("scores and gains go together", "trained", "cluster-gains", "")),
                List.of(new Contrast(
                        "shuffled scores and gains do not", "shuffled", "cluster-gains", "", new Contrast.Unseen())));
    }

    private static Row scored(
            String name, String words, Function<ScoreSettings.Builder, ScoreSettings.Builder> settings) {
        return Rows.scored(
                name, words, trial -> trial.scores(name, trial.model(), settings.apply(ScoreSettings.builder())));
    }

    static Experiment code() {
        return new Experiment(
                "e17",
                "What the paper's public code does otherwise",
                "Each of what the public code does otherwise than the paper's formulas costs something.",
                "The rows have one habit each of the code of October 2024, and are otherwise `rounds`. Its errors in linear"
                        + " algebra are not rebuilt. All of it at once, `--preset public-code`, is no row: its threshold is a"
                        + " number in the unit of its own scores, and where no cluster of a small pool is above it, nothing"
                        + " is chosen.",
                List.of(
                        Rows.RANDOM,
                        Rows.SHUFFLED,
                        Rows.ROUNDS,
                        scored(
                                "code-cosine",
                                "scores are means of cosines",
                                b -> b.kind(ScoreSettings.Kind.MEAN_COSINE)),
                        scored(
                                "code-labels",
                                "the curvature is of the labels of the text",
                                b -> b.labels(ScoreSettings.Labels.EMPIRICAL)),
                        scored(
                                "code-factors",
                                "the curvature is of the reference",
                                b -> b.factorData(ScoreSettings.FactorData.REFERENCE)),
                        Rows.rounds(
                                "code-order",
                                "documents are drawn in the order of the file",
                                b -> b.order(Order.pool())),
                        Rows.rounds(
                                "code-index",
                                "no cluster need be tried, and bounds are nearly none",
                                b -> b.armSelector(Ucb1.absolute(0)
                                        .plusOne()
                                        .firstPull(FirstPull.optimistic(0))
                                        .tiesByNumber())),
                        Rows.rounds(
                                "code-credit",
                                "a pull counts once, however many documents it has",
                                b -> b.credit(Credit.pulls()))),
                List.of(Trial.CLUSTERS, Trial.SCORED, "documents"),
                "rounds",
                Stream.of("cosine", "labels", "factors", "order", "index", "credit")
                        .map(habit -> below(habit + " costs", Trial.LOSS, "rounds", "code-" + habit))
                        .toList(),
                Contrast.CONTROLS);
    }
}
