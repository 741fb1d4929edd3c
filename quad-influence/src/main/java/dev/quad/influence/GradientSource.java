// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Precision;
import java.util.List;
import java.util.OptionalDouble;

/**
 * A model, seen as linear layers whose inputs and output gradients can be captured. Implement this to use Quad with a
 * training stack of your own: it names no tensor library. {@code GradientSourceContract} of quad-testkit tests that the
 * gradients are those of the loss.
 *
 * <p>Not safe for use by several threads at once unless an implementation says so.
 *
 * @param <T> what an item is to the model
 */
public interface GradientSource<T> {
    /** Tokens of a batch by default: enough for matrix products to run at full speed. */
    int DEFAULT_BATCH_TOKENS = 4096;

    /**
     * The captured layers, one or more, each with a name of its own. Embeddings, norms and the output head are usually
     * left out.
     */
    List<LayerShape> layers();

    /**
     * A digest of the parameters and of the captured layers. Where the parameters change, by training, it must change
     * too: it is asked again before each batch is scored, and a direction or a curvature of other parameters is refused
     * with a {@link dev.quad.MismatchException}. So compute it once for each state of the parameters, and keep it.
     */
    String fingerprint();

    /** The precision of its captures, and so of all that is made from them. */
    default Precision precision() {
        return Precision.SINGLE;
    }

    /**
     * Floating-point operations of {@link #capture} for a token: 6 for each weight of the model that it is multiplied
     * by (Kaplan et al., 2020), captured or not. Empty where it is not known, as here.
     */
    default OptionalDouble flopsPerToken() {
        return OptionalDouble.empty();
    }

    /**
     * How many supervised tokens an item has, without running the model; 0 if it cannot be scored. The losses of
     * {@link #capture} count as many.
     */
    int tokens(T item);

    /**
     * How many tokens of an item go through the model, by which batches are bounded: its {@link #tokens}, as here, or
     * more where some are not supervised.
     */
    default int rows(T item) {
        return tokens(item);
    }

    /**
     * Runs forward and backward over a batch and hands the sink one capture per layer, in any order of layers.
     *
     * <p>Takes all items at once: the caller bounds the batch by {@link #rows}. The gradients of an item do not depend
     * on what it is batched with, and neither do labels that are drawn from the model's prediction
     * ({@link Targets#sampled}): draw that of a position from a stream of its own, with a key made of the content of
     * the item, not of its place in the batch or of the object, so that equal items get equal labels on every machine:
     *
     * <pre>{@code
     * RandomGenerator random = sampled.seed().stream("my.labels", sampled.draw(), Arrays.hashCode(tokens), position);
     * }</pre>
     *
     * <p>Whoever calls this checks what comes back: a layer that is missing or handed over twice, starts or lengths
     * that do not fit, and losses of another number of items or tokens end the pass with an
     * {@link IllegalStateException}.
     *
     * @param targets whose labels the gradients are for
     * @return the loss of each item with its observed labels
     */
    BatchLosses capture(List<? extends T> batch, Targets targets, CaptureSink sink);
}
