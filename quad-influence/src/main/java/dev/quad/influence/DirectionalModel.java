// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Experimental;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A model whose parameters can be moved along a direction, or which computes how its losses change along one. Enough
 * for scores without any backward pass: see {@link ForwardInfluence}. Names no tensor library; not safe for use by
 * several threads unless an implementation says so.
 *
 * @param <T> what an item is to the model
 */
@Experimental
public interface DirectionalModel<T> {

    /** The layers that a direction moves, in the order of the direction. */
    List<LayerShape> layers();

    /** A digest of the parameters and of the layers; equal to that of the {@link GradientSource} of the same model. */
    String fingerprint();

    /** How many supervised tokens an item has, without running the model; 0 if it cannot be scored. */
    int tokens(T item);

    /**
     * How many tokens of an item go through the model, by which batches are bounded: its {@link #tokens}, as here, or
     * more where a mask leaves some of them without a label.
     */
    default int rows(T item) {
        return tokens(item);
    }

    /**
     * Floating-point operations of {@link Moved#losses} for a token: 2 for each weight of the model that it is
     * multiplied by (Kaplan et al., 2020), moved or not. Empty where it is not known, as here.
     */
    default OptionalDouble forwardFlopsPerToken() {
        return OptionalDouble.empty();
    }

    /** The Euclidean norm of the parameters of the layers, to choose a step by. */
    double parameterNorm();

    /**
     * The model at {@code θ + step·v}, the caller's to close; this one stays as it is.
     *
     * @param v stays open as long as the moved model is used, which may read it with each batch
     */
    Moved<T> moved(ReferenceDirection v, double step);

    /**
     * The derivatives of the losses along v at θ, for a model that computes them with its values (forward mode): exact
     * but for rounding, where {@link #moved} has an error of its step. Empty where it does not, as here.
     *
     * @param v stays open as long as the tangent is used, which may read it with each batch
     */
    default Optional<Tangent<T>> along(ReferenceDirection v) {
        return Optional.empty();
    }

    /** A model's losses along a direction, the caller's to close. */
    interface Tangent<T> extends AutoCloseable {

        /**
         * {@code d/ds L(θ + s·v, z)} at {@code s = 0} for the summed loss of each item z with its observed labels; the
         * caller bounds the batch by {@link #rows}.
         */
        BatchLosses derivatives(List<? extends T> batch);

        /** Floating-point operations for a token. */
        OptionalDouble flopsPerToken();

        @Override
        void close();
    }

    /** A moved model. */
    interface Moved<T> extends AutoCloseable {

        /** The loss of each item with its observed labels; the caller bounds the batch by {@link #rows}. */
        BatchLosses losses(List<? extends T> batch);

        @Override
        void close();
    }
}
