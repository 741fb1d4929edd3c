// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.CandidatePool;
import dev.quad.Embedder;
import dev.quad.Embeddings;
import dev.quad.Fingerprint;
import dev.quad.InputException;
import dev.quad.Seed;
import dev.quad.cluster.embeddings.ElementType;
import dev.quad.cluster.embeddings.EmbeddingsFile;
import dev.quad.cluster.embeddings.EmbeddingsWriter;
import dev.quad.onnx.OnnxEmbedder;
import dev.quad.pipeline.EmbeddingSource;
import dev.quad.text.Document;
import dev.quad.text.DocumentEmbedder;
import dev.quad.text.EmbeddingCache;
import dev.quad.text.EmbeddingColumn;
import dev.quad.text.HashedNgramEmbedder;
import dev.quad.text.HashedNgramOptions;
import dev.quad.text.JsonlPool;
import dev.quad.text.PrecomputedEmbeddings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;

/** Makes or reads one row for each document of a pool. */
record PoolEmbedding(
        String embedder,
        int tokens,
        Optional<Path> cache,
        Optional<Path> file,
        Optional<Path> ids,
        String idField,
        String field) {
    static final String HASHED = "hashed";
    static final String BGE_SMALL = "bge-small";

    static final PoolEmbedding DEFAULT = made(HASHED, 256);

    /** Made here, and kept nowhere else. */
    static PoolEmbedding made(String embedder, int tokens) {
        return new PoolEmbedding(
                embedder, tokens, Optional.empty(), Optional.empty(), Optional.empty(), "id", "embedding");
    }

    /** For the pool that is open. */
    EmbeddingSource source(JsonlPool pool) {
        if (file.isEmpty() && embedder.equals(HASHED)) {
            return EmbeddingSource.hashedNgrams();
        }
        return new EmbeddingSource() {
            @Override
            public Embeddings of(CandidatePool<Document> same, Seed seed, Optional<Path> work, IntConsumer onRows)
                    throws IOException {
                return PoolEmbedding.this.of(pool, work.orElseThrow(), onRows);
            }

            @Override
            public String id() throws IOException {
                return identity();
            }

            @Override
            public boolean isGiven() {
                return file.isPresent();
            }
        };
    }

    /** What a run's manifest names: the rows depend on nothing else but the pool. */
    private String identity() throws IOException {
        if (file.isPresent()) {
            return digest(field, ids.isPresent() ? List.of(file.get(), ids.get()) : List.of(file.get()));
        }
        return embedder.equals(BGE_SMALL)
                ? embedder + ", " + tokens + " tokens"
                : digest("sentence model", OnnxEmbedder.files(folder()));
    }

    private static String digest(String name, List<Path> files) throws IOException {
        Fingerprint digest = Fingerprint.of("quad.embeddings").add(name);
        for (Path path : files) {
            addFile(digest, path);
        }
        return digest.hex();
    }

    private static void addFile(Fingerprint digest, Path path) throws IOException {
        digest.add(Files.size(path));
        try (InputStream in = Files.newInputStream(path)) {
            byte[] block = new byte[1 << 16];
            for (int count = in.read(block); count >= 0; count = in.read(block)) {
                digest.add(ByteBuffer.wrap(block, 0, count));
            }
        }
    }

    /** The rows of the pool, in a mapped file: that of the user, or one in the folder of the work. */
    private Embeddings of(JsonlPool pool, Path work, IntConsumer onRows) throws IOException {
        Path target = work.resolve("embeddings.safetensors");
        if (file.isEmpty()) {
            return write(target, pool, work, onRows);
        }
        Path given = file.get();
        String name = given.toString().toLowerCase(Locale.ROOT);
        if (!name.endsWith(".npy") && !name.endsWith(".safetensors")) {
            return column(target, pool, given, onRows);
        }
        Embeddings rows = EmbeddingsFile.open(given);
        return ids.isPresent()
                ? PrecomputedEmbeddings.matched(pool, rows, given.toString(), ids.get())
                : PrecomputedEmbeddings.inOrder(pool, rows, given.toString());
    }

    /** Copies a column into a file, or opens it where that was done. */
    private EmbeddingsFile column(Path target, JsonlPool pool, Path source, IntConsumer onRows) {
        if (!Files.exists(target)) {
            EmbeddingColumn column = EmbeddingColumn.open(pool, List.of(source), idField, field);
            Map<String, String> metadata = Map.of("column", field, "pool", pool.fingerprint());
            try (EmbeddingsWriter out = EmbeddingsWriter.openForAnyOrder(
                    target, pool.size(), column.dimension(), ElementType.FLOAT32, metadata)) {
                column.read((row, ordinal) -> {
                    out.put(ordinal, row);
                    onRows.accept(out.rowsDone());
                });
            }
        }
        return EmbeddingsFile.open(target);
    }

    /** Embeds into a file as it goes, or opens it where that was done; killed, it goes on with the rows that are missing. */
    EmbeddingsFile write(Path target, JsonlPool pool, Seed seed, int threads, Path work, IntConsumer onRows) {
        if (embedder.equals(HASHED)) {
            if (Files.exists(target)) {
                return EmbeddingsFile.open(target);
            }
            HashedNgramOptions options =
                    HashedNgramOptions.builder().seed(seed).threads(threads).build();
            Embedder<Document> documents = new DocumentEmbedder(HashedNgramEmbedder.fit(pool, options));
            return EmbeddingsWriter.embed(pool, documents, target, ElementType.FLOAT32, onRows);
        }
        return write(target, pool, work, onRows);
    }

    private EmbeddingsFile write(Path target, JsonlPool pool, Path work, IntConsumer onRows) {
        if (Files.exists(target)) {
            return EmbeddingsFile.open(target);
        }
        try (OnnxEmbedder model = load();
                EmbeddingCache kept = EmbeddingCache.open(
                        cache.orElse(work.resolve("embeddings")), model, PoolEmbedding::saysThatItWaits)) {
            Embedder<Document> documents = new DocumentEmbedder(kept);
            return EmbeddingsWriter.embed(pool, documents, target, ElementType.FLOAT32, onRows);
        }
    }

    private static void saysThatItWaits(Path rows) {
        Progress.standard().say("waiting for another run, which has the embeddings in " + rows);
    }

    private OnnxEmbedder load() {
        if (embedder.equals(BGE_SMALL)) {
            return OnnxEmbedder.bgeSmall(tokens);
        }
        return OnnxEmbedder.load(folder());
    }

    private Path folder() {
        Path folder = Path.of(embedder);
        if (!Files.isDirectory(folder)) {
            throw new InputException("--embedder is " + embedder + ", which is no folder; allowed are " + HASHED + ", "
                    + BGE_SMALL + " and a folder with a sentence model");
        }
        return folder;
    }
}
