// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.CandidatePool;
import dev.quad.Embedder;
import dev.quad.Embeddings;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntConsumer;

/** Embeds a whole pool, block by block. */
public final class PoolEmbeddings {
    private static final int BLOCK = 1024;

    private PoolEmbeddings() {}

    /** As the other, without telling how it goes. */
    public static <T> Embeddings inMemory(CandidatePool<T> pool, Embedder<? super T> embedder) {
        return inMemory(pool, embedder, rows -> {});
    }

    /**
     * One row per ordinal, in memory: {@code 4 × size × dimension} bytes.
     *
     * @param onRows told after each block how many rows are done in all
     * @throws IllegalArgumentException if the rows have more than 2^31 − 9 values
     */
    public static <T> Embeddings inMemory(CandidatePool<T> pool, Embedder<? super T> embedder, IntConsumer onRows) {
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(embedder, "the embedder is null");
        Objects.requireNonNull(onRows, "onRows is null; give n -> {} to hear nothing");
        long values = (long) pool.size() * embedder.dimension();
        if (values > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(pool.size() + " rows of " + embedder.dimension()
                    + " values do not fit in one array of 2^31 - 9; lower the dimension or split the pool");
        }
        float[] rows = new float[(int) values];
        FloatBuffer target = FloatBuffer.wrap(rows);
        List<T> block = new ArrayList<>(BLOCK);
        for (int done = 0; done < pool.size(); done += block.size()) {
            block.clear();
            for (int i = done; i < Math.min(pool.size(), done + BLOCK); i++) {
                block.add(pool.get(i));
            }
            embedder.embedFully(block, target);
            onRows.accept(done + block.size());
        }
        return Embeddings.of(rows, embedder.dimension());
    }
}
