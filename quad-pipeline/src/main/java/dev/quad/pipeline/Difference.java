// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.bandit.Interval;
import java.util.Arrays;
import java.util.Locale;

/**
 * How much more one training set loses than another on the same documents, in nats a byte, with a 95 % interval over
 * documents and trainings: below 0 where the first trains better.
 *
 * <p>With {@code d(t,j)} the difference of document {@code j} in training {@code t} of {@code T}, in nats, {@code n(j)}
 * its bytes, and {@code Δ(t)} the difference of a training: the mean is {@code Δ = Σ d(t,j) / (T·Σ n(j))}. Its variance
 * is the sum of two. That of the trainings is {@code (T−1)/T·Σ (Δ(t) − Δ)²} where each leaves out another part of what
 * it is trained on, the jackknife over groups (Shao and Tu, 1995), and {@code Σ (Δ(t) − Δ)² / (T·(T−1))} where each has
 * the whole. That of the documents is that of a ratio, {@code J/(J−1)·Σ (d(·,j) − Δ·n(j))² / (Σ n(j))²}. What is of a
 * training and a document together stands in both, so that the interval is rather too wide. It is Student's t with the
 * degrees of freedom of Satterthwaite (1946), from {@code T − 1} of trainings and {@code J − 1} of documents. With one
 * training it speaks of documents alone.
 *
 * @param mean in nats a byte
 * @param halfWidth of the interval, {@code mean ± halfWidth}; 0 where no document differs in any seed
 * @param visible a true difference of this size would be told from none in four of five such comparisons, about:
 *     {@code halfWidth} and 0.84 standard errors
 */
public record Difference(double mean, double halfWidth, double visible) {
    /** The 80 % quantile of the normal distribution. */
    private static final double FOUR_OF_FIVE = 0.8416212335729143;

    /** Which of two trains better, as far as the interval tells. */
    public enum Verdict {
        /** The whole interval is below 0. */
        BETTER,
        /** The whole interval is above 0. */
        WORSE,
        /** 0 is in the interval. */
        UNDECIDED
    }

    /**
     * Of losses in nats, {@code trainings × documents}, at least two documents.
     *
     * @param bytes of each document
     * @param parts whether each training leaves out another part
     */
    static Difference paired(double[][] losses, double[][] against, long[] bytes, boolean parts) {
        int trainings = losses.length;
        int documents = bytes.length;
        double all = Arrays.stream(bytes).sum();
        double[] ofTraining = new double[trainings];
        double[] ofDocument = new double[documents];
        for (int t = 0; t < trainings; t++) {
            for (int j = 0; j < documents; j++) {
                double difference = losses[t][j] - against[t][j];
                ofTraining[t] += difference / all;
                ofDocument[j] += difference / trainings;
            }
        }
        double mean = Arrays.stream(ofTraining).average().orElseThrow();
        double trainingVariance = 0;
        for (double one : ofTraining) {
            trainingVariance += (one - mean) * (one - mean);
        }
        double freedomOfTrainings = Math.max(1, trainings - 1.0);
        trainingVariance *= parts ? (trainings - 1.0) / trainings : 1 / (trainings * freedomOfTrainings);
        double documentVariance = 0;
        for (int j = 0; j < documents; j++) {
            double rest = (ofDocument[j] - mean * bytes[j]) / all;
            documentVariance += rest * rest * documents / (documents - 1.0);
        }
        double variance = trainingVariance + documentVariance;
        if (variance == 0) {
            return new Difference(mean, 0, 0);
        }
        double freedom = variance
                * variance
                / (trainingVariance * trainingVariance / freedomOfTrainings
                        + documentVariance * documentVariance / (documents - 1.0));
        double error = Math.sqrt(variance);
        double halfWidth = Interval.ofMean(mean, error, freedom).halfWidth();
        return new Difference(mean, halfWidth, halfWidth + FOUR_OF_FIVE * error);
    }

    /** What the interval tells. */
    public Verdict verdict() {
        return mean + halfWidth < 0 ? Verdict.BETTER : mean - halfWidth > 0 ? Verdict.WORSE : Verdict.UNDECIDED;
    }

    /** Such as {@code -0.3120 ± 0.0140}. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%+.4f ± %.4f", mean == 0 ? 0 : mean, halfWidth);
    }
}
