// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import java.util.Objects;

/**
 * How a layer's curvature is inverted where its eigenvalues are small: what stands for {@code 1/ℓ} at an eigenvalue ℓ.
 * Kept apart from the curvature, so that the same factors serve any damping.
 */
public sealed interface Damping {
    /** Of the mean eigenvalue; the value of Grosse et al., 2023. */
    Damping DEFAULT = relative(0.1);

    /**
     * λ = factor × mean eigenvalue of the layer: free of the scale of loss and data (Grosse et al., 2023).
     *
     * @param factor {@code >= 0}, finite
     */
    static Damping relative(double factor) {
        return new Relative(factor);
    }

    /**
     * The same λ for every layer: {@code 1/(ℓ + λ)}.
     *
     * @param lambda {@code >= 0}, finite
     */
    static Damping absolute(double lambda) {
        return new Absolute(lambda);
    }

    /**
     * λ split between the factors (Martens and Grosse, 2015, section 6.3): {@code (G + √λ/π·I) ⊗ (A + π√λ·I)} with
     * {@code π = √(mean eigenvalue of A / mean eigenvalue of G)}. Adds more than λ does, and keeps the inverse a
     * Kronecker product. For K-FAC only.
     *
     * @param lambda which λ is split; {@link #relative} or {@link #absolute}
     */
    static Damping factored(Damping lambda) {
        return new Factored(lambda);
    }

    /**
     * {@code 1/ℓ} where ℓ is above factor × mean eigenvalue, and 0 below.
     *
     * @param factor {@code > 0}, finite
     */
    static Damping pseudoInverse(double factor) {
        return new PseudoInverse(factor);
    }

    /**
     * {@code ℓ/(ℓ² + c²)} with c = factor × mean eigenvalue (Tikhonov).
     *
     * @param factor {@code > 0}, finite
     */
    static Damping tikhonov(double factor) {
        return new Tikhonov(factor);
    }

    /**
     * {@code (1 − e^(−τℓ))/ℓ}: what gradient descent for so long makes of a gradient, in the place of {@code 1/ℓ},
     * which is what it would end at (Bae et al., 2024, F_r of SOURCE). Directions with {@code τℓ ≪ 1}, in which
     * training got nowhere, count τ times as in the plain product; so nothing is singular, and no scale is to be
     * guessed. For a curvature of the scale of a token, where the training's loss is the mean over tokens.
     *
     * @param time τ = learning rate × steps, {@code > 0}, finite; of momentum m over 1 − m
     */
    static Damping unrolled(double time) {
        return new Unrolled(time);
    }

    /**
     * The rule for a layer with these mean eigenvalues, of the grid and of its factors; factors NaN where it has none.
     */
    Rule rule(double mean, double outputMean, double inputMean);

    /** What a layer's eigenvalues are replaced by. */
    @FunctionalInterface
    interface Rule {
        /**
         * What the rotated gradient is multiplied by.
         *
         * @param eigenvalue ℓ {@code >= 0}
         * @param output the eigenvalue of G that it comes from, {@code >= 0}; NaN where there is none
         * @param input likewise of A, times the number of tokens where ℓ has it
         */
        double weight(double eigenvalue, double output, double input);
    }

    /** π of the factored damping; 1 where a factor is zero. */
    static double split(double outputMean, double inputMean) {
        return outputMean > 0 && inputMean > 0 ? Math.sqrt(inputMean / outputMean) : 1;
    }

    /** λ where the damping has one. */
    private static double lambda(Damping damping, double mean) {
        return damping instanceof Relative relative ? relative.factor * mean : ((Absolute) damping).lambda;
    }

    /** See {@link #relative}. */
    record Relative(double factor) implements Damping {
        /** Checks the factor. */
        public Relative {
            check("factor", factor, factor >= 0);
        }

        @Override
        public Rule rule(double mean, double outputMean, double inputMean) {
            return absolute(factor * mean).rule(mean, outputMean, inputMean);
        }
    }

    /** See {@link #absolute}. */
    record Absolute(double lambda) implements Damping {
        /** Checks λ. */
        public Absolute {
            check("lambda", lambda, lambda >= 0);
        }

        @Override
        public Rule rule(double mean, double outputMean, double inputMean) {
            return (eigenvalue, output, input) -> 1 / (eigenvalue + lambda);
        }
    }

    /** See {@link #factored}. */
    record Factored(Damping lambda) implements Damping {
        /** Checks the kind. */
        public Factored {
            Objects.requireNonNull(lambda, "the damping is null; allowed are those of Damping");
            if (!(lambda instanceof Relative || lambda instanceof Absolute)) {
                throw new IllegalArgumentException(
                        lambda + " cannot be split between factors; allowed are relative and absolute damping");
            }
        }

        @Override
        public Rule rule(double mean, double outputMean, double inputMean) {
            if (Double.isNaN(outputMean)) {
                throw new IllegalArgumentException("factored damping needs a curvature that is a Kronecker product; use"
                        + " K-FAC, or relative damping");
            }
            double root = Math.sqrt(Damping.lambda(lambda, mean));
            double split = split(outputMean, inputMean);
            return (eigenvalue, output, input) -> 1 / ((output + root / split) * (input + root * split));
        }
    }

    /** See {@link #pseudoInverse}. */
    record PseudoInverse(double factor) implements Damping {
        /** Checks the factor. */
        public PseudoInverse {
            check("factor", factor, factor > 0);
        }

        @Override
        public Rule rule(double mean, double outputMean, double inputMean) {
            return (eigenvalue, output, input) -> eigenvalue > factor * mean ? 1 / eigenvalue : 0;
        }
    }

    /** See {@link #tikhonov}. */
    record Tikhonov(double factor) implements Damping {
        /** Checks the factor. */
        public Tikhonov {
            check("factor", factor, factor > 0);
        }

        @Override
        public Rule rule(double mean, double outputMean, double inputMean) {
            double c = factor * mean;
            return (eigenvalue, output, input) -> eigenvalue == 0 ? 0 : eigenvalue / (eigenvalue * eigenvalue + c * c);
        }
    }

    /** See {@link #unrolled}. */
    record Unrolled(double time) implements Damping {
        /** Checks the time. */
        public Unrolled {
            check("time", time, time > 0);
        }

        @Override
        public Rule rule(double mean, double outputMean, double inputMean) {
            return (eigenvalue, output, input) -> eigenvalue == 0 ? time : -Math.expm1(-time * eigenvalue) / eigenvalue;
        }
    }

    /**
     * {@code e^(−τℓ)}: what is left, after gradient descent for so long, of a step that was made before it (F_S of
     * SOURCE). No inverse; for {@link Unrolling}.
     */
    record Decay(double time) implements Damping {
        /** Checks the time. */
        public Decay {
            check("time", time, time > 0);
        }

        @Override
        public Rule rule(double mean, double outputMean, double inputMean) {
            return (eigenvalue, output, input) -> Math.exp(-time * eigenvalue);
        }
    }

    private static void check(String name, double value, boolean allowed) {
        if (!(allowed && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("damping " + name + " is " + value + "; allowed is [0, ∞)");
        }
    }
}
