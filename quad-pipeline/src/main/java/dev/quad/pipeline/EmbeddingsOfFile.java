// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.CandidatePool;
import dev.quad.Embeddings;
import dev.quad.Fingerprint;
import dev.quad.InputException;
import dev.quad.Seed;
import dev.quad.cluster.embeddings.ElementType;
import dev.quad.cluster.embeddings.EmbeddingsFile;
import dev.quad.cluster.embeddings.EmbeddingsWriter;
import dev.quad.files.Unchecked;
import dev.quad.text.Document;
import dev.quad.text.EmbeddingColumn;
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
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * Rows that another program made: a matrix, which is mapped where it lies, or a column, which is copied.
 *
 * @param ids of the documents of the rows of a matrix; empty where they are in the order of the pool
 * @param idField with the ids of documents, in the pool and beside a column
 * @param field the column
 */
record EmbeddingsOfFile(Path file, Optional<Path> ids, String idField, String field) implements EmbeddingSource {
    EmbeddingsOfFile {
        Objects.requireNonNull(file, "the file is null");
        Objects.requireNonNull(ids, "the file of the ids is null; give Optional.empty() where rows are in order");
        Objects.requireNonNull(idField, "the field of the ids is null");
        Objects.requireNonNull(field, "the field is null");
    }

    @Override
    public String id() {
        return digest(field, ids.isPresent() ? List.of(file, ids.get()) : List.of(file));
    }

    @Override
    public boolean isGiven() {
        return true;
    }

    @Override
    public Embeddings of(CandidatePool<Document> pool, Seed seed, Optional<Path> work, IntConsumer onRows) {
        if (!(pool instanceof JsonlPool documents)) {
            throw new InputException("rows of " + file + " are matched with documents of files; give a JsonlPool, or"
                    + " the rows themselves");
        }
        String name = file.toString().toLowerCase(Locale.ROOT);
        if (!name.endsWith(".npy") && !name.endsWith(".safetensors")) {
            return column(documents, work, onRows);
        }
        Embeddings rows = EmbeddingsFile.open(file);
        return ids.isPresent()
                ? PrecomputedEmbeddings.matched(documents, rows, file.toString(), ids.get())
                : PrecomputedEmbeddings.inOrder(documents, rows, file.toString());
    }

    /** Copies a column into a file, or opens it where that was done. */
    private Embeddings column(JsonlPool pool, Optional<Path> work, IntConsumer onRows) {
        Path target = kept(work.orElseThrow(
                () -> new InputException("the column " + field + " of " + file + " is copied into the folder of the"
                        + " work, and there is none; give one, or a matrix in .npy or .safetensors")));
        if (!Files.exists(target)) {
            EmbeddingColumn column = EmbeddingColumn.open(pool, List.of(file), idField, field);
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

    /** Where rows are kept that are made for a run. */
    static Path kept(Path work) {
        return work.resolve("embeddings.safetensors");
    }

    /** Of whole files. */
    static String digest(String name, List<Path> files) {
        Fingerprint digest = Fingerprint.of("quad.embeddings").add(name);
        for (Path path : files) {
            Unchecked.run(path, () -> addFile(digest, path));
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
}
