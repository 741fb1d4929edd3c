// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit.submodular;

import dev.quad.SetFunction;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Objects;

/**
 * Each cluster counts less the more was taken of it (reading D): {@code F(S) = Σ_i φ(Σ_{z∈S∩C_i} w_z)} with φ concave
 * and φ(0) = 0. Monotone and submodular <b>if no weight is negative</b>; with weights of both signs as a rule neither,
 * which {@link #isSubmodular} says. A gain costs one φ.
 */
public final class ClusterSaturation implements SetFunction {
    private final int[] clusters;
    private final double[] weights;
    private final Concave phi;
    private final int count;

    /**
     * Such a function.
     *
     * @param clusters the cluster of each item, {@code >= 0}
     * @param weights w of each item
     */
    public ClusterSaturation(int[] clusters, double[] weights, Concave phi) {
        Objects.requireNonNull(clusters, "the clusters are null");
        Objects.requireNonNull(weights, "the weights are null");
        if (clusters.length != weights.length) {
            throw new IllegalArgumentException("there are " + clusters.length + " clusters and " + weights.length
                    + " weights; give one of each an item");
        }
        for (int item = 0; item < clusters.length; item++) {
            if (clusters[item] < 0) {
                throw new IllegalArgumentException(
                        "item " + item + " is in cluster " + clusters[item] + "; allowed is 0 or more");
            }
        }
        this.clusters = clusters.clone();
        this.weights = Finite.copy("the weight of item", weights);
        this.phi = Objects.requireNonNull(phi, "the concave function is null; allowed are those of Concave");
        this.count = 1 + Arrays.stream(clusters).max().orElse(-1);
    }

    @Override
    public int size() {
        return weights.length;
    }

    @Override
    public double value(BitSet set) {
        Objects.requireNonNull(set, "the set is null");
        double[] mass = new double[count];
        set.stream().forEach(item -> mass[clusters[item]] += weights[item]);
        return Arrays.stream(mass).map(phi::of).sum();
    }

    @Override
    public boolean isSubmodular() {
        return Arrays.stream(weights).allMatch(weight -> weight >= 0);
    }

    @Override
    public boolean isMonotone() {
        return isSubmodular();
    }

    @Override
    public Growing start() {
        return new Growing() {
            private final double[] mass = new double[count];
            private double value;

            @Override
            public double gain(int item) {
                double before = mass[clusters[item]];
                return phi.of(before + weights[item]) - phi.of(before);
            }

            @Override
            public void add(int item) {
                value += gain(item);
                mass[clusters[item]] += weights[item];
            }

            @Override
            public double value() {
                return value;
            }
        };
    }

    @Override
    public String toString() {
        return "saturation of " + size() + " items by cluster, " + phi;
    }
}
