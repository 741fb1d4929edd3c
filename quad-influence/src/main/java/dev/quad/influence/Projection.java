// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.MismatchException;
import java.util.List;

/**
 * A linear map P from the gradients of all layers to a few values, so that inner products can be taken of them instead:
 * {@code ⟨P v, P D⟩ ≈ ⟨v, D⟩}. What two projections with different {@link #fingerprint}s gave cannot be compared.
 * Project a direction after preconditioning it, never before. Immutable; safe for use by several threads.
 */
public abstract sealed class Projection permits KroneckerProjection, RandomProjection {
    private final List<LayerShape> layers;

    Projection(List<LayerShape> layers) {
        this.layers = List.copyOf(layers);
    }

    /** The layers that it takes, in order. */
    public final List<LayerShape> layers() {
        return layers;
    }

    /** The number of values of a projected gradient. */
    public abstract int width();

    /** Where in a projected gradient the part of each layer ends, or that of all where they are not apart. */
    abstract int[] ends();

    /** A digest of the map and of the layers in their order. */
    public abstract String fingerprint();

    /** What kind of map it is, and onto how many values. */
    @Override
    public abstract String toString();

    /**
     * {@code P v}.
     *
     * @return {@link #width} values
     * @throws MismatchException if the direction has other layers
     */
    public abstract double[] project(ReferenceDirection direction);

    /** Adds {@code P D} of what one layer saw of each item to its row of {@code target}, {@code items × width}. */
    abstract void project(LayerCapture capture, double[] target);

    final void requireLayers(List<LayerShape> others) {
        if (!others.equals(layers)) {
            throw new MismatchException("the projection is for the layers " + layers + ", the gradients are for "
                    + others + "; gradients projected differently cannot be compared");
        }
    }
}
