// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.Embeddings;
import dev.quad.cluster.embeddings.ElementType;
import dev.quad.cluster.embeddings.EmbeddingsFile;
import dev.quad.cluster.embeddings.EmbeddingsWriter;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntBinaryOperator;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Embeddings with one mistake each. */
class BrokenEmbeddingsTest {
    private static final int ROWS = 70;
    private static final int DIMENSION = 3;
    private static final float[] VALUES = new float[ROWS * DIMENSION];

    @TempDir
    private Path folder = Path.of("");

    static {
        for (int i = 0; i < VALUES.length; i++) {
            VALUES[i] = (float) Math.sin(i);
        }
    }

    /** Embeddings that keep their promises, to be overridden. */
    private static class Rows implements Embeddings {
        @Override
        public int rows() {
            return ROWS;
        }

        @Override
        public int dimension() {
            return DIMENSION;
        }

        @Override
        public void read(int firstRow, int rowCount, FloatBuffer target) {
            check(firstRow, rowCount, target);
            for (int row = firstRow; row < firstRow + rowCount; row++) {
                put(row, target);
            }
        }

        void put(int row, FloatBuffer target) {
            target.put(VALUES, row * DIMENSION, DIMENSION);
        }
    }

    private static void check(int firstRow, int rowCount, FloatBuffer target) {
        Objects.checkFromIndexSize(firstRow, rowCount, ROWS);
        if (target.remaining() < rowCount * DIMENSION) {
            throw new IllegalArgumentException("too small");
        }
    }

    private static EmbeddingsContract contract(Supplier<Embeddings> embeddings) {
        return new EmbeddingsContract() {
            @Override
            protected Embeddings embeddings() {
                return embeddings.get();
            }

            @Override
            protected float[] values() {
                return VALUES;
            }
        };
    }

    private static DynamicTest broken(String mistake, Supplier<Embeddings> embeddings) {
        return Contracts.told(mistake, contract(embeddings));
    }

    private static DynamicTest honest(String what, Supplier<Embeddings> embeddings) {
        return Contracts.honest(what, contract(embeddings));
    }

    /** How a block is read. */
    private interface Read {
        void of(int firstRow, int rowCount, FloatBuffer target);
    }

    private static DynamicTest read(String mistake, Read read) {
        return broken(mistake, () -> reading(read));
    }

    private static Embeddings reading(Read read) {
        return new Rows() {
            @Override
            public void read(int firstRow, int rowCount, FloatBuffer target) {
                check(firstRow, rowCount, target);
                read.of(firstRow, rowCount, target);
            }
        };
    }

