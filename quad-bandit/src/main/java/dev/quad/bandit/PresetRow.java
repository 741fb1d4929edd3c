// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import java.util.List;

/**
 * One question that the paper leaves open or that its code answers in another way, and the answers of the defaults and of the
 * {@link Presets}.
 *
 * @param number from 1 to 34
 * @param question what is open
 * @param ours what the defaults do
 * @param paper what {@link Presets#paper} does, or what to give the estimator that goes with it
 * @param publicCode what {@link Presets#publicCode} does, or what to give the estimator that goes with it
 * @param option where it is set
 */
public record PresetRow(int number, String question, String ours, String paper, String publicCode, String option) {

    private static final String ESTIMATOR = "the InfluenceEstimator that is given";

    /** All 34 questions. Those about scores are answered by the estimator and no selection option can change them. */
    public static List<PresetRow> all() {
        return List.of(
                row(1, "sign", "utility, plus", "utility, plus", "utility, plus", "InfluenceEstimator"),
                row(2, "bilinear or cosine", "bilinear", "bilinear", "mean of cosines", ESTIMATOR),
                row(3, "matrix", "sampled Fisher", "sampled Fisher", "empirical Fisher", "Fisher"),
                row(4, "K-FAC or EK-FAC", "K-FAC", "K-FAC", "EK-FAC", ESTIMATOR),
                row(5, "data of the factors", "sample of the pool", "sample of the pool", "the reference", ESTIMATOR),
                row(6, "damping", "0.1 of the mean eigenvalue", "0.1 of the mean eigenvalue", "0.001", "Damping"),
                row(
                        7,
                        "query, key and value",
                        "as the model has them",
                        "one layer",
                        "as the model has them",
                        "GradientSource"),
                row(8, "layers", "linear, without embedding and head", "the same", "all linear ones", "GradientSource"),
                row(9, "biases", "where there are", "where there are", "none", "GradientSource"),
                row(10, "projection", "none", "none", "8192 signs", ESTIMATOR),
                row(
                        11,
                        "document of chunks",
                        "token-weighted mean",
                        "token-weighted mean",
                        "mean of chunks",
                        ESTIMATOR),
                row(12, "T(C_i)", "pulls", "pulls", "pulls and credits of neighbours", "SelectionOptions.credit"),
                row(
                        13,
                        "no pull yet",
                        "first tried once",
                        "first tried once",
                        "taken to be worth the threshold",
                        "Ucb1.firstPull"),
                row(14, "mean", "over documents", "over documents", "over pulls", "SelectionOptions.credit"),
                row(15, "alpha", "in robust deviations", "absolute", "1e-4, absolute", "Ucb1.of"),
                row(16, "argument of the logarithm", "max(1, T)", "max(1, T)", "max(1, T)", "Ucb1"),
                row(17, "neighbours", "none", "none", "within 0.2, whole trials", "Credit.sharedWithin"),
                row(
                        18,
                        "what is accepted",
                        "blocks without what failed",
                        "blocks",
                        "blocks",
                        "SelectionOptions.acceptance"),
                row(
                        19,
                        "what is scored",
                        "a sample of the block",
                        "a sample of the block",
                        "the next of the cluster",
                        "SelectionOptions.evidence"),
                row(
                        20,
                        "rejected block",
                        "spent",
                        "spent",
                        "offered again as the prefix grows",
                        "SelectionOptions.rejected, evidence"),
                row(
                        21,
                        "block size",
                        "0.05 of the cluster",
                        "0.05 of the cluster",
                        "20,000 documents",
                        "SelectionOptions.blockSize"),
                row(22, "small clusters", "reached", "reached", "never reached", "BlockSize.wholeDocuments"),
                row(23, "threshold", "median of a pilot", "median of a pilot", "0.0020", "SelectionOptions.threshold"),
                row(
                        24,
                        "end",
                        "budget, exhaustion",
                        "budget, exhaustion",
                        "budget, 200 rounds",
                        "SelectionOptions.maxRounds, patience"),
                row(25, "overshoot", "never", "never", "of the last round", "SelectionOptions.overshoot"),
                row(26, "ties", "by chance", "by chance", "by number", "Ucb1.tiesByNumber"),
                row(27, "order in a cluster", "shuffled", "shuffled", "as in the pool", "SelectionOptions.order"),
                row(28, "checkpoints", "one", "one", "one", "SelectionOptions.memory, prior"),
                row(29, "gradient", "plain", "plain", "plain", ESTIMATOR),
                row(
                        30,
                        "annotation budget",
                        "documents scored",
                        "documents scored",
                        "documents scored",
                        "Selection.Costs"),
                row(31, "other models of the paper", "not used", "not used", "not used", "none"),
                row(32, "reference", "gradient of the mean", "gradient of the mean", "mean of directions", ESTIMATOR),
                row(33, "empty clusters", "dropped", "dropped", "dropped", "Clustering.dropped"),
                row(34, "numbers", "double for factors", "double for factors", "half", ESTIMATOR));
    }

    private static PresetRow row(
            int number, String question, String ours, String paper, String publicCode, String option) {
        return new PresetRow(number, question, ours, paper, publicCode, option);
    }
}
