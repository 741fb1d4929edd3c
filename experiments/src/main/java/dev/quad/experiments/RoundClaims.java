// SPDX-License-Identifier: Apache-2.0
package dev.quad.experiments;

import static dev.quad.experiments.Contrast.above;
import static dev.quad.experiments.Contrast.below;

import dev.quad.bandit.Acceptance;
import dev.quad.bandit.RandomArms;
import dev.quad.bandit.SelectionOptions;
import dev.quad.bandit.Threshold;
import dev.quad.bandit.Ucb1;
import dev.quad.text.Duplicates;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Claims of the rounds: the bandit, its threshold, how much it explores and how much it scores. */
final class RoundClaims {
    private static final double[] QUANTILES = {0.25, 0.5, 0.75, 0.9, 0.98};
    private static final int PILOT = 64;
    /** As in the paper, but for α. */
    private static final Row BANDIT =
            Rows.rounds("bandit", "upper confidence bounds, whole blocks above the median", RoundClaims::blocks);
    /** What one would call small. */
    private static final double SMALL_SHARE = 0.1;

    private RoundClaims() {}

    static Experiment bandit() {
        return new Experiment(
                "fig-4a",
                "A bandit, or the best clusters",
                "A bandit over clusters chooses better than the clusters that look best at first, and a choice that is more"
                        + " diverse (Fig. 4a).",
                "`bandit` takes whole blocks of clusters above the median of a sample, and goes on learning, as in the paper;"
                        + " `best-clusters` estimates each cluster once, and uses up the best. `random-clusters` pulls clusters by lot with the rule of the bandit. `rounds` asks a"
                        + " score of each document.",
                List.of(
                        Rows.RANDOM,
                        Rows.SHUFFLED,
                        Rows.ROUNDS,
                        BANDIT,
                        Row.chosen(
                                "best-clusters",
                                "the clusters with the best mean of " + BestClusters.SAMPLE
                                        + " documents, used up one after the other",
                                BestClusters::choose),
                        Rows.rounds(
                                "random-clusters",
                                "clusters by lot, whole blocks above the median",
                                b -> blocks(b).armSelector(new RandomArms())),
                        Rows.TOP_DOCUMENTS,
                        Rows.COVERAGE),
                List.of(Trial.CLUSTERS, Trial.SCORED),
                "bandit",
                List.of(
                        below("the bandit is better than the best clusters", Trial.LOSS, "bandit", "best-clusters"),
                        above("and more diverse", Trial.CLUSTERS, "bandit", "best-clusters")),
                Contrast.CONTROLS);
    }

    /** The same in two experiments, and measured once. */
    private static List<Row> thresholds() {
        List<Row> rows = new ArrayList<>(List.of(Rows.RANDOM, Rows.SHUFFLED, Rows.ROUNDS));
        rows.add(Rows.rounds("threshold-none", "every scored document is taken", b -> b.threshold(Threshold.none())));
        for (double q : QUANTILES) {
            rows.add(Rows.rounds(
                    "threshold-" + q,
                    "those above the score that a share of " + q + " of a sample does not exceed",
                    b -> b.threshold(Threshold.quantile(q)).pilot(PILOT)));
        }
        return rows;
    }

    static Experiment threshold() {
        return new Experiment(
                "fig-4d",
                "The threshold",
                "There is a best threshold between taking what comes and taking hardly anything (Fig. 4d: what is chosen"
                        + " is quite sensitive to it).",
                "The rounds take documents with a score above a quantile of a sample of the pool. The budget is a tenth"
                        + " of the pool: with the highest threshold less than that can be had, and is repeated.",
                thresholds(),
                List.of("tokens", Trial.SCORED, Trial.CLUSTERS),
                "threshold-0.75",
                List.of(
                        below("a middle one is better than none", Trial.LOSS, "threshold-0.75", "threshold-none"),
                        below("and than the highest", Trial.LOSS, "threshold-0.75", "threshold-0.98")),
                Contrast.CONTROLS);
    }

    static Experiment pulls() {
        return new Experiment(
                "table-11",
                "Time against the threshold",
                "The higher the threshold, the longer it takes to fill the budget (Table 11).",
                "Time is counted in pulls of clusters, and in documents that are scored, which are the same on every"
                        + " machine. That pulls never fall as the threshold rises is exact where the same documents are"
                        + " drawn in the same order; here a threshold changes what is learnt of clusters only by where it"
                        + " ends.",
                thresholds(),
                List.of(Trial.PULLS, Trial.SCORED, "tokens"),
                "threshold-0.5",
                List.of(
                        above("more pulls at 0.5 than without", Trial.PULLS, "threshold-0.5", "threshold-none"),
                        above("at 0.75 than at 0.5", Trial.PULLS, "threshold-0.75", "threshold-0.5"),
                        above("at 0.9 than at 0.75", Trial.PULLS, "threshold-0.9", "threshold-0.75")),
                List.of());
    }

