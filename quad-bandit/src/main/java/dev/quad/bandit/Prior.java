// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.Fingerprint;
import java.util.Arrays;

/**
 * What is known of the arms before the first pull, such as the mean of a cheaper score or of an earlier checkpoint: a
 * mean for each arm, and how many scored documents that knowledge is worth. An arm with weight is not pulled for the
 * sake of a first look.
 */
public final class Prior {
    private static final Prior NONE = new Prior(new double[0], new double[0]);

    private final double[] weights;
    private final double[] means;

    private Prior(double[] weights, double[] means) {
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
        return new Prior(weights.clone(), means.clone());
    }

    void check(int arms) {
        if (this != NONE && weights.length != arms) {
            throw new IllegalArgumentException(
                    "the prior is of " + weights.length + " arms and the clustering has " + arms + " clusters");
        }
    }

    double weight(int arm) {
        return this == NONE ? 0 : weights[arm];
    }

    double mean(int arm) {
        return this == NONE ? 0 : means[arm];
    }

    /** For the manifest. */
    @Override
    public String toString() {
        if (this == NONE) {
            return "none";
        }
        Fingerprint digest = Fingerprint.of("prior");
        Arrays.stream(weights).forEach(weight -> digest.add(Double.doubleToLongBits(weight)));
        Arrays.stream(means).forEach(mean -> digest.add(Double.doubleToLongBits(mean)));
        return weights.length + " arms (" + digest.hex() + ")";
    }
}
