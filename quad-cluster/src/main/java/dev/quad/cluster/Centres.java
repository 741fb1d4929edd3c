// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.Fingerprint;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.cluster.embeddings.AssignmentFile;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * The centres of clusters: what training gives, and what new rows are assigned to. Immutable and safe for use by
 * several threads at once; {@code 4·k·d} bytes on the heap.
 *
 * <p>An assignment is one pass over the rows, each read once; cost {@code 2·n·k·d} operations, nearly all in matrix
 * products. Of equally near centres a row goes to the first. The bits of an assignment do not depend on the number of
 * threads, nor on the precision of the products; see the package.
 */
public final class Centres {
    /** Values of a pass that are read before the first is worked on: enough for all threads. */
    private static final int WINDOW = 64 * RowBlocks.BLOCK;

    /** In the coordinates that are clustered, and the point that these start from. */
    private final float[] values;

    private final float[] origin;
    private final int dimension;
    private final Distance distance;

    Centres(float[] values, float[] origin, Distance distance) {
        this.values = values;
        this.origin = origin;
        this.dimension = origin.length;
        this.distance = distance;
    }

    /**
     * Given centres.
     *
     * @param centres row-major, {@code k × dimension}, {@code k >= 1}; copied
     * @param distance what near means; under {@link Distance#spherical} centres are scaled to length 1
     * @throws dev.quad.NumericalException if a value is not finite; names the centre as a row
     */
    public static Centres of(float[] centres, int dimension, Distance distance) {
        Objects.requireNonNull(centres, "the centres are null");
        Objects.requireNonNull(distance, "the distance is null; allowed are those of Distance");
        Embeddings rows = Embeddings.of(centres, dimension);
        if (rows.rows() == 0) {
            throw new IllegalArgumentException("there are no centres; give one or more");
        }
        int[] all = java.util.stream.IntStream.range(0, rows.rows()).toArray();
        try (RowBlocks blocks = RowBlocks.read(rows, all)) {
            float[] origin = distance.origin(RowBlocks.extent(blocks).mean);
            float[] prepared = centres.clone();
            float[] row = new float[dimension];
            for (int c = 0; c < all.length; c++) {
                System.arraycopy(prepared, c * dimension, row, 0, dimension);
                distance.prepare(row, origin);
                System.arraycopy(row, 0, prepared, c * dimension, dimension);
            }
            return new Centres(prepared, origin, distance);
        }
    }

    /** How many. */
    public int count() {
        return values.length / dimension;
    }

    /** The number of columns. */
    public int dimension() {
        return dimension;
    }

    /** What near means. */
    public Distance distance() {
        return distance;
    }

    /** A centre, in the coordinates of the rows; a copy. */
    public float[] centre(int cluster) {
        Objects.checkIndex(cluster, count());
        float[] result = new float[dimension];
        for (int j = 0; j < dimension; j++) {
            result[j] = values[cluster * dimension + j] + origin[j];
        }
        return result;
    }

    /** All centres, row-major, {@code k × dimension}, in the coordinates of the rows; a copy. */
    public float[] toArray() {
        float[] result = values.clone();
        for (int i = 0; i < result.length; i++) {
            result[i] += origin[i % dimension];
        }
        return result;
    }

    /** A digest of the centres and of what near means. */
    public String fingerprint() {
        Fingerprint fingerprint =
                Fingerprint.of("centres").add(distance.toString()).add(dimension);
        ByteBuffer bytes = ByteBuffer.allocate(dimension * Double.BYTES);
        for (double x : origin) {
            bytes.putDouble(x);
        }
        fingerprint.add(bytes.flip());
        for (int c = 0; c < count(); c++) {
            bytes.clear().asFloatBuffer().put(values, c * dimension, dimension);
            fingerprint.add(bytes.limit(dimension * Float.BYTES));
        }
        return fingerprint.hex();
    }

