// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.ArmStatistics;

/**
 * Rewards on {@code [0, 1]}, for the policies whose theory is about that interval: as they are in
 * {@link RewardUnit#RAW}, else three units below their median at 0 and three above it at 1. What lies outside is cut
 * off.
 *
 * @param low the reward that becomes 0
 * @param width {@code >= 0}; 0 while all rewards are equal
 */
record UnitInterval(double low, double width) {
    static UnitInterval of(ArmStatistics statistics, RewardUnit unit) {
        if (unit == RewardUnit.RAW) {
            return new UnitInterval(0, 1);
        }
        double half = 3 * unit.of(statistics);
        return new UnitInterval(statistics.rewardCentre() - half, 2 * half);
    }

    double place(double reward) {
        return width == 0 ? 0.5 : Math.max(0, Math.min(1, (reward - low) / width));
    }
}
