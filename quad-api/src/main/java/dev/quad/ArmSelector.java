// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.util.random.RandomGenerator;

/**
 * Chooses which arms (clusters) to pull in a round.
 *
 * <p>Stateless: everything it knows is in the statistics, so that replay, resume and simulation need nothing else, and
 * one instance may serve many runs and threads.
 */
@FunctionalInterface
public interface ArmSelector {

    /**
     * The arms of the next round.
     *
     * @param statistics what is known of each arm
     * @param count how many arms are wanted, {@code >= 1}
     * @param random for ties and for randomised policies; a stream of this round's own
     * @return distinct arms with something {@linkplain ArmStatistics#remaining remaining}, best first:
     *     {@code min(count, arms with something remaining)} of them
     */
    int[] select(ArmStatistics statistics, int count, RandomGenerator random);

    /**
     * Names the policy and its parameters. Goes into the manifest: policies that choose differently need different ids,
     * so that a policy with parameters overrides this; the default is the name of the class.
     */
    default String id() {
        String name = getClass().getName();
        int lambda = name.indexOf("$$Lambda");
        return lambda < 0 ? name : name.substring(0, lambda) + "$lambda";
    }
}
