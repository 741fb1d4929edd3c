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
 * @param paper what {@link Presets#paper} does, with the estimator that goes with it
 * @param publicCode what {@link Presets#publicCode} does, with the estimator that goes with it
 * @param option where it is set: in Java, and after a semicolon in {@code quad select}, whose {@code --preset paper} and
 *     {@code --preset public-code} set it so unless this says otherwise
 */
public record PresetRow(int number, String question, String ours, String paper, String publicCode, String option) {

    /** All 34 questions. Those about scores are answered by the estimator that is given, or by the command. */
    public static List<PresetRow> all() {
        return List.of(
                row(1, "sign", "utility, plus", "utility, plus", "utility, plus", "InfluenceEstimator"),
                row(2, "bilinear or cosine", "bilinear", "bilinear", "mean of cosines", "CosineInfluence; --score"),
                row(3, "matrix", "sampled Fisher", "sampled Fisher", "empirical Fisher", "Fisher; --fisher"),
                row(4, "K-FAC or EK-FAC", "K-FAC", "K-FAC", "EK-FAC", "CurvatureFit; --curvature"),
                row(
                        5,
                        "data of the factors",
                        "sample of the pool",
                        "sample of the pool",
                        "the reference",
                        "CurvatureFit; --factor-data"),
                row(
                        6,
                        "damping",
                        "0.1 of the mean eigenvalue",
                        "0.1 of the mean eigenvalue",
                        "0.001",
                        "Damping; --damping"),
                row(
                        7,
                        "query, key and value",
                        "one layer",
                        "one layer",
                        "three layers",
                        "Layers.split, Layers.fuse; --qkv"),
                row(
                        8,
                        "layers",
                        "linear, without embedding and head",
                        "the same",
                        "the same and the head",
                        "GradientSource, DecoderGradients.withHead; --layers"),
                row(
                        9,
                        "biases",
                        "where there are",
                        "where there are",
                        "left out, as the reference has none",
                        "Layers.withoutBiases; --biases"),
                row(10, "projection", "none", "none", "8192 signs", "RandomProjection, CosineInfluence; --projection"),
                row(
                        11,
                        "document of chunks",
                        "token-weighted mean",
                        "token-weighted mean",
                        "mean of chunks, 0 below half a chunk",
                        "ChunkedInfluence; --chunk-mean, --short-documents"),
                row(
                        12,
                        "T(C_i)",
                        "pulls",
                        "pulls",
                        "pulls and credits of neighbours",
                        "SelectionOptions.credit; --credit"),
                row(
                        13,
                        "no pull yet",
                        "first tried once",
                        "first tried once",
                        "taken to be worth the threshold",
                        "Ucb1.firstPull, plusOne; --first-pull"),
                row(14, "mean", "over documents", "over documents", "over pulls", "SelectionOptions.credit; --credit"),
                row(
                        15,
                        "alpha",
                        "in robust deviations",
                        "absolute",
                        "1e-4, absolute",
                        "Ucb1.of; --alpha, --reward-unit"),
                row(16, "argument of the logarithm", "max(1, T)", "max(1, T)", "max(1, T)", "Ucb1"),
                row(17, "neighbours", "none", "none", "within 0.2, whole trials", "Credit.sharedWithin; --neighbours"),
                row(
                        18,
                        "what is accepted",
                        "blocks without what failed",
                        "blocks",
                        "blocks",
                        "SelectionOptions.acceptance; --accept"),
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
                        "SelectionOptions.rejected, evidence; --rejected"),
                row(
                        21,
                        "block size",
                        "0.05 of the cluster",
                        "0.05 of the cluster",
                        "20,000 documents",
                        "SelectionOptions.blockSize; --block"),
                row(
                        22,
                        "small clusters",
                        "reached",
                        "reached",
                        "never reached",
                        "BlockSize.wholeDocuments; --small-clusters"),
                row(
                        23,
                        "threshold",
                        "median of a pilot",
                        "median of a pilot",
                        "0.0020",
                        "SelectionOptions.threshold; --threshold"),
                row(
                        24,
                        "end",
                        "budget, exhaustion",
                        "budget, exhaustion",
                        "budget, 200 rounds",
                        "SelectionOptions.maxRounds, patience; --max-rounds, --patience"),
                row(25, "overshoot", "never", "never", "of the last round", "SelectionOptions.overshoot; --overshoot"),
                row(26, "ties", "by chance", "by chance", "by number", "Ucb1.tiesByNumber; --ties"),
                row(
                        27,
                        "order in a cluster",
                        "shuffled",
                        "shuffled",
                        "as in the pool",
                        "SelectionOptions.order; --order"),
                row(28, "checkpoints", "one", "one", "one", "StagedSelector, Prior.discounted"),
                row(29, "gradient", "plain", "plain", "plain", "UpdateInfluence, UpdateRule; --gradient"),
                row(
                        30,
                        "annotation budget",
                        "documents scored",
                        "documents scored",
                        "documents scored",
                        "Selection.Costs, which has tokens and operations too"),
                row(31, "other models of the paper", "not used", "not used", "not used", "none"),
                row(
                        32,
                        "reference",
                        "gradient of the mean",
                        "gradient of the mean",
                        "mean of unit directions",
                        "MeanDirection, TaskInfluence, DecoderGradients.lossOn; --score"),
                row(33, "empty clusters", "dropped", "dropped", "dropped", "Clustering.dropped"),
                row(
                        34,
                        "numbers",
                        "single, as the model; eigenvalues double",
                        "the same",
                        "half",
                        "GradientSource.precision, of single or double captures"));
    }

    private static PresetRow row(
            int number, String question, String ours, String paper, String publicCode, String option) {
        return new PresetRow(number, question, ours, paper, publicCode, option);
    }
}
