// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.Embeddings;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.NumericalException;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.IntUnaryOperator;

/**
 * Rows of embeddings that were computed elsewhere, put in the order of a pool; {@link EmbeddingColumn} is for those
 * that are records. Rows that belong to no document of the pool are left out; a document without a row is an error that
 * names it. However many rows there are, the heap holds 4 bytes a document, and 24 while they are matched.
 */
public final class PrecomputedEmbeddings {
    private static final int MAX_ID_BYTES = 1 << 20;

    private PrecomputedEmbeddings() {}

    /**
     * From rows in the order of the pool, such as those of an NPY or safetensors file.
     *
     * @param rows are read when the result is, so must stay open
     * @param name what holds them, for messages
     * @return rows which, when they are read, throw a {@link NumericalException} where a value is not finite
     * @throws MismatchException if there are not as many rows as documents
     */
    public static Embeddings inOrder(JsonlPool pool, Embeddings rows, String name) {
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(rows, "the rows are null");
        Objects.requireNonNull(name, "the name is null");
        if (rows.rows() != pool.size()) {
            throw new MismatchException(name + " has " + rows.rows() + " rows and the pool " + pool.size()
                    + " documents; give the ids of the rows with --embeddings-ids, or other rows");
        }
        return new InPoolOrder(pool, rows, name, row -> row);
    }

    /**
     * From rows in another order.
     *
     * @param rows are read when the result is, so must stay open
     * @param name what holds them, for messages
     * @param ids a text file with the id of the document of each row, one a line; plain, gzip or zstd
     * @return rows which, when they are read, throw a {@link NumericalException} where a value is not finite
     * @throws MismatchException if there are not as many ids as rows, a document comes twice, or has no row
     */
    public static Embeddings matched(JsonlPool pool, Embeddings rows, String name, Path ids) {
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(rows, "the rows are null");
        Objects.requireNonNull(name, "the name is null");
        Objects.requireNonNull(ids, "the ids are null");
        DocumentsById documents = new DocumentsById(pool, row -> ids + ", line " + (row + 1));
        int count = 0;
        Utf8 utf8 = new Utf8();
        try (Lines lines = new Lines(SourceFile.textOf(ids), MAX_ID_BYTES)) {
            while (lines.next()) {
                if (lines.isTooLong() || utf8.firstInvalid(lines.bytes(), lines.start(), lines.length()) >= 0) {
                    throw new InputException(ids + ", line " + lines.number() + ": is "
                            + (lines.isTooLong() ? "longer than " + MAX_ID_BYTES + " bytes" : "not UTF-8")
                            + "; allowed is a text file with an id in each line");
                }
                String id = new String(lines.bytes(), lines.start(), lines.length(), StandardCharsets.UTF_8);
                documents.take(id, count++);
            }
        } catch (IOException e) {
            throw SourceFile.unreadable(ids, e);
        }
        if (rows.rows() != count) {
            throw new MismatchException(
                    name + " has " + rows.rows() + " rows and " + ids + " " + count + " ids; each row needs one");
        }
        int[] rowOf = documents.rows(name, DocumentsById.EMBED);
        return new InPoolOrder(pool, rows, name, ordinal -> rowOf[ordinal]);
    }

    private record InPoolOrder(JsonlPool pool, Embeddings all, String name, IntUnaryOperator rowOf)
            implements Embeddings {
        @Override
        public int rows() {
            return pool.size();
        }

        @Override
        public int dimension() {
            return all.dimension();
        }

        @Override
        public void read(int firstRow, int rowCount, FloatBuffer target) {
            Objects.checkFromIndexSize(firstRow, rowCount, rows());
            if (target.remaining() < (long) rowCount * dimension()) {
                throw new IllegalArgumentException("the target has room for " + target.remaining() + " values; "
                        + rowCount + " rows of " + dimension() + " need " + (long) rowCount * dimension());
            }
            for (int i = firstRow; i < firstRow + rowCount; i++) {
                int start = target.position();
                all.read(rowOf.applyAsInt(i), 1, target);
                for (int j = 0; j < all.dimension(); j++) {
                    if (!Float.isFinite(target.get(start + j))) {
                        throw new NumericalException(name + ", row " + rowOf.applyAsInt(i) + " (counted from 0), of the"
                                + " document at " + pool.place(i) + ", has " + target.get(start + j) + " in column " + j
                                + "; allowed are finite numbers");
                    }
                }
            }
        }
    }
}