    private static Row alpha(double alpha) {
        return Rows.rounds(
                "alpha-" + alpha,
                "α is " + alpha + " standard deviations of the scores",
                b -> b.armSelector(Ucb1.standardised(alpha)));
    }

    static Experiment alpha() {
        return new Experiment(
                "e18",
                "How much to explore",
                "Exploring pays: neither none of it nor very much is best, and the more there is, the more clusters are"
                        + " drawn from.",
                "The weight α of the bonus of upper confidence bounds, in standard deviations of the scores; `rounds` has"
                        + " the default, 0.25. The paper's code has one ten-thousandth of the unit of its scores, which is"
                        + " nearly none.",
                List.of(Rows.RANDOM, Rows.SHUFFLED, alpha(0), alpha(0.1), Rows.ROUNDS, alpha(1), alpha(4)),
                List.of(Trial.CLUSTERS, Trial.SCORED, Trial.PULLS),
                "rounds",
                List.of(
                        below("the default is better than none", Trial.LOSS, "rounds", "alpha-0.0"),
                        below("and than very much", Trial.LOSS, "rounds", "alpha-4.0"),
                        above(
                                "very much draws from more clusters than none",
                                Trial.CLUSTERS,
                                "alpha-4.0",
                                "alpha-0.0")),
                Contrast.CONTROLS);
    }

    /** The best of a part of the documents that was drawn by lot, and alone is scored. */
    private static Row sampled(double share) {
        return Row.chosen(
                "sampled-" + share, "the best scores of a share of " + share + " of the documents, by lot", trial -> {
                    IntPredicate first = Duplicates.find(trial.pool()).eligible();
                    int[] order = IntStream.range(0, trial.pool().size()).toArray();
                    Documents.shuffle(order, trial.seed().stream("experiment.sampled"));
                    BitSet part = new BitSet();
                    Arrays.stream(order).limit(Math.round(share * order.length)).forEach(part::set);
                    return Rows.topDocuments(trial, first.and(part::get));
                });
    }

    static Experiment annotation() {
        return new Experiment(
                "table-5",
                "How many documents are scored",
                "The more documents are scored, the better is what is chosen (Table 5).",
                "Of a part of the documents, drawn by lot, all are scored, and the best are chosen: an eighth, a quarter, a"
                        + " half, all. The budget is a tenth of the pool, so that of an eighth nearly all is taken. `rounds`"
                        + " lets the bandit say which are scored.",
                List.of(
                        Rows.RANDOM,
                        Rows.SHUFFLED,
                        sampled(0.125),
                        sampled(0.25),
                        sampled(0.5),
                        Rows.TOP_DOCUMENTS,
                        Rows.ROUNDS),
                List.of(Trial.SCORED, Trial.CLUSTERS),
                "sampled-0.25",
                List.of(
                        below("a quarter is better than an eighth", Trial.LOSS, "sampled-0.25", "sampled-0.125"),
                        below("all are better than a quarter", Trial.LOSS, "top-documents", "sampled-0.25")),
                Contrast.CONTROLS);
    }

    static Experiment costs() {
        return new Experiment(
                "cost-share",
                "What choosing costs, of what training costs",
                "Scoring costs a small part of what training costs (Table 1), here read as less than a tenth.",
                "`share` is the operations of scoring, forward and backward through the model for each token that is scored,"
                        + " over those of training on what was chosen; curvature, direction, embeddings and clusters come on"
                        + " top. It grows with what is scored for each token that is trained on: the pool here is ten times"
                        + " what is chosen, the model that scores is as large as the one that is trained, and at most 512"
                        + " tokens of a document are read.",
                List.of(Rows.RANDOM, Rows.ROUNDS, BANDIT, sampled(0.25), Rows.TOP_DOCUMENTS),
                List.of(Trial.SHARE, Trial.SCORED, "documents"),
                "rounds",
                List.of(
                        new Contrast("the default", Trial.SHARE, "rounds", "", new Contrast.Below(SMALL_SHARE)),
                        new Contrast("the paper's blocks", Trial.SHARE, "bandit", "", new Contrast.Below(SMALL_SHARE))),
                List.of());
    }

    private static SelectionOptions.Builder blocks(SelectionOptions.Builder builder) {
        return builder.acceptance(Acceptance.blockMean(false))
                .threshold(Threshold.quantile(0.5))
                .pilot(PILOT);
    }
}
