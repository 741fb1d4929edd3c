// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.Embeddings;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** What every {@link Embeddings} promises. */
public abstract class EmbeddingsContract {
    private static final float MARK = 12_345;
    /** Rows that threads read in all, and numbers where the rows are long. */
    private static final int ROWS_READ = 1_000_000;

    private static final int NUMBERS_READ = 1 << 25;
    /** Rows that a thread reads at once, so that it is at it while others are. */
    private static final int MANY = 100;

    /** Reads of the longest rows. */
    private static final int ROUNDS = 100;

    private static final long STRIDE = 7919;
    private static final int DRAWN = 500;
    /** Of so many rows, every block is read. */
    private static final int FEW = 300;
    /** Of more, all blocks that begin before this row, and as many others. */
    private static final int EDGE = 70;
    /** Rows of a block that is drawn. */
    private static final int MOST = 1000;
    /** Rows of a block, around what one is often cut into. */
    private static final int[] SIZES = {1, 2, 3, 7, 31, 64, 65, 99, 100, 101, 127, 128, 129, 255, 256, 257, 299, 513};

    /** The embeddings, always the same; of two rows or more. */
    protected abstract Embeddings embeddings();

    /** What they hold, row-major, {@code rows × dimension}. */
    protected abstract float[] values();

    private float[] givenValues() {
        return Answers.made("values()", values());
    }

    private Embeddings tested() {
        return tested(embeddings());
    }