    private static DynamicTest sized(String mistake, int rows, int dimension) {
        return broken(mistake, () -> new Rows() {
            @Override
            public int rows() {
                return rows;
            }

            @Override
            public int dimension() {
                return dimension;
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> wrongRows_areFound() {
        return Stream.of(
                sized("a row less", ROWS - 1, DIMENSION),
                sized("a row more", ROWS + 1, DIMENSION),
                sized("rows and columns exchanged", DIMENSION, ROWS),
                read("nothing", (first, count, target) -> {}),
                read(
                        "the position moves, and nothing is written",
                        (first, count, target) -> target.position(target.position() + count * DIMENSION)),
                read("always from the first row", (first, count, target) -> target.put(VALUES, 0, count * DIMENSION)),
                read(
                        "the first row only",
                        (first, count, target) ->
                                target.put(VALUES, first * DIMENSION, Math.min(1, count) * DIMENSION)),
                read(
                        "at most 64 rows",
                        (first, count, target) ->
                                target.put(VALUES, first * DIMENSION, Math.min(64, count) * DIMENSION)),
                read(
                        "all that there is room for",
                        (first, count, target) -> target.put(
                                VALUES,
                                first * DIMENSION,
                                Math.min(target.remaining(), VALUES.length - first * DIMENSION))),
                read("a row more where there is room", (first, count, target) -> {
                    target.put(VALUES, first * DIMENSION, count * DIMENSION);
                    int after = target.position();
                    if (target.remaining() >= DIMENSION) {
                        target.put(new float[DIMENSION]).position(after);
                    }
                }),
                read(
                        "first is taken for a number of the array",
                        (first, count, target) -> target.put(VALUES, first, count * DIMENSION)),
                read("column by column", (first, count, target) -> {
                    for (int column = 0; column < DIMENSION; column++) {
                        for (int row = first; row < first + count; row++) {
                            target.put(VALUES[row * DIMENSION + column]);
                        }
                    }
                }),
                read("rows from the last to the first", (first, count, target) -> {
                    for (int row = first + count - 1; row >= first; row--) {
                        target.put(VALUES, row * DIMENSION, DIMENSION);
                    }
                }),
                read("rounded", (first, count, target) -> {
                    for (int i = first * DIMENSION; i < (first + count) * DIMENSION; i++) {
                        target.put(Math.round(VALUES[i] * 1024) / 1024f);
                    }
                }),
                broken("the next block, whatever was asked for", () -> new Rows() {
                    private int next;

                    @Override
                    public void read(int firstRow, int rowCount, FloatBuffer target) {
                        next = firstRow == 0 ? 0 : next;
                        super.read(Math.min(next, ROWS - rowCount), rowCount, target);
                        next += rowCount;
                    }
                }),
                broken("other numbers the second time", () -> new Rows() {
                    private final AtomicInteger calls = new AtomicInteger();

                    @Override
                    void put(int row, FloatBuffer target) {
                        boolean again = calls.getAndIncrement() > ROWS;
                        for (int j = 0; j < DIMENSION; j++) {
                            target.put(VALUES[row * DIMENSION + j] + (again ? 1 : 0));
                        }
                    }
                }),
                broken("other numbers from read 301 on", () -> new Rows() {
                    private final AtomicInteger reads = new AtomicInteger();

                    @Override
                    public void read(int firstRow, int rowCount, FloatBuffer target) {
                        int shift = reads.incrementAndGet() > 300 && firstRow > 0 ? 1 : 0;
                        super.read(firstRow - shift, rowCount, target);
                    }
                }),
                broken("one row for all threads", () -> new Rows() {
                    private final AtomicInteger row = new AtomicInteger();
                    private final HandOver threads = new HandOver();

                    @Override
                    public void read(int firstRow, int rowCount, FloatBuffer target) {
                        check(firstRow, rowCount, target);
                        row.set(firstRow);
                        threads.meet(() -> {
                            for (int i = 0; i < rowCount; i++) {
                                put(Math.min(row.getAndIncrement(), ROWS - 1), target);
                            }
                            return rowCount;
                        });
                    }
                }),
                broken("the numbers of a row, one for all threads", () -> new Rows() {
                    private final float[] shared = new float[DIMENSION];
                    private final HandOver threads = new HandOver();

                    @Override
                    void put(int row, FloatBuffer target) {
                        System.arraycopy(VALUES, row * DIMENSION, shared, 0, DIMENSION);
                        threads.meet(() -> target.put(shared));
                    }
                }),
                broken("keeps 64 rows, for all threads", () -> new Rows() {
                    private final float[] page = new float[64 * DIMENSION];
                    private final HandOver threads = new HandOver();
                    private int kept = -1;

                    @Override
                    void put(int row, FloatBuffer target) {
                        if (kept != row / 64) {
                            kept = row / 64;
                            int from = kept * page.length;
                            System.arraycopy(VALUES, from, page, 0, Math.min(page.length, VALUES.length - from));
                            threads.meet(() -> target.put(page, row % 64 * DIMENSION, DIMENSION));
                        } else {
                            target.put(page, row % 64 * DIMENSION, DIMENSION);
                        }
                    }
                }),
                broken("one thread only", () -> new Rows() {
                    private final Thread owner = Thread.currentThread();

                    @Override
                    void put(int row, FloatBuffer target) {
                        if (Thread.currentThread() != owner) {
                            throw new IllegalStateException("opened in another thread");
                        }
                        super.put(row, target);
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> wrongUseOfTheBuffer_isFound() {
        return Stream.of(
                read("from the start of the buffer", (first, count, target) -> {
                    int before = target.position();
                    target.put(0, VALUES, first * DIMENSION, count * DIMENSION);
                    target.position(before + count * DIMENSION);
                }),
                read(
                        "the position stays",
                        (first, count, target) ->
                                target.put(target.position(), VALUES, first * DIMENSION, count * DIMENSION)),
                read("flipped for the reader", (first, count, target) -> {
                    target.put(VALUES, first * DIMENSION, count * DIMENSION);
                    target.flip();
                }),
                read("the limit is where the rows end", (first, count, target) -> {
                    target.put(VALUES, first * DIMENSION, count * DIMENSION);
                    target.limit(target.position());
                }),
                read(
                        "cleared first",
                        (first, count, target) -> target.clear().put(VALUES, first * DIMENSION, count * DIMENSION)),
                read("through the array of the buffer", (first, count, target) -> {
                    System.arraycopy(VALUES, first * DIMENSION, target.array(), target.position(), count * DIMENSION);
                    target.position(target.position() + count * DIMENSION);
                }),
                read("through the array where there is one", (first, count, target) -> {
                    if (target.hasArray()) {
                        System.arraycopy(
                                VALUES, first * DIMENSION, target.array(), target.position(), count * DIMENSION);
                        target.position(target.position() + count * DIMENSION);
                    } else {
                        target.put(VALUES, first * DIMENSION, count * DIMENSION);
                    }
                }),
                read("a number more, for the next read to overwrite", (first, count, target) -> {
                    target.put(VALUES, first * DIMENSION, count * DIMENSION);
                    if (target.hasRemaining()) {
                        target.put(target.position(), 0);
                    }
                }));
    }

    /** Asked as it should not be. */
    private static DynamicTest careless(String mistake, Read read) {
        return broken(mistake, () -> new Rows() {
            @Override
            public void read(int firstRow, int rowCount, FloatBuffer target) {
                read.of(firstRow, rowCount, target);
            }
        });
    }

    private static void put(int firstRow, int rowCount, FloatBuffer target) {
        target.put(VALUES, firstRow * DIMENSION, rowCount * DIMENSION);
    }

    @TestFactory
    Stream<DynamicTest> rowsThatAreNotThere_areFound() {
        return Stream.of(
                careless("what there is room for", (first, count, target) -> {
                    Objects.checkFromIndexSize(first, count, ROWS);
                    target.put(VALUES, first * DIMENSION, Math.min(target.remaining(), count * DIMENSION));
                }),
                careless("no room, another exception", (first, count, target) -> {
                    Objects.checkFromIndexSize(first, count, ROWS);
                    put(first, count, target);
                }),
                careless("no room, nothing is done", (first, count, target) -> {
                    Objects.checkFromIndexSize(first, count, ROWS);
                    if (target.remaining() >= count * DIMENSION) {
                        put(first, count, target);
                    }
                }),
                careless("what there is of the rows", (first, count, target) -> {
                    int from = Math.min(Math.max(first, 0), ROWS);
                    int most = Math.min(count, ROWS - from);
                    check(from, most, target);
                    put(from, most, target);
                }),
                careless("the end of the rows is not looked at", (first, count, target) -> {
                    check(first, Math.min(count, ROWS - first), target);
                    put(first, Math.min(count, ROWS - first), target);
                }),
                careless("zeros beyond the end", (first, count, target) -> {
                    check(Math.min(first, ROWS), 0, target);
                    check(0, Math.min(count, ROWS), target);
                    for (int i = first * DIMENSION; i < (first + count) * DIMENSION; i++) {
                        target.put(i < VALUES.length ? VALUES[i] : 0);
                    }
                }),
                careless("counted from the end where it is below 0", (first, count, target) -> {
                    check(Math.floorMod(first, ROWS + 1), count, target);
                    put(Math.floorMod(first, ROWS + 1), count, target);
                }),
                careless("none of the rows, wherever they are", (first, count, target) -> {
                    if (count != 0) {
                        check(first, count, target);
                        put(first, count, target);
                    }
                }),
                careless("nothing for fewer rows than none", (first, count, target) -> {
                    check(first, Math.max(0, count), target);
                    put(first, Math.max(0, count), target);
                }),
                careless("first and count are added too simply", (first, count, target) -> {
                    if (first < 0 || count < 0 || first + count > ROWS) {
                        throw new IndexOutOfBoundsException("no such rows");
                    }
                    check(Math.min(first, ROWS), Math.min(count, ROWS), target);
                    put(first % ROWS, count % ROWS, target);
                }),
                broken("a refusal moves what is read next", () -> {
                    int[] shift = {0};
                    return new Rows() {
                        @Override
                        public void read(int firstRow, int rowCount, FloatBuffer target) {
                            try {
                                check(firstRow, rowCount, target);
                            } catch (IllegalArgumentException e) {
                                shift[0] = 1;
                                throw e;
                            }
                            super.read(Math.max(0, firstRow - shift[0]), rowCount, target);
                        }
                    };
                }));
    }

    @TestFactory
    Stream<DynamicTest> otherWaysToRead_areChecked() {
        return Stream.of(
                broken("no arrays", () -> new Rows() {
                    @Override
                    public float[][] toArrays() {
                        return Contracts.nothing();
                    }
                }),
                broken("arrays without the last row", () -> new Rows() {
                    @Override
                    public float[][] toArrays() {
                        return Arrays.copyOf(super.toArrays(), ROWS - 1);
                    }
                }),
                broken("the same arrays each time", () -> {
                    float[][] rows = new Rows().toArrays();
                    return new Rows() {
                        @Override
                        public float[][] toArrays() {
                            return rows;
                        }
                    };
                }),
                broken("readFully from the start of the target", () -> new Rows() {
                    @Override
                    public void readFully(int firstRow, int rowCount, FloatBuffer target) {
                        read(firstRow, rowCount, target.position(0));
                    }
                }));
    }

    /** Of more rows, and of which only some blocks are read well. */
    private static DynamicTest blocks(String mistake, IntBinaryOperator shift) {
        int rows = 400;
        float[] values = new float[rows * DIMENSION];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.cos(i);
        }
        Embeddings right = Embeddings.of(values, DIMENSION);
        return Contracts.told(mistake, new EmbeddingsContract() {
            @Override
            protected Embeddings embeddings() {
                return new Embeddings() {
                    @Override
                    public int rows() {
                        return rows;
                    }

                    @Override
                    public int dimension() {
                        return DIMENSION;
                    }

                    @Override
                    public void read(int firstRow, int rowCount, FloatBuffer target) {
                        Objects.checkFromIndexSize(firstRow, rowCount, rows);
                        right.read(Math.max(0, firstRow - shift.applyAsInt(firstRow, rowCount)), rowCount, target);
                    }
                };
            }

            @Override
            protected float[] values() {
                return values;
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> someBlocks_areFound() {
        return Stream.of(
                blocks("of more than 256 rows, but not of all", (first, count) -> count > 256 && count < 300 ? 1 : 0),
                blocks("of 101 rows", (first, count) -> count == 101 ? 1 : 0),
                blocks("of 129 rows or more, from row 3 on", (first, count) -> count > 128 && first > 2 ? 1 : 0),
                blocks("that end at row 257", (first, count) -> first + count == 257 ? 1 : 0),
                blocks("that go over row 128", (first, count) -> first < 128 && first + count > 128 ? 1 : 0));
    }

    private Embeddings file() {
        Path file = folder.resolve("rows.safetensors");
        if (!file.toFile().exists()) {
            try (EmbeddingsWriter writer =
                    EmbeddingsWriter.open(file, ROWS, DIMENSION, ElementType.FLOAT32, Map.of())) {
                writer.write(FloatBuffer.wrap(VALUES));
            }
        }
        return EmbeddingsFile.open(file);
    }

    @TestFactory
    Stream<DynamicTest> honestOnes_pass() {
        return Stream.of(
                honest("row by row", Rows::new),
                honest("ours of an array", () -> Embeddings.of(VALUES.clone(), DIMENSION)),
                honest(
                        "ours of rows",
                        () -> Embeddings.of(Embeddings.of(VALUES, DIMENSION).toArrays())),
                honest("ours of a file", this::file),
                honest(
                        "number by number, each into its place",
                        () -> reading((first, count, target) -> {
                            int before = target.position();
                            for (int i = count * DIMENSION - 1; i >= 0; i--) {
                                target.put(before + i, VALUES[first * DIMENSION + i]);
                            }
                            target.position(before + count * DIMENSION);
                        })),
                honest("one read at a time, through an array", () -> {
                    float[] row = new float[DIMENSION];
                    return new Rows() {
                        @Override
                        public synchronized void read(int firstRow, int rowCount, FloatBuffer target) {
                            super.read(firstRow, rowCount, target);
                        }

                        @Override
                        void put(int at, FloatBuffer target) {
                            System.arraycopy(VALUES, at * DIMENSION, row, 0, DIMENSION);
                            target.put(row);
                            Arrays.fill(row, Float.NaN);
                        }
                    };
                }));
    }
}
