// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.ArmStatistics;
import dev.quad.Fingerprint;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the arms before the first pull, such as the mean of a cheaper score or of an earlier checkpoint: a
 * mean for each arm, and how many scored documents that knowledge is worth. An arm with weight is not pulled for the
 * sake of a first look.
 */
public final class Prior {
    private static final Prior NONE = new Prior(true, new double[0], new double[0], new double[0]);

    private final boolean none;
    private final double[] trials;
    private final double[] weights;
    private final double[] means;

    private Prior(boolean none, double[] trials, double[] weights, double[] means) {
        this.none = none;
        this.trials = trials;
        this.weights = weights;
        this.means = means;
    }

    /** No knowledge. */
    public static Prior none() {
        return NONE;
    }

    /**
     * Knowledge of each arm.
     *
     * @param weights one for each arm, {@code >= 0}: pulls in the bonus and scored documents under the mean; 0 is none
     * @param means one for each arm, in the unit of the scores, finite
     */
    public static Prior of(double[] weights, double[] means) {
        Objects.requireNonNull(weights, "the weights are null");
        Objects.requireNonNull(means, "the means are null");
        if (weights.length != means.length) {
            throw new IllegalArgumentException("the prior has " + weights.length + " weights and " + means.length
                    + " means; give one of each an arm");
        }
        for (int arm = 0; arm < weights.length; arm++) {
            if (!(weights[arm] >= 0 && weights[arm] <= 1e100) || !(Math.abs(means[arm]) <= 1e100)) {
                throw new IllegalArgumentException(
                        "the prior of arm " + arm + " has weight " + weights[arm] + " and mean " + means[arm]
                                + "; allowed are weights in [0, 1e100] and means in [-1e100, 1e100]");
            }
        }
        return new Prior(false, weights.clone(), weights.clone(), means.clone());
    }

    /**
     * What a run knows of its arms, for one that goes on with another estimator whose scores have the same unit, such
     * as a later checkpoint of the model: trials and scored documents count this much, means are kept, how far scores
     * were apart is not.
     *
     * @param discount in {@code [0, 1]}; 0 is no knowledge
     */
    public static Prior discounted(ArmStatistics known, double discount) {
        Objects.requireNonNull(known, "the known statistics are null");
        if (!(discount >= 0 && discount <= 1)) {
            throw new IllegalArgumentException("the discount is " + discount + "; allowed is [0, 1]");
        }
        int arms = known.armCount();
        double[] trials = new double[arms];
        double[] weights = new double[arms];
        double[] means = new double[arms];
        for (int arm = 0; arm < arms; arm++) {
            boolean seen = known.evidence(arm) > 0 && known.trials(arm) > 0;
            trials[arm] = seen ? discount * known.trials(arm) : 0;
            weights[arm] = seen ? discount * known.evidence(arm) : 0;
            means[arm] = known.mean(arm);
        }
        return new Prior(false, trials, weights, means);
    }

    void check(int arms) {
        if (!none && weights.length != arms) {
            throw new IllegalArgumentException(
                    "the prior is of " + weights.length + " arms and the clustering has " + arms + " clusters");
        }
    }

    /** Pulls that the knowledge of an arm is worth. */
    double trials(int arm) {
        return none ? 0 : trials[arm];
    }

    /** Scored documents that it is worth. */
    double weight(int arm) {
        return none ? 0 : weights[arm];
    }

    double mean(int arm) {
        return none ? 0 : means[arm];
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Prior that
                && none == that.none
                && Arrays.equals(trials, that.trials)
                && Arrays.equals(weights, that.weights)
                && Arrays.equals(means, that.means);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(weights) + Arrays.hashCode(means);
    }

    /** For the manifest. */
    @Override
    public String toString() {
        if (none) {
            return "none";
        }
        Fingerprint digest = Fingerprint.of("prior");
        Arrays.stream(weights).forEach(weight -> digest.add(Double.doubleToLongBits(weight)));
        if (!Arrays.equals(trials, weights)) {
            Arrays.stream(trials).forEach(trial -> digest.add(Double.doubleToLongBits(trial)));
        }
        Arrays.stream(means).forEach(mean -> digest.add(Double.doubleToLongBits(mean)));
        return weights.length + " arms (" + digest.hex() + ")";
    }
}