    private Embeddings tested(Embeddings bare) {
        Embeddings embeddings = Calls.named(bare, Embeddings.class);
        assertThat(embeddings.dimension()).as("the dimension").isPositive();
        assertThat(embeddings.rows()).as("the rows").isGreaterThanOrEqualTo(2);
        assertThat((long) embeddings.rows() * embeddings.dimension())
                .as("values in %s rows of %s", embeddings.rows(), embeddings.dimension())
                .isEqualTo(givenValues().length);
        return embeddings;
    }

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
            if ((i < before || i >= before + length) && target.get(i) != MARK) { // sooner than an assertion
                assertThat(target.get(i)).as("number %s, which is of no row", i).isEqualTo(MARK);
            }
        }
        float[] values = new float[length];
        target.position(before).get(values);
        return values;
    }

    /** Names the first number that differs, of which there may be many thousands. */
    private static void same(String how, float[] found, int firstRow, int rows, float[] values) {
        int dimension = found.length / Math.max(1, rows);
        int from = firstRow * dimension;
        int place = Arrays.mismatch(found, 0, found.length, values, from, from + found.length);
        if (place >= 0) {
            assertThat(found[place])
                    .as(
                            "row %s, column %s, the first number that differs, %s %s to %s",
                            firstRow + place / dimension, place % dimension, how, firstRow, firstRow + rows)
                    .isEqualTo(values[from + place]);
        }
    }

    private void check(Embeddings embeddings, int firstRow, int rows, FloatBuffer target) {
        same("read in rows", read(embeddings, firstRow, rows, target), firstRow, rows, givenValues());
    }

    /** For these rows, and for one more, which is not to be written. */
    private static FloatBuffer room(Embeddings embeddings, int rows) {
        return FloatBuffer.allocate((rows + 1) * embeddings.dimension() + 5).position(3);
    }

    /** Rows times dimension is what there is, and stays so. */
    @Test
    public void rowsAndDimension_holdTheValues() {
        Embeddings embeddings = tested();
        check(embeddings, 0, embeddings.rows(), room(embeddings, embeddings.rows()));
        assertThat(embeddings.rows())
                .as("the rows after use, as those of another instance")
                .isEqualTo(tested().rows());
        assertThat(embeddings.dimension())
                .as("the dimension after use, as that of another instance")
                .isEqualTo(tested().dimension());
    }

    /** Blocks of any size from any row, up and down, and again; of many rows those at both ends and some between. */
    @Test
    public void read_anyBlock_givesItsRows() {
        Embeddings embeddings = tested();
        int rows = embeddings.rows();
        for (int size : SIZES) {
            for (int first = 0; first + size <= rows; first += rows <= FEW || first < EDGE ? 1 : rows / EDGE) {
                check(embeddings, first, size, room(embeddings, size));
                int last = rows - size - first;
                check(embeddings, last, size, room(embeddings, size));
            }
        }
        for (int size = Math.max(0, rows - EDGE); size <= rows; size++) {
            check(embeddings, 0, size, room(embeddings, size));
            check(embeddings, rows - size, size, room(embeddings, size));
        }
        for (int row = 0; row <= rows; row += rows <= FEW ? 1 : Math.max(1, (rows - row) / EDGE)) {
            check(embeddings, row, 0, room(embeddings, 0));
        }
    }

    /** Blocks drawn at random, that overlap and come again; from two instances in turn. */
    @Test
    public void read_drawnBlocks_givesTheirRows() {
        List<Embeddings> both = List.of(tested(), tested());
        RandomGenerator random = Numbers.of(3);
        int rows = both.get(0).rows();
        for (int i = 0; i < DRAWN; i++) {
            int first = random.nextInt(rows);
            int count = random.nextInt(Math.min(rows - first, MOST) + 1);
            check(both.get(i % 2), first, count, room(both.get(0), count));
        }
    }

    /** Rows that are not there are refused, and a target without room for them; and nothing is left of that. */
    @Test
    public void read_notThereOrNoRoom_isRefused() {
        Embeddings bare = Answers.made("embeddings()", embeddings());
        Embeddings embeddings = tested(bare);
        int rows = embeddings.rows();
        int most = Integer.MAX_VALUE;
        int least = Integer.MIN_VALUE;
        int[][] blocks = {
            {-1, 0},
            {least, 0},
            {rows + 1, 0},
            {most, 0},
            {-1, 1},
            {-1, 2},
            {-rows, rows},
            {least, 1},
            {least, most},
            {0, -1},
            {1, -1},
            {rows, -1},
            {rows, -rows},
            {1, least},
            {0, rows + 1},
            {1, rows},
            {rows - 1, 2},
            {rows, 1},
            {rows + 1, -1},
            {most, 1},
            {1, most},
            {0, most},
            {most, most},
            {rows, most},
            {most, least}
        };
        for (int[] block : blocks) {
            FloatBuffer target = room(embeddings, rows + 2);
            assertThatThrownBy(
                            () -> bare.read(block[0], block[1], target),
                            "%s rows from row %s on, of %s, by read",
                            block[1],
                            block[0],
                            rows)
                    .isInstanceOfAny(
                            IndexOutOfBoundsException.class,
                            block[1] > rows + 2 ? IllegalArgumentException.class : IndexOutOfBoundsException.class);
            assertThatThrownBy(
                            () -> bare.readFully(block[0], block[1], room(embeddings, rows + 2)),
                            "%s rows from row %s on, of %s, by readFully",
                            block[1],
                            block[0],
                            rows)
                    .isInstanceOf(RuntimeException.class);
        }
        for (int count : new int[] {1, 2, rows}) {
            int length = count * embeddings.dimension();
            for (int left : new int[] {0, length / 2, length - 1}) {
                for (FloatBuffer target : Buffers.ofEveryKind(length + 3)) {
                    target.limit(1 + left).position(1);
                    assertThatThrownBy(
                                    () -> bare.read(rows - count, count, target),
                                    "%s rows into a target with room for %s values of %s",
                                    count,
                                    left,
                                    length)
                            .isInstanceOf(IllegalArgumentException.class);
                }
            }
            check(embeddings, rows - count, count, room(embeddings, count));
        }
    }

    /** The other ways to read give the same, each time in arrays of the caller's own. */
    @Test
    public void readFullyAndToArrays_giveTheRows() {
        Embeddings embeddings = tested();
        float[] values = givenValues();
        int dimension = embeddings.dimension();
        FloatBuffer target = room(embeddings, 2);
        embeddings.readFully(embeddings.rows() - 2, 2, target);
        assertThat(target.position()).as("the position after two rows").isEqualTo(3 + 2 * dimension);
        assertThat(Arrays.copyOfRange(target.array(), 3, 3 + 2 * dimension))
                .as("the last two rows by readFully")
                .isEqualTo(Arrays.copyOfRange(values, values.length - 2 * dimension, values.length));
        for (int again = 0; again < 2; again++) {
            float[][] rows = embeddings.toArrays();
            assertThat(rows.length).as("rows in arrays").isEqualTo(embeddings.rows());
            for (int row = 0; row < rows.length; row++) {
                assertThat(rows[row])
                        .as("row %s in arrays", row)
                        .isEqualTo(Arrays.copyOfRange(values, row * dimension, (row + 1) * dimension));
                Arrays.fill(rows[row], MARK);
            }
        }
        check(embeddings, 0, embeddings.rows(), room(embeddings, embeddings.rows()));
    }

    /** Buffers outside the heap, of the other byte order, that are parts of others, with room left and without. */
    @Test
    public void read_anyBuffer_givesTheRows() {
        Embeddings embeddings = tested();
        int length = embeddings.rows() * embeddings.dimension();
        for (FloatBuffer target : Buffers.ofEveryKind(length + 8 + embeddings.dimension())) {
            check(embeddings, 0, embeddings.rows(), target.position(4));
            check(embeddings, 0, embeddings.rows(), target.limit(length + 4).position(4));
        }
    }

    /** What a caller does with what it read changes nothing. */
    @Test
    public void read_bufferWrittenTo_changesNothing() {
        Embeddings embeddings = tested();
        FloatBuffer target = room(embeddings, 2);
        embeddings.read(0, 2, target);
        target.clear();
        for (int i = 0; i < target.capacity(); i++) {
            target.put(i, MARK);
        }
        check(embeddings, 0, 2, room(embeddings, 2));
    }

    /** Several threads may read at once, few rows and many, from one instance and from two. */
    @Test
    public void read_manyThreads_givesTheirRows() {
        List<Embeddings> both = List.of(tested(), tested());
        int rows = both.get(0).rows();
        int dimension = both.get(0).dimension();
        float[] values = givenValues();
        int many = Math.min(rows / 2, MANY);
        int all = Math.min(ROWS_READ, NUMBERS_READ / dimension);
        Threads.manyTimes(Math.max(ROUNDS, all / (many + 2) * 2), i -> {
            int count = i % 2 == 0 ? many : 2;
            int first = (int) (i * STRIDE % (rows - count + 1)); // far from what the others read
            // of the byte order that takes longer, so that threads meet
            FloatBuffer target =
                    ByteBuffer.allocate(count * dimension * Float.BYTES).asFloatBuffer();
            both.get(i % 3 % 2).read(first, count, target);
            float[] found = new float[count * dimension];
            target.get(0, found);
            same("read by several threads in rows", found, first, count, values);
        });
    }

    /** Neither the default locale nor the time zone changes anything; JUnit runs nothing beside this. */
    @Test
    @ResourceLock(Resources.GLOBAL)
    public void read_elsewhere_givesTheRows() {
        Elsewhere.each(where -> {
            Embeddings embeddings = tested();
            check(embeddings, 0, embeddings.rows(), room(embeddings, embeddings.rows()));
        });
    }
}
