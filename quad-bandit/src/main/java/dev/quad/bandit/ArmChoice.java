// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.ArmSelector;
import dev.quad.ArmStatistics;
import dev.quad.QuadException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.random.RandomGenerator;

/** Asks an arm selector, which may be the user's, and holds it to its contract. */
final class ArmChoice {
    private ArmChoice() {}

    /**
     * The arms of a round.
     *
     * @param count arms wanted
     * @throws QuadException if the selector fails, or gives arms that may not be pulled; names its class
     */
    static int[] of(ArmSelector selector, ArmStatistics statistics, int count, RandomGenerator random, int round) {
        int[] arms;
        try {
            arms = selector.select(statistics, count, random);
        } catch (RuntimeException | StackOverflowError | LinkageError e) {
            throw new QuadException(name(selector) + " failed in round " + round + ": " + e, e);
        }
        if (arms == null || !isSound(arms, statistics, count)) {
            throw new QuadException(name(selector) + " chose the arms " + Arrays.toString(arms) + " in round " + round
                    + "; allowed are 1 to " + count + " different arms in [0, " + statistics.armCount()
                    + ") with documents left");
        }
        return arms;
    }

    private static boolean isSound(int[] arms, ArmStatistics statistics, int count) {
        boolean sound = arms.length >= 1 && arms.length <= count;
        BitSet seen = new BitSet();
        for (int arm : arms) {
            sound = sound && arm >= 0 && arm < statistics.armCount() && statistics.remaining(arm) > 0 && !seen.get(arm);
            if (sound) {
                seen.set(arm);
            }
        }
        return sound;
    }

    private static String name(ArmSelector selector) {
        String type = selector.getClass().getName();
        String id = selector.id();
        return "the arm selector " + (type.startsWith(id.replace("$lambda", "$$Lambda")) ? id : id + " (" + type + ")");
    }
}
