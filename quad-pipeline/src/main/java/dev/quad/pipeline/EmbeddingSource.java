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
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
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
    Embeddings of(CandidatePool<Document> pool, Seed seed, Optional<Path> work, IntConsumer onRows);

    /**
     * Writes the rows into a file, as they are made where that can be; killed and called again, it goes on, and where
     * it is done it opens the file.
     *
     * @param target a name that ends in {@code .npy} or {@code .safetensors}
     * @param work as for {@link #of}
     * @return the rows of the file, which is mapped
     */
    default Embeddings write(Path target, CandidatePool<Document> pool, Seed seed, Path work, IntConsumer onRows) {
        Objects.requireNonNull(target, "the file is null");
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(seed, "the seed is null");
        Objects.requireNonNull(work, "the folder of the work is null");
        Objects.requireNonNull(onRows, "onRows is null; give n -> {} to hear nothing");
        if (Files.exists(target)) {
            return EmbeddingsFile.open(target);
        }
        Embeddings rows = of(pool, seed, Optional.of(work), onRows);
        Map<String, String> metadata = Map.of("embedder", id(), "pool", pool.fingerprint());
        try (EmbeddingsWriter out =
                EmbeddingsWriter.open(target, rows.rows(), rows.dimension(), ElementType.FLOAT32, metadata)) {
            FloatBuffer row = FloatBuffer.allocate(rows.dimension());
            for (int done = out.rowsDone(); done < rows.rows(); done++) {
                rows.readFully(done, 1, row.clear());
                out.write(row.flip());
            }
        }
        return EmbeddingsFile.open(target);
    }

    /** Names the rows: with pool and seed, nothing else changes them. Goes into the manifest. */
    String id();

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
            public Embeddings of(CandidatePool<Document> pool, Seed seed, Optional<Path> work, IntConsumer onRows) {
                return work.isPresent()
                        ? write(EmbeddingsOfFile.kept(work.get()), pool, seed, work.get(), onRows)
                        : PoolEmbeddings.inMemory(pool, fit(pool, seed), onRows);
            }

            @Override
            public Embeddings write(
                    Path target, CandidatePool<Document> pool, Seed seed, Path work, IntConsumer onRows) {
                return Files.exists(target)
                        ? EmbeddingsFile.open(target) // fitted to the same pool
                        : EmbeddingsWriter.embed(pool, fit(pool, seed), target, ElementType.FLOAT32, onRows);
            }

            private Embedder<Document> fit(CandidatePool<Document> pool, Seed seed) {
                HashedNgramOptions options =
                        HashedNgramOptions.builder().seed(seed).build();
                return new DocumentEmbedder(HashedNgramEmbedder.fit(pool, options));
            }

            @Override
            public String id() {
                return "hashed";
            }

            @Override
            public String toString() {
                return "rows by hashed n-grams";
            }
        };
    }

    /** By an embedder of the caller's, who closes it. A run that goes on embeds only the documents that are missing. */
    static EmbeddingSource embedder(Embedder<? super Document> embedder) {
        Objects.requireNonNull(embedder, "the embedder is null");
        return new EmbeddingSource() {
            @Override
            public Embeddings of(CandidatePool<Document> pool, Seed seed, Optional<Path> work, IntConsumer onRows) {
                return work.isPresent()
                        ? write(EmbeddingsOfFile.kept(work.get()), pool, seed, work.get(), onRows)
                        : PoolEmbeddings.inMemory(pool, embedder, onRows);
            }

            @Override
            public Embeddings write(
                    Path target, CandidatePool<Document> pool, Seed seed, Path work, IntConsumer onRows) {
                return EmbeddingsWriter.embed(pool, embedder, target, ElementType.FLOAT32, onRows);
            }

            @Override
            public String id() {
                return embedder.id();
            }

            @Override
            public String toString() {
                return "rows by " + embedder.id();
            }
        };
    }

    /**
     * Rows that are there already, one a document in the order of the pool.
     *
     * @param id names them, as {@link #id}
     */
    static EmbeddingSource rows(Embeddings rows, String id) {
        Objects.requireNonNull(rows, "the rows are null");
        Objects.requireNonNull(id, "the name of the rows is null; it goes into the manifest");
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
            public String toString() {
                return "rows " + id;
            }

            @Override
            public boolean isGiven() {
                return true;
            }
        };
    }

    /**
     * Rows that are in a file: a matrix, NPY or safetensors, which is mapped; or a column of Parquet or JSONL, which is
     * copied into the folder of the work. The pool must be a {@link dev.quad.text.JsonlPool}.
     *
     * @param ids a text file with the id of the document of each row of a matrix, one a line; empty where the rows are
     *     in the order of the pool
     * @param idField field with the ids of documents, in the pool and beside a column
     * @param field the column
     */
    static EmbeddingSource file(Path file, Optional<Path> ids, String idField, String field) {
        return new EmbeddingsOfFile(file, ids, idField, field);
    }
}
