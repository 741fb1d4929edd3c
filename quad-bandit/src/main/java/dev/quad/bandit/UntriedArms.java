// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.ArmStatistics;

/**
 * The index of an arm without a mean: before all others if it was never tried, after all others if it was tried and
 * nothing could be scored, or the scores are still on their way.
 */
final class UntriedArms {
    private UntriedArms() {}

    static boolean hasMean(ArmStatistics statistics, int arm) {
        return statistics.evidence(arm) > 0;
    }

    static double without(ArmStatistics statistics, int arm) {
        return statistics.trials(arm) == 0 ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
    }
}
