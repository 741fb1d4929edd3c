// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.ArmStatistics;

/** What a policy takes as 1 when it weighs rewards, which have no scale of their own. */
public enum RewardUnit {
    /** The unit of the scores, as in the paper: for rewards of a known scale only. */
    RAW,
    /** The standard deviation of all rewards so far. */
    SPREAD,
    /** The {@linkplain ArmStatistics#rewardScale robust} standard deviation: a few extreme scores do not move it. */
    ROBUST;

    /** The unit in the scale of the scores, {@code >= 0}; 0 while all rewards are equal. */
    double of(ArmStatistics statistics) {
        return switch (this) {
            case RAW -> 1;
            case SPREAD -> statistics.rewardSpread();
            case ROBUST -> statistics.rewardScale();
        };
    }
}
