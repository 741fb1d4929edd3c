// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit.submodular;

import dev.quad.SetFunction;
import java.util.BitSet;
import java.util.Objects;

/**
 * How much the expected reference loss falls when the model is fitted again with the chosen items (reading B), for
 * linear regression with unit noise and prior precision p: {@code F(S) = cᵀ(P₀⁻¹ − (P₀ + Σ_{z∈S} x xᵀ)⁻¹)c} with P₀ =
 * p·I and c the direction of the reference. Monotone, but <b>not submodular</b>: with x₁ = (1,1), x₂ = (0,1), c = (1,0)
 * and p = 1 the second item adds 0 alone and 1/15 after the first, since it tells apart what the first had mixed. The
 * influence of groups is not that of their members (Hu et al., 2024, arXiv 2409.18153). Costs d² an item.
 */
public final class RefitGain implements SetFunction {
    private final double[][] features;
    private final double[] reference;
    private final double precision;

    /**
     * A regression.
     *
     * @param features x of each item, {@code items × d}
     * @param reference c, d
     * @param precision p, above 0
     */
    public RefitGain(double[][] features, double[] reference, double precision) {
        Objects.requireNonNull(features, "the features are null");
        Objects.requireNonNull(reference, "the reference is null");
        if (!(precision > 0 && precision < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("the prior precision is " + precision
                    + "; allowed is above 0 and finite: without it the curvature has no inverse");
        }
        this.features = new double[features.length][];
        for (int i = 0; i < features.length; i++) {
            if (features[i].length != reference.length) {
                throw new IllegalArgumentException("item " + i + " has " + features[i].length
                        + " features and the reference has " + reference.length);
            }
            this.features[i] = Finite.copy("of item " + i + " the feature", features[i]);
        }
        this.reference = Finite.copy("of the reference the feature", reference);
        this.precision = precision;
    }

    @Override
    public int size() {
        return features.length;
    }

    @Override
    public double value(BitSet set) {
        return start().addAll(set).value();
    }

    @Override
    public boolean isMonotone() {
        return true;
    }

    @Override
    public Growing start() {
        return new Fit();
    }

    /** Keeps the inverse by the formula of Sherman and Morrison (1950). */
    private final class Fit implements Growing {
        private final double[][] inverse = new double[reference.length][reference.length];
        private double value;

        Fit() {
            for (int i = 0; i < inverse.length; i++) {
                inverse[i][i] = 1 / precision;
            }
        }

        private double[] solved(double[] x) {
            double[] y = new double[x.length];
            for (int i = 0; i < x.length; i++) {
                y[i] = dot(inverse[i], x);
            }
            return y;
        }

        private static double dot(double[] a, double[] b) {
            double sum = 0;
            for (int i = 0; i < a.length; i++) {
                sum += a[i] * b[i];
            }
            return sum;
        }

        @Override
        public double gain(int item) {
            double[] y = solved(features[item]);
            double along = dot(reference, y);
            return along * along / (1 + dot(features[item], y));
        }

        @Override
        public void add(int item) {
            value += gain(item);
            double[] y = solved(features[item]);
            double scale = 1 / (1 + dot(features[item], y));
            for (int i = 0; i < y.length; i++) {
                for (int j = 0; j < y.length; j++) {
                    inverse[i][j] -= scale * y[i] * y[j];
                }
            }
        }

        @Override
        public double value() {
            return value;
        }
    }

    @Override
    public String toString() {
        return "gain of a regression by " + size() + " items";
    }
}