    /**
     * The squared Euclidean distance of each centre to each other (under {@link Distance#spherical}, {@code 2 −
     * 2·cosine}), to share credit between neighbours.
     *
     * @return row-major, {@code k × k}, symmetric, zeros on the diagonal
     * @throws IllegalArgumentException with more than 46,340 centres, whose distances an array does not hold
     */
    public float[] squaredDistances() {
        int count = count();
        if ((long) count * count > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "an array does not hold the distances of " + count + " centres; allowed are up to 46340");
        }
        float[] result = new float[count * count];
        Workers.forEach(count, i -> {
            for (int j = 0; j < count; j++) {
                double sum = 0;
                for (int x = 0; x < dimension; x++) {
                    double difference = (double) values[i * dimension + x] - values[j * dimension + x];
                    sum += difference * difference;
                }
                result[i * count + j] = (float) sum;
            }
        });
        return result;
    }

    /**
     * The nearest centre of every row.
     *
     * @throws MismatchException if the dimension of the rows is another
     * @throws dev.quad.NumericalException if a value is not finite; names the row
     */
    public int[] assign(Embeddings rows) {
        return assign(rows, KMeansListener.NONE);
    }

    /** As the other; tells a listener how it goes. */
    public int[] assign(Embeddings rows, KMeansListener listener) {
        Objects.requireNonNull(rows, "the rows are null");
        Objects.requireNonNull(listener, "the listener is null");
        int[] result = new int[rows.rows()];
        assign(rows, result, 0, (from, count) -> listener.onAssigned(from + count, result.length));
        return result;
    }

    /**
     * Assigns every row and writes the clusters to a file as they are found; or, killed and called again, goes on where
     * it ended. If the complete file is there, it is read.
     *
     * @param file a NumPy vector of 32-bit integers; see {@link AssignmentFile}
     * @return the clusters of all rows
     * @throws InputException if the complete file is there but has another number of rows, or clusters that are not
     */
    public int[] assign(Embeddings rows, Path file, KMeansListener listener) {
        Objects.requireNonNull(rows, "the rows are null");
        Objects.requireNonNull(file, "the file is null");
        Objects.requireNonNull(listener, "the listener is null");
        return assign(rows, file, listener, checksum -> {});
    }

    /** As the other; hears the checksum of the file before it appears under its name. */
    int[] assign(Embeddings rows, Path file, KMeansListener listener, Consumer<String> beforeComplete) {
        checkDimension(rows);
        if (Files.exists(file)) {
            return checked(file, AssignmentFile.read(file), rows.rows());
        }
        int[] result = new int[rows.rows()];
        try (AssignmentFile out =
                AssignmentFile.open(file, result.length, fingerprint() + sampleDigest(rows), beforeComplete)) {
            out.read(result);
            // a window is the unit, so that each row is multiplied in the same block as without interruption
            int done = out.rowsDone() / WINDOW * WINDOW;
            int known = out.rowsDone();
            assign(rows, result, done, (from, count) -> {
                int skip = Math.max(0, known - from);
                out.write(result, from + skip, count - skip);
                listener.onAssigned(from + count, result.length);
            });
        }
        return result;
    }

    /** The clusters that a file holds, each of them one of these, and of so many rows. */
    int[] checked(Path file, int[] found, int rows) {
        if (found.length != rows) {
            throw new InputException(file + " holds the clusters of " + found.length + " rows, but there are " + rows
                    + "; delete it, or choose another name");
        }
        for (int row = 0; row < rows; row++) {
            if (found[row] < 0 || found[row] >= count()) {
                throw new InputException(file + " has row " + row + " in cluster " + found[row] + "; allowed is [0, "
                        + count() + "): it is damaged, or of other centres; remove it, and it is made again");
            }
        }
        return found;
    }

    /** Of some rows from all over: enough to notice that others are given, without reading everything. */
    static String sampleDigest(Embeddings rows) {
        Fingerprint fingerprint = Fingerprint.of("rows").add(rows.rows());
        int picks = Math.min(64, rows.rows());
        FloatBuffer row = FloatBuffer.allocate(rows.dimension());
        for (int i = 0; i < picks; i++) {
            rows.readFully((int) ((long) i * (rows.rows() - 1) / Math.max(1, picks - 1)), 1, row.clear());
            for (float x : row.array()) {
                fingerprint.add(Float.floatToIntBits(x));
            }
        }
        return fingerprint.hex();
    }

    private interface WindowListener {
        void onWindow(int from, int count);
    }

    private void assign(Embeddings rows, int[] result, int start, WindowListener listener) {
        checkDimension(rows);
        try (Floats centres = toNative();
                NearestCentres nearest = new NearestCentres(
                        centres, count(), distance, Vectors.rounds(result.length - start, count(), dimension));
                BufferPool<Floats> blocks = BufferPool.floats(RowBlocks.BLOCK * dimension)) {
            for (int first = start; first < result.length; first += WINDOW) {
                int from = first;
                int length = Math.min(WINDOW, result.length - from);
                Workers.forBlocks(length, RowBlocks.BLOCK, (at, count) -> {
                    Floats block = blocks.borrow();
                    try {
                        rows.readFully(from + at, count, block.slice(0, count * dimension));
                        RowBlocks.check(block, count, dimension, i -> from + at + i);
                        RowBlocks.prepare(block, count, distance, origin);
                        nearest.assign(block, count, result, from + at);
                    } finally {
                        blocks.giveBack(block);
                    }
                });
                listener.onWindow(from, length);
            }
        }
    }

    /** Assigns all rows and keeps the centres that got some. */
    public Clustering cluster(Embeddings rows) {
        return Clustering.of(assign(rows), count(), toArray());
    }

    /** Writes the centres to a safetensors file, which appears whole or not at all; an existing one is replaced. */
    public void save(Path file) {
        Objects.requireNonNull(file, "the file is null");
        new CentresFile(this, java.util.Map.of()).save(file);
    }

    /**
     * Reads what {@link #save} wrote.
     *
     * @throws InputException if the file is missing or damaged
     */
    public static Centres load(Path file) {
        Objects.requireNonNull(file, "the file is null");
        return CentresFile.load(file).centres();
    }

    /** Rows in the form that these centres are compared in. */
    Rows stream(Embeddings rows) {
        return new StreamedRows(rows, i -> i, rows.rows(), distance, origin);
    }

    /** New memory with the centres; the caller's to close. */
    Floats toNative() {
        return Floats.of(values);
    }

    Centres with(float[] newValues) {
        return new Centres(newValues, origin, distance);
    }

    float[] values() {
        return values;
    }

    float[] origin() {
        return origin;
    }

    void checkDimension(Embeddings rows) {
        if (rows.dimension() != dimension) {
            throw new MismatchException("the rows have dimension " + rows.dimension() + ", the centres " + dimension
                    + "; embed the rows as those that the centres were trained on");
        }
    }

    @Override
    public String toString() {
        return count() + " " + distance + " centres of dimension " + dimension;
    }
}
