// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

/**
 * What is added to the eigenvalues of a layer's curvature before it is inverted. Kept apart from the factors, so that
 * the same factors serve any damping.
 */
public sealed interface Damping {

    /**
     * The λ of a layer.
     *
     * @param meanEigenvalue the mean over the layer's whole eigenvalue grid, {@code >= 0}
     */
    double lambda(double meanEigenvalue);

    /**
     * λ = factor × mean eigenvalue of the layer: free of the scale of loss and data (Grosse et al., 2023, use 0.1).
     *
     * @param factor {@code >= 0}, finite
     */
    static Damping relative(double factor) {
        return new Relative(factor);
    }

    /**
     * The same λ for every layer.
     *
     * @param lambda {@code >= 0}, finite
     */
    static Damping absolute(double lambda) {
        return new Absolute(lambda);
    }

    /** See {@link #relative}. */
    record Relative(double factor) implements Damping {
        /** Checks the factor. */
        public Relative {
            check("factor", factor);
        }

        @Override
        public double lambda(double meanEigenvalue) {
            return factor * meanEigenvalue;
        }
    }

    /** See {@link #absolute}. */
    record Absolute(double lambda) implements Damping {
        /** Checks λ. */
        public Absolute {
            check("lambda", lambda);
        }

        @Override
        public double lambda(double meanEigenvalue) {
            return lambda;
        }
    }

    private static void check(String name, double value) {
        if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("damping " + name + " is " + value + "; allowed is [0, ∞)");
        }
    }
}
