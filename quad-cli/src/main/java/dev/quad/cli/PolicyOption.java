// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.ArmSelector;
import dev.quad.bandit.RewardUnit;
import java.util.Optional;
import java.util.OptionalDouble;

/** What {@code --policy} names: a policy of ours, or a class of the user's. */
sealed interface PolicyOption permits ArmPolicy, OwnPolicy {

    /**
     * The policy.
     *
     * @param weight of exploration, where the policy {@linkplain #hasWeight has one}
     * @param unit that it counts rewards in, where it {@linkplain #hasUnit has one}
     * @throws IllegalArgumentException if one is out of range
     */
    ArmSelector of(OptionalDouble weight, Optional<RewardUnit> unit);

    /** Whether it has a weight of exploration. */
    boolean hasWeight();

    /** Whether it counts rewards in a unit. */
    boolean hasUnit();

    /** As it is written on the command line. */
    String label();
}
