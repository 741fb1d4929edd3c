// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Embeddings;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What every {@link Embeddings} promises. */
public abstract class EmbeddingsContract {
    private static final float MARK = 12_345;
    private static final int READS = 20_000;

    /** The embeddings, always the same; of two rows or more. */
    protected abstract Embeddings embeddings();

    /** What they hold, row-major, {@code rows × dimension}. */
    protected abstract float[] values();

    private static float[] read(Embeddings embeddings, int firstRow, int rows, FloatBuffer target) {
        int before = target.position();
        int length = rows * embeddings.dimension();
        int limit = target.limit();
        target.clear();
        for (int i = 0; i < target.capacity(); i++) {
            target.put(i, MARK);
        }
        embeddings.read(firstRow, rows, target.limit(limit).position(before));
        assertThat(target.position())
                .as("the position after rows %s to %s were read from %s on", firstRow, firstRow + rows, before)
                .isEqualTo(before + length);
        assertThat(target.limit()).as("the limit after rows were read").isEqualTo(limit);
        target.clear();
        for (int i = 0; i < target.capacity(); i++) {
            if (i < before || i >= before + length) {
                assertThat(target.get(i)).as("number %s, which is of no row", i).isEqualTo(MARK);
            }
        }
        float[] values = new float[length];
        target.position(before).get(values);
        return values;
    }

    private void check(Embeddings embeddings, int firstRow, int rows, FloatBuffer target) {
        int dimension = embeddings.dimension();
        assertThat(read(embeddings, firstRow, rows, target))
                .as("rows %s to %s", firstRow, firstRow + rows)
                .isEqualTo(Arrays.copyOfRange(values(), firstRow * dimension, (firstRow + rows) * dimension));
    }

    private static FloatBuffer room(Embeddings embeddings, int rows) {
        return FloatBuffer.allocate(rows * embeddings.dimension() + 5).position(3);
    }

    /** Rows times dimension is what there is, and stays so. */
    @Test
    public void rowsAndDimension_holdTheValues() {
        Embeddings embeddings = embeddings();
        assertThat(embeddings.dimension()).isPositive();
        assertThat(embeddings.rows()).isGreaterThanOrEqualTo(2);
        assertThat((long) embeddings.rows() * embeddings.dimension()).isEqualTo(values().length);
        check(embeddings, 0, embeddings.rows(), room(embeddings, embeddings.rows()));
        assertThat(embeddings.rows()).isEqualTo(embeddings().rows());
        assertThat(embeddings.dimension()).isEqualTo(embeddings().dimension());
    }

    /** Blocks of any size from any row, up and down, and again. */
    @Test
    public void read_anyBlock_givesItsRows() {
        Embeddings embeddings = embeddings();
        int rows = embeddings.rows();
        for (int size : new int[] {1, 2, 3, 7, 64, rows}) {
            for (int first = 0; first + size <= rows; first++) {
                check(embeddings, first, size, room(embeddings, size));
                int last = rows - size - first;
                check(embeddings, last, size, room(embeddings, size));
            }
        }
        for (int row = 0; row <= rows; row++) {
            check(embeddings, row, 0, room(embeddings, 0));
        }
    }

    /** Buffers outside the heap, of the other byte order, that are parts of others, with room left and without. */
    @Test
    public void read_anyBuffer_givesTheRows() {
        Embeddings embeddings = embeddings();
        int length = embeddings.rows() * embeddings.dimension();
        for (FloatBuffer target : Buffers.ofEveryKind(length + 8)) {
            check(embeddings, 0, embeddings.rows(), target.position(4));
            check(embeddings, 0, embeddings.rows(), target.limit(length + 4).position(4));
        }
    }

    /** What a caller does with what it read changes nothing. */
    @Test
    public void read_bufferWrittenTo_changesNothing() {
        Embeddings embeddings = embeddings();
        FloatBuffer target = room(embeddings, 2);
        embeddings.read(0, 2, target);
        for (int i = 0; i < target.capacity(); i++) {
            target.put(i, MARK);
        }
        check(embeddings, 0, 2, room(embeddings, 2));
    }

    /** Several threads may read at once. */
    @Test
    public void read_manyThreads_givesTheirRows() {
        Embeddings embeddings = embeddings();
        int rows = embeddings.rows();
        int length = 2 * embeddings.dimension();
        float[] values = values();
        Threads.manyTimes(READS, i -> {
            int first = i % (rows - 1) * embeddings.dimension();
            float[] found = new float[length];
            embeddings.read(i % (rows - 1), 2, FloatBuffer.wrap(found));
            if (Arrays.mismatch(found, 0, length, values, first, first + length) >= 0) { // sooner than an assertion
                assertThat(found)
                        .as("rows %s and the next", i % (rows - 1))
                        .isEqualTo(Arrays.copyOfRange(values, first, first + length));
            }
        });
    }
}
