// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit.submodular;

import dev.quad.SetFunction;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Objects;

/**
 * The loss decrease to second order (reading C): {@code F(S) = (1/n) Σ_{z∈S} U(z) − (1/2n²) Σ_{z,z'∈S} q(z,z')} with
 * {@code q(z,z') = d_zᵀ H_r d_z'}, d_z = (H+λI)⁻¹∇L(z) and H_r the curvature of the reference loss. Exact where that
 * loss is quadratic.
 *
 * <p>Submodular <b>exactly if</b> no {@code q(z,z')} of two items is negative, which {@link #isSubmodular} checks.
 * {@link #isMonotone} checks that no gain is negative whatever was chosen before. Memory: 8 bytes a pair.
 *
 * @see dev.quad.bandit.Redundancy
 */
public final class SecondOrderGain implements SetFunction {
    private final double[] utilities;
    private final double[][] terms;
    private final double n;

    /**
     * Such a function.
     *
     * @param utilities U(z) of each item
     * @param terms q, symmetric, {@code items × items}
     * @param n above 0
     */
    public SecondOrderGain(double[] utilities, double[][] terms, double n) {
        Objects.requireNonNull(utilities, "the utilities are null");
        Objects.requireNonNull(terms, "the terms are null");
        if (terms.length != utilities.length || !(n > 0 && n < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("there are " + utilities.length + " utilities, " + terms.length
                    + " rows of terms and n is " + n + "; give as many rows as utilities, and a finite n above 0");
        }
        for (int item = 0; item < terms.length; item++) {
            if (terms[item].length != utilities.length) {
                throw new IllegalArgumentException("item " + item + " has " + terms[item].length
                        + " terms and there are " + utilities.length + " items; give a square");
            }
        }
        this.utilities = Finite.copy("the utility of item", utilities);
        this.terms = Arrays.stream(terms)
                .map(row -> Finite.copy("a term with item", row))
                .toArray(double[][]::new);
        this.n = n;
        for (int a = 0; a < terms.length; a++) {
            for (int b = 0; b < a; b++) {
                if (terms[a][b] != terms[b][a]) {
                    throw new IllegalArgumentException("the term of the items " + a + " and " + b + " is " + terms[a][b]
                            + " one way and " + terms[b][a] + " the other; it must be symmetric");
                }
            }
        }
    }

    @Override
    public int size() {
        return utilities.length;
    }

    @Override
    public double value(BitSet set) {
        Objects.requireNonNull(set, "the set is null");
        double first = 0;
        double second = 0;
        for (int a = set.nextSetBit(0); a >= 0; a = set.nextSetBit(a + 1)) {
            first += utilities[a];
            for (int b = set.nextSetBit(0); b >= 0; b = set.nextSetBit(b + 1)) {
                second += terms[a][b];
            }
        }
        return first / n - second / (2 * n * n);
    }

    @Override
    public boolean isSubmodular() {
        for (int a = 0; a < terms.length; a++) {
            for (int b = 0; b < a; b++) {
                if (terms[a][b] < 0) {
                    return false;
                }
            }
        }
        return true;
    }

    @Override
    public boolean isMonotone() {
        for (int a = 0; a < terms.length; a++) {
            double worst = 0.5 * terms[a][a];
            for (int b = 0; b < terms.length; b++) {
                worst += a == b ? 0 : Math.max(0, terms[a][b]);
            }
            if (utilities[a] < worst / n) {
                return false;
            }
        }
        return true;
    }

    @Override
    public Growing start() {
        return new Growing() {
            private final double[] pairs = new double[utilities.length];
            private double value;

            @Override
            public double gain(int item) {
                return utilities[item] / n - (0.5 * terms[item][item] + pairs[item]) / (n * n);
            }

            @Override
            public void add(int item) {
                value += gain(item);
                for (int other = 0; other < pairs.length; other++) {
                    pairs[other] += terms[item][other];
                }
            }

            @Override
            public double value() {
                return value;
            }
        };
    }

    @Override
    public String toString() {
        return "second-order gain of " + size() + " items";
    }
}
