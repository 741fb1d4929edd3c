// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit.submodular;

import dev.quad.SetFunction;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Objects;

/**
 * {@code F(S) = Σ_{z∈S} U(z)}, what a choice by single scores maximises (reading A). Modular: an item adds the same
 * whatever was chosen before, its copy too, so that it cannot justify diversity. Monotone exactly if no utility is
 * negative.
 */
public final class InfluenceSum implements SetFunction {
    private final double[] utilities;

    /** @param utilities U(z) of each item, finite */
    public InfluenceSum(double... utilities) {
        Objects.requireNonNull(utilities, "the utilities are null");
        this.utilities = Finite.copy("the utility of item", utilities);
    }

    @Override
    public int size() {
        return utilities.length;
    }

    @Override
    public double value(BitSet set) {
        Objects.requireNonNull(set, "the set is null");
        return set.stream().mapToDouble(item -> utilities[item]).sum();
    }

    @Override
    public boolean isSubmodular() {
        return true;
    }

    @Override
    public boolean isMonotone() {
        return Arrays.stream(utilities).allMatch(utility -> utility >= 0);
    }

    @Override
    public Growing start() {
        return new Growing() {
            private double value;

            @Override
            public double gain(int item) {
                return utilities[item];
            }

            @Override
            public void add(int item) {
                value += utilities[item];
            }

            @Override
            public double value() {
                return value;
            }
        };
    }

    @Override
    public String toString() {
        return "sum of " + size() + " influences";
    }
}
