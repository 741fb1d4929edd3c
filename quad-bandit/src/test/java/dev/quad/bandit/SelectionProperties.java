// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import net.jqwik.api.Assume;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

/** {@link SelectionLaws} on random worlds. Names in front are those of {@code docs/laws.md}. */
class SelectionProperties {

    private static World world(long key) {
        World world = World.random(key);
        Assume.that(!world.mayHaveEmptyPilot() || hasScores(world));
        return world;
    }

    private static boolean hasScores(World world) {
        try {
            world.select();
            return true;
        } catch (dev.quad.QuadException emptyPilot) {
            return false;
        }
    }

    @Property(tries = 300)
    void run_anyWorld_ends(@ForAll long key) {
        SelectionLaws.ends(world(key));
    }

    @Property(tries = 300)
    void run_anyWorld_takesNothingTwice(@ForAll long key) {
        SelectionLaws.nothingTwice(world(key));
    }

    @Property(tries = 300)
    void counts_anyWorld_addUp(@ForAll long key) {
        SelectionLaws.countsAddUp(world(key));
    }

    @Property(tries = 300)
    void budget_anyWorld_isNeverExceeded(@ForAll long key) {
        SelectionLaws.budgetHolds(world(key));
    }

    @Property(tries = 200)
    void run_noThreshold_meetsBudgetOrExhausts(@ForAll long key) {
        SelectionLaws.noThreshold(World.random(key));
    }

    @Property(tries = 200)
    void items_anyThreshold_areAboveIt(@ForAll long key, @ForAll @DoubleRange(min = -2, max = 2) double tau) {
        SelectionLaws.itemsBeatThreshold(World.random(key), tau);
    }

    @Property(tries = 200)
    void run_repeated_isEqual(@ForAll long key) {
        SelectionLaws.repeats(world(key));
    }

    @Property(tries = 200)
    void run_scaledScores_choosesTheSame(@ForAll long key, @ForAll @IntRange(min = -40, max = 40) int exponent) {
        SelectionLaws.scaleDoesNotMatter(World.random(key), Math.scalb(1.0, exponent));
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void threshold_raised_choosesSubset(
            @ForAll long key,
            @ForAll @DoubleRange(min = -2, max = 2) double low,
            @ForAll @DoubleRange(min = 0, max = 2) double gap) {
        SelectionLaws.thresholdIsMonotone(World.random(key), low, low + gap, Acceptance.items());
        SelectionLaws.thresholdIsMonotone(World.random(key), low, low + gap, Acceptance.blockMean());
        SelectionLaws.thresholdIsMonotone(World.random(key), low, low + gap, Acceptance.blockMean(false));
    }

    @Property(tries = 200)
    void arms_hugeAlpha_takeTurns(@ForAll long key) {
        SelectionLaws.largeAlphaGoesRound(World.random(key));
    }
}
