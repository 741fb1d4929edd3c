// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Objects;

/**
 * Turns items into vectors whose distances say how alike the items are. Deterministic: the same item gives the same
 * row, whatever it is batched with.
 *
 * @param <T> what an item is
 */
public interface Embedder<T> {

    /** The length of a row, {@code >= 1}. */
    int dimension();

    /**
     * Embeds a batch.
     *
     * @param items the batch
     * @param target receives {@code items.size() × dimension()} values, row-major, from its position on; its position
     *     moves past them
     */
    void embed(List<? extends T> items, FloatBuffer target);

    /**
     * {@link #embed}, and makes sure that all of it was written: for an embedder of somebody else's, of whose rows
     * nothing or half would else be worked with as zeros. Costs nothing beside.
     *
     * @throws IllegalStateException if more or less was written; names the item of the batch
     */
    default void embedFully(List<? extends T> items, FloatBuffer target) {
        Objects.requireNonNull(items, "the items are null");
        Rows.write(this, 0, items.size(), dimension(), target, () -> embed(items, target));
    }

    /** Names the embedder and everything that changes its rows (model, options, seed). Goes into the manifest. */
    String id();
}
