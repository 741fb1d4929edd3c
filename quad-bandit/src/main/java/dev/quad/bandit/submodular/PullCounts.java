// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit.submodular;

import dev.quad.SetFunction;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Objects;

/**
 * What the cluster score maximises when its logarithm and its means stand still (reading E): {@code F(T) = Σ_i [Ī_i T_i
 * + c Σ_{t≤T_i} 1/√t]} with c = α√(2 ln ΣT). An item is one pull of one arm; only how many of each count. Concave in
 * each T_i, so submodular, and taking the highest cluster score (with T + 1 under its root) one pull at a time is
 * exactly the best. In this sense, and in no other that we know, the cluster score has diminishing returns.
 */
public final class PullCounts implements SetFunction {
    private final int[] arms;
    private final double[] means;
    private final double c;

    /**
     * Such a function.
     *
     * @param means Ī_i of each arm
     * @param pulls how often each arm can be pulled; the items are numbered arm by arm
     * @param c {@code >= 0}
     */
    public PullCounts(double[] means, int[] pulls, double c) {
        Objects.requireNonNull(means, "the means are null");
        Objects.requireNonNull(pulls, "the pulls are null");
        if (means.length != pulls.length || !(c >= 0 && c < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("there are " + means.length + " means, " + pulls.length
                    + " numbers of pulls and c is " + c + "; give one of each an arm, and c of 0 or more");
        }
        for (int arm = 0; arm < pulls.length; arm++) {
            if (pulls[arm] < 0) {
                throw new IllegalArgumentException(
                        "arm " + arm + " can be pulled " + pulls[arm] + " times; allowed is 0 or more");
            }
        }
        this.means = Finite.copy("the mean of arm", means);
        this.c = c;
        this.arms = new int[Arrays.stream(pulls).sum()];
        for (int arm = 0, item = 0; arm < pulls.length; arm++) {
            Arrays.fill(arms, item, item + pulls[arm], arm);
            item += pulls[arm];
        }
    }

    /** The arm of an item. */
    public int arm(int item) {
        return arms[item];
    }

    @Override
    public int size() {
        return arms.length;
    }

    @Override
    public double value(BitSet set) {
        return start().addAll(set).value();
    }

    @Override
    public boolean isSubmodular() {
        return true;
    }

    @Override
    public boolean isMonotone() {
        return Arrays.stream(means).allMatch(mean -> mean >= 0);
    }

    @Override
    public Growing start() {
        return new Growing() {
            private final int[] counts = new int[means.length];
            private double value;

            @Override
            public double gain(int item) {
                int arm = arms[item];
                return means[arm] + c / Math.sqrt(counts[arm] + 1.0);
            }

            @Override
            public void add(int item) {
                value += gain(item);
                counts[arms[item]]++;
            }

            @Override
            public double value() {
                return value;
            }
        };
    }

    @Override
    public String toString() {
        return "pull counts of " + size() + " pulls";
    }
}
