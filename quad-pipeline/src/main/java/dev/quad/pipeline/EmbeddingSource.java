// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.CandidatePool;
import dev.quad.Embedder;
import dev.quad.Embeddings;
import dev.quad.MismatchException;
import dev.quad.Seed;
import dev.quad.cluster.embeddings.ElementType;
import dev.quad.cluster.embeddings.EmbeddingsFile;
import dev.quad.cluster.embeddings.EmbeddingsWriter;
import dev.quad.text.Document;
import dev.quad.text.DocumentEmbedder;
import dev.quad.text.HashedNgramEmbedder;
import dev.quad.text.HashedNgramOptions;
import dev.quad.text.PoolEmbeddings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * Gives a row for each document of a pool, by which it is clustered. Deterministic: the same pool and seed give the
 * same rows.
 */
public interface EmbeddingSource {

    /**
     * The rows.
     *
     * @param work where rows may be kept while they are made, and found again by a run that goes on; empty to keep
     *     nothing
     * @param onRows told now and then how many rows are done
     * @throws dev.quad.QuadException if they cannot be had of this pool
     */
    Embeddings of(CandidatePool<Document> pool, Seed seed, Optional<Path> work, IntConsumer onRows) throws IOException;

    /** Names the rows: with pool and seed, nothing else changes them. Goes into the manifest. */
    String id() throws IOException;

    /**
     * Whether the rows were made elsewhere, so that others may be given instead: a run that was begun with rows that
     * turn out to be unfit is then forgotten.
     */
    default boolean isGiven() {
        return false;
    }

    /**
     * By the words and runs of characters that texts share ({@link HashedNgramEmbedder}), fitted to the pool; no model
     * needed.
     */
    static EmbeddingSource hashedNgrams() {
        return new EmbeddingSource() {
            @Override
            public Embeddings of(CandidatePool<Document> pool, Seed seed, Optional<Path> work, IntConsumer onRows)
                    throws IOException {
                Optional<Path> file = work.map(EmbeddingSource::fileIn);
                if (file.isPresent() && Files.exists(file.get())) {
                    return EmbeddingsFile.open(file.get()); // fitted to the same pool
                }
                HashedNgramOptions options = HashedNgramOptions.builder()
                        .seed(seed)
                        .threads(Threads.count())
                        .build();
                return embedder(new DocumentEmbedder(HashedNgramEmbedder.fit(pool, options)))
                        .of(pool, seed, work, onRows);
            }

            @Override
            public String id() {
                return "hashed";
            }
        };
    }

    /** By an embedder of the caller's, who closes it. A run that goes on embeds only the documents that are missing. */
    static EmbeddingSource embedder(Embedder<? super Document> embedder) {
        return new EmbeddingSource() {
            @Override
            public Embeddings of(CandidatePool<Document> pool, Seed seed, Optional<Path> work, IntConsumer onRows) {
                return work.isPresent()
                        ? EmbeddingsWriter.embed(pool, embedder, fileIn(work.get()), ElementType.FLOAT32, onRows)
                        : PoolEmbeddings.inMemory(pool, embedder, onRows);
            }

            @Override
            public String id() {
                return embedder.id();
            }
        };
    }

    /**
     * Rows that are there already, one a document in the order of the pool.
     *
     * @param id names them, as {@link #id}
     */
    static EmbeddingSource rows(Embeddings rows, String id) {
        return new EmbeddingSource() {
            @Override
            public Embeddings of(CandidatePool<Document> pool, Seed seed, Optional<Path> work, IntConsumer onRows) {
                if (rows.rows() != pool.size()) {
                    throw new MismatchException("there are " + rows.rows() + " rows of embeddings, and the pool has "
                            + pool.size() + " documents; give a row for each document, in the order of the pool");
                }
                return rows;
            }

            @Override
            public String id() {
                return id;
            }

            @Override
            public boolean isGiven() {
                return true;
            }
        };
    }

    private static Path fileIn(Path work) {
        return work.resolve("embeddings.safetensors");
    }
}
