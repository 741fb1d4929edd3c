// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Fingerprint;
import dev.quad.files.Safetensors;
import java.util.List;
import java.util.Objects;

/**
 * What an optimiser makes of a gradient g, up to its step size: the update Γ(g) that training on an item would take.
 * For {@link Influence#update}. Immutable.
 */
public sealed interface UpdateRule {

    /** {@code Γ(g) = g}. */
    static UpdateRule sgd() {
        return Sgd.INSTANCE;
    }

    /** {@code Γ(g) = sign(g)}, element by element. */
    static UpdateRule sign() {
        return Sign.INSTANCE;
    }

    /**
     * Adam's first step from nothing: {@link #adam(AdamState)} with both moments zero.
     *
     * @param beta1 decay of the first moment, in {@code [0, 1)}
     * @param beta2 decay of the second, in {@code [0, 1)}
     * @param epsilon under the root, {@code > 0}
     */
    static UpdateRule adam(double beta1, double beta2, double epsilon) {
        return adam(new AdamState(beta1, beta2, epsilon, List.of(), List.of()));
    }

    /**
     * Adam from where its training stands, as in LESS (Xia et al., 2024), with its ε under the root and no correction
     * of the start:
     *
     * <pre>{@code Γ(g) = m'/√(v' + ε),   m' = β₁·m + (1−β₁)·g,   v' = β₂·v + (1−β₂)·g²}</pre>
     */
    static UpdateRule adam(AdamState state) {
        return new Adam(state);
    }

    /**
     * Replaces some of the gradient of a layer by its update.
     *
     * @param from where that begins in the layer's gradient, row-major {@code outputs × columns}
     */
    void apply(int layer, int from, double[] gradient);

    /** Fails unless it is for these layers. */
    default void requireLayers(List<LayerShape> layers) {}

    /** A digest of the rule and all its values. */
    String fingerprint();

    /**
     * The state of Adam.
     *
     * @param beta1 decay of the first moment, in {@code [0, 1)}
     * @param beta2 decay of the second, in {@code [0, 1)}
     * @param epsilon under the root, {@code > 0}
     * @param first m of each layer of the source, row-major {@code outputs × columns}, the bias last in each row; empty
     *     for zeros
     * @param second v likewise, {@code >= 0}
     */
    record AdamState(double beta1, double beta2, double epsilon, List<double[]> first, List<double[]> second) {
        /** Checks the numbers and copies the moments. */
        public AdamState {
            Objects.requireNonNull(first, "the first moments are null; allowed is an empty list");
            Objects.requireNonNull(second, "the second moments are null; allowed is an empty list");
            if (!(beta1 >= 0 && beta1 < 1) || !(beta2 >= 0 && beta2 < 1) || !(epsilon > 0 && epsilon <= 1)) {
                throw new IllegalArgumentException("Adam has beta1 " + beta1 + ", beta2 " + beta2 + " and epsilon "
                        + epsilon + "; allowed are betas in [0, 1) and epsilon in (0, 1]");
            }
            if (first.size() != second.size()) {
                throw new IllegalArgumentException("there are first moments of " + first.size()
                        + " layers and second moments of " + second.size() + "; give both of every layer");
            }
            first = first.stream().map(double[]::clone).toList();
            second = second.stream().map(double[]::clone).toList();
            for (int layer = 0; layer < first.size(); layer++) {
                for (double m : first.get(layer)) {
                    require(Double.isFinite(m), "first", layer, m);
                }
                for (double v : second.get(layer)) {
                    require(v >= 0 && v < Double.POSITIVE_INFINITY, "second", layer, v);
                }
            }
        }

        private static void require(boolean holds, String which, int layer, double value) {
            if (!holds) {
                throw new IllegalArgumentException("the " + which + " moment of layer " + layer + " holds " + value
                        + "; allowed are finite numbers, of the second 0 or more");
            }
        }
    }

    /** See {@link #sgd}. */
    enum Sgd implements UpdateRule {
        /** The one value. */
        INSTANCE;

        @Override
        public void apply(int layer, int from, double[] gradient) {}

        @Override
        public String fingerprint() {
            return "sgd";
        }

        @Override
        public String toString() {
            return "sgd";
        }
    }

    /** See {@link #sign}. */
    enum Sign implements UpdateRule {
        /** The one value. */
        INSTANCE;

        @Override
        public void apply(int layer, int from, double[] gradient) {
            Objects.requireNonNull(gradient, "the gradient is null");
            for (int i = 0; i < gradient.length; i++) {
                gradient[i] = Math.signum(gradient[i]);
            }
        }

        @Override
        public String fingerprint() {
            return "sign";
        }

        @Override
        public String toString() {
            return "sign";
        }
    }

    /** See {@link #adam(AdamState)}. */
    record Adam(AdamState state) implements UpdateRule {
        /** Checks that there is a state. */
        public Adam {
            Objects.requireNonNull(state, "the state of Adam is null");
        }

        @Override
        public void requireLayers(List<LayerShape> layers) {
            Objects.requireNonNull(layers, "the layers are null");
            List<double[]> moments = state.first();
            boolean fits = moments.isEmpty() || moments.size() == layers.size();
            for (int layer = 0; layer < moments.size() && fits; layer++) {
                int weights = layers.get(layer).weights();
                fits = moments.get(layer).length == weights && state.second().get(layer).length == weights;
            }
            if (!fits) {
                throw new dev.quad.MismatchException("the moments of Adam are of "
                        + moments.stream().map(m -> m.length).toList() + " values, and the layers have "
                        + layers.stream().map(LayerShape::weights).toList()
                        + "; give those of the same model and the same layers");
            }
        }

        @Override
        public void apply(int layer, int from, double[] gradient) {
            Objects.requireNonNull(gradient, "the gradient is null");
            double[] m = state.first().isEmpty() ? null : state.first().get(layer);
            double[] v = state.second().isEmpty() ? null : state.second().get(layer);
            double fresh1 = 1 - state.beta1();
            double fresh2 = 1 - state.beta2();
            for (int i = 0; i < gradient.length; i++) {
                double g = gradient[i];
                double first = fresh1 * g + (m == null ? 0 : state.beta1() * m[from + i]);
                double second = fresh2 * g * g + (v == null ? 0 : state.beta2() * v[from + i]);
                gradient[i] = first / Math.sqrt(second + state.epsilon());
            }
        }

        @Override
        public String fingerprint() {
            Fingerprint digest = Fingerprint.of("quad.adam.1")
                    .add(Double.doubleToLongBits(state.beta1()))
                    .add(Double.doubleToLongBits(state.beta2()))
                    .add(Double.doubleToLongBits(state.epsilon()));
            state.first().forEach(m -> digest.add(Safetensors.bytes(m)));
            state.second().forEach(v -> digest.add(Safetensors.bytes(v)));
            return digest.hex();
        }
    }
}
