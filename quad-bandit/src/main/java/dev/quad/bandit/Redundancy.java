// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.NumericalException;
import dev.quad.QuadException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a document still adds to those chosen before: its gain in {@code F(S) = (1/n) Σ U(z) − (1/2n²) Σ_{z,z'}
 * e_z·e_z'}, which is the loss decrease to second order when {@code e_z·e_z' = d_zᵀ H_r d_z'}, d_z = (H+λI)⁻¹∇L(z),
 * with H_r the curvature of the reference loss and n the number of training steps or documents. Times n it is
 * {@code U(z) − (½e_z·e_z + Σ_{z'∈S} e_z·e_z')/n}, in the unit of the scores, and must be above the threshold like a
 * score.
 *
 * <p>F is submodular exactly if no {@code e_z·e_z'} of two documents is negative; {@link OnNegative} says what happens
 * else. Vectors without negative entries cannot have one.
 */
public final class Redundancy {
    private final String name;
    private final Optional<IntFunction<float[]>> vectors;
    private final double n;
    private final OnNegative onNegative;

    /** What to do with two documents whose term is negative, that is, which help each other. */
    public enum OnNegative {
        /** Takes the term as 0: F stays submodular. Costs a product with every chosen document. */
        COUNT_AS_ZERO,
        /** Ends the run with an error that names both. Costs a product with every chosen document. */
        REFUSE,
        /** Counts the term as it is, unchecked. Costs one product with the sum of the chosen documents. */
        ALLOW
    }

    /**
     * A measure of redundancy.
     *
     * @param name names the vectors, for the manifest
     * @param vectors e_z by ordinal, all of one length, finite; the same every time
     * @param n by how much the terms of pairs are divided, above 0
     */
    public Redundancy(String name, IntFunction<float[]> vectors, double n, OnNegative onNegative) {
        this(name, Optional.of(Objects.requireNonNull(vectors, "the vectors are null")), n, onNegative);
    }

    /** As the other, by the vectors that {@link QuadSelector.Builder#vectors the selector} is given. */
    public Redundancy(String name, double n, OnNegative onNegative) {
        this(name, Optional.empty(), n, onNegative);
    }

    private Redundancy(String name, Optional<IntFunction<float[]>> vectors, double n, OnNegative onNegative) {
        if (!(n > 0 && n < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("n is " + n + "; allowed is above 0");
        }
        this.name = Objects.requireNonNull(name, "the name of the vectors is null; it goes into the manifest");
        this.vectors = vectors;
        this.n = n;
        this.onNegative =
                Objects.requireNonNull(onNegative, "onNegative is null; allowed are COUNT_AS_ZERO, REFUSE and ALLOW");
    }

    boolean hasVectors() {
        return vectors.isPresent();
    }

    /** With these vectors, unless it has its own. */
    Redundancy over(IntFunction<float[]> others) {
        return hasVectors() ? this : new Redundancy(name, others, n, onNegative);
    }

    Chosen start() {
        return new Chosen(vectors.orElseThrow());
    }

    private List<Object> values() {
        return List.of(name, vectors, n, onNegative);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Redundancy that && values().equals(that.values());
    }

    @Override
    public int hashCode() {
        return values().hashCode();
    }

    /** For the manifest. */
    @Override
    public String toString() {
        return name + ", n=" + n + ", " + onNegative;
    }

    /** The documents chosen so far. */
    final class Chosen {
        private final IntFunction<float[]> vectors;
        private final List<float[]> vectorsOfChosen = new ArrayList<>();
        private final List<Integer> ordinals = new ArrayList<>();
        private double[] sum = new double[0];
        private int dimension = -1;

        private Chosen(IntFunction<float[]> vectors) {
            this.vectors = vectors;
        }

        /** What the utility of a document loses to those chosen, in the unit of the scores. */
        double cost(int ordinal) {
            float[] vector = vector(ordinal);
            double pairs = 0;
            if (onNegative == OnNegative.ALLOW) {
                for (int i = 0; i < sum.length; i++) {
                    pairs += vector[i] * sum[i];
                }
            } else {
                for (int k = 0; k < vectorsOfChosen.size(); k++) {
                    pairs += checked(dot(vector, vectorsOfChosen.get(k)), ordinal, k);
                }
            }
            double cost = (0.5 * dot(vector, vector) + pairs) / n;
            if (!Double.isFinite(cost)) {
                throw new NumericalException("document " + ordinal + " has the redundancy " + cost + " by " + name
                        + "; look at its vector, which must be finite");
            }
            return cost;
        }

        private double checked(double term, int ordinal, int k) {
            if (term < 0 && onNegative == OnNegative.REFUSE) {
                throw new NumericalException("the documents " + ordinal + " and " + ordinals.get(k)
                        + " have the term " + term + " by " + name
                        + ", below 0, so that gains do not diminish; use COUNT_AS_ZERO, ALLOW or vectors without negative"
                        + " entries");
            }
            return Math.max(0, term);
        }

        private float[] vector(int ordinal) {
            float[] vector = vectors.apply(ordinal);
            if (vector == null) {
                throw new QuadException(
                        "document " + ordinal + " has no vector of redundancy by " + name + "; each document has one");
            }
            if (dimension >= 0 && vector.length != dimension) {
                throw new QuadException("document " + ordinal + " has a vector of " + vector.length
                        + " numbers of redundancy by " + name + ", and the first had " + dimension
                        + "; all are of one length");
            }
            dimension = vector.length;
            return vector;
        }

        void add(int ordinal) {
            float[] vector = vector(ordinal);
            if (onNegative == OnNegative.ALLOW) {
                if (sum.length == 0) {
                    sum = new double[vector.length];
                }
                Arrays.setAll(sum, i -> sum[i] + vector[i]);
            } else {
                vectorsOfChosen.add(vector.clone());
                ordinals.add(ordinal);
            }
        }

        private static double dot(float[] a, float[] b) {
            double dot = 0;
            for (int i = 0; i < a.length; i++) {
                dot += (double) a[i] * b[i];
            }
            return dot;
        }
    }
}
