// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.Embeddings;
import dev.quad.Experimental;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.files.Checksum;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/**
 * What one Lloyd step needs to know about some rows: for each centre, the number and the sum of the rows nearest to it,
 * and the sum of their squared distances to it. Sums of two parts of the data merge, so that an engine that spreads
 * rows over machines runs the same step: {@link #of} on each partition, {@link #merge}, and {@link #next} for the new
 * centres.
 *
 * <p>In double precision, {@code 8·k·(d + 2)} bytes on the heap. A sum is taken over its rows in ascending order; so
 * its bits do not depend on the number of threads, nor on the windows that rows are read in. Merged parts give the sums
 * of the whole to the rounding of double precision, and the same bits when merged in the same order. Immutable once
 * given out.
 */
@Experimental
public final class PartialSums {
    private static final int CLUSTERS_PER_TASK = 4;
    /** Of this form; another number when the bytes are made otherwise. */
    private static final int MAGIC = 0x5155_5032;

    private static final int HEAD = 16;
    private static final int CHECK = Integer.BYTES;

    private final String centresDigest;
    private final int dimension;
    private final double[][] sums;
    private final long[] counts;
    private final double[] costs;

    PartialSums(int clusters, int dimension, String centresDigest) {
        this.centresDigest = centresDigest;
        this.dimension = dimension;
        this.sums = new double[clusters][dimension];
        this.counts = new long[clusters];
        this.costs = new double[clusters];
    }

    /**
     * Reads all rows of a partition once and puts each with its nearest centre; cost {@code 2·n·k·d} operations.
     *
     * @throws dev.quad.NumericalException if a value is not finite; names the row of the partition
     * @throws MismatchException if the dimensions differ
     */
    public static PartialSums of(Embeddings partition, Centres centres) {
        Objects.requireNonNull(partition, "the rows of the partition are null");
        Objects.requireNonNull(centres, "the centres are null");
        centres.checkDimension(partition);
        PartialSums result = new PartialSums(centres.count(), centres.dimension(), centres.fingerprint());
        if (partition.rows() == 0) {
            return result;
        }
        try (Floats values = centres.toNative();
                NearestCentres nearest = new NearestCentres(
                        values,
                        centres.count(),
                        centres.distance(),
                        Vectors.rounds(partition.rows(), centres.count(), centres.dimension()));
                Rows rows = centres.stream(partition)) {
            int[] assignment = new int[Math.min(partition.rows(), StreamedRows.WINDOW)];
            for (int w = 0; w < rows.windows(); w++) {
                RowBlocks window = rows.window(w);
                Workers.forEach(
                        window.blockCount(),
                        block -> nearest.assign(
                                window.block(block), window.rowsIn(block), assignment, block * RowBlocks.BLOCK));
                result.add(window, assignment, 0);
            }
            result.finish(values);
        }
        return result;
    }

    /** Sets what is known of a cluster before {@link #finish}; keeps the array. */
    void set(int cluster, long count, double[] sum, double squares) {
        counts[cluster] = count;
        sums[cluster] = sum;
        costs[cluster] = squares;
    }

    /** Adds the rows of a measured window, whose clusters stand in {@code assignment} from {@code first} on. */
    void add(RowBlocks window, int[] assignment, int first) {
        ClusterMembers members = new ClusterMembers(assignment, first, window.rows(), counts.length);
        Workers.forBlocks(counts.length, CLUSTERS_PER_TASK, (from, length) -> {
            float[] row = new float[dimension];
            for (int cluster = from; cluster < from + length; cluster++) {
                int size = members.size(cluster);
                counts[cluster] += size;
                double[] sum = sums[cluster];
                for (int i = 0; i < size; i++) {
                    int member = members.member(cluster, i);
                    window.get(member, row);
                    for (int j = 0; j < row.length; j++) {
                        sum[j] += row[j];
                    }
                    costs[cluster] += window.square(member);
                }
            }
        });
    }

    /**
     * After all rows: makes the sums of their squares those of their squared distances to the centres, by {@code Σ‖x −
     * c‖² = Σ‖x‖² − 2c·Σx + n‖c‖²} in double precision, so that the total never rises but for its rounding.
     */
    void finish(Floats centres) {
        Workers.forBlocks(counts.length, 64, (from, length) -> {
            float[] centre = new float[dimension];
            for (int cluster = from; cluster < from + length; cluster++) {
                centres.get(cluster * dimension, centre, 0, dimension);
                double product = 0;
                for (int j = 0; j < dimension; j++) {
                    product += centre[j] * sums[cluster][j];
                }
                double cost = costs[cluster] - 2 * product + counts[cluster] * Distance.squaredNorm(centre);
                costs[cluster] = Math.max(0, cost);
            }
        });
    }

    /** Moves each centre that has rows to where the distance wants it. */
    void move(Floats centres, Distance distance) {
        Workers.forBlocks(counts.length, 64, (from, length) -> {
            float[] centre = new float[dimension];
            for (int cluster = from; cluster < from + length; cluster++) {
                if (counts[cluster] > 0) {
                    centres.get(cluster * dimension, centre, 0, dimension);
                    distance.centre(sums[cluster], counts[cluster], centre);
                    centres.set(cluster * dimension, centre, 0, dimension);
                }
            }
        });
    }

    /** Moves a centre that stands for the mean of {@code before} rows to the mean of these and its rows here. */
    void blend(int cluster, float[] centre, long before, Distance distance) {
        double[] sum = sums[cluster].clone();
        for (int j = 0; j < dimension; j++) {
            sum[j] += before * (double) centre[j];
        }
        distance.centre(sum, before + counts[cluster], centre);
    }

    /**
     * The sums over the rows of both.
     *
     * @throws MismatchException if the other was made with other centres
     */
    public PartialSums merge(PartialSums other) {
        Objects.requireNonNull(other, "the other sums are null");
        if (!centresDigest.equals(other.centresDigest)) {
            throw new MismatchException("sums for the centres " + centresDigest + " cannot be merged with sums for "
                    + other.centresDigest + "; make both with the same centres");
        }
        PartialSums result = new PartialSums(counts.length, dimension, centresDigest);
        for (int cluster = 0; cluster < counts.length; cluster++) {
            result.counts[cluster] = counts[cluster] + other.counts[cluster];
            result.costs[cluster] = costs[cluster] + other.costs[cluster];
            for (int j = 0; j < dimension; j++) {
                result.sums[cluster][j] = sums[cluster][j] + other.sums[cluster][j];
            }
        }
        return result;
    }

    /**
     * The centres after the step; a centre without rows stays where it is.
     *
     * @param centres those that the sums were made with
     * @throws MismatchException if they are others
     */
    public Centres next(Centres centres) {
        Objects.requireNonNull(centres, "the centres are null");
        if (!centresDigest.equals(centres.fingerprint())) {
            throw new MismatchException("the sums are for the centres " + centresDigest + ", but "
                    + centres.fingerprint() + " were given; give those that the sums were made with");
        }
        try (Floats values = centres.toNative()) {
            move(values, centres.distance());
            return centres.with(values.toArray());
        }
    }

    /** The number of rows of each centre; a copy. */
    public long[] counts() {
        return counts.clone();
    }

    long count(int cluster) {
        return counts[cluster];
    }

    /** The number of rows. */
    public long rows() {
        return Arrays.stream(counts).sum();
    }

    /** The sum of the squared distances of the rows to their centres. */
    public double inertia() {
        return Arrays.stream(costs).sum();
    }

    /** Everything, little-endian, with a CRC-32C at the end, to send or store; {@link #of(byte[])} reads it. */
    public byte[] toBytes() {
        byte[] digest = centresDigest.getBytes(StandardCharsets.US_ASCII);
        long size = size(counts.length, dimension, digest.length);
        if (size > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(counts.length + " sums of dimension " + dimension + " take " + size
                    + " bytes, more than an array holds; use fewer clusters");
        }
        ByteBuffer out = ByteBuffer.allocate((int) size).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(MAGIC)
                .putInt(counts.length)
                .putInt(dimension)
                .putInt(digest.length)
                .put(digest);
        for (int cluster = 0; cluster < counts.length; cluster++) {
            out.putLong(counts[cluster]).putDouble(costs[cluster]);
            for (double x : sums[cluster]) {
                out.putDouble(x);
            }
        }
        return out.putInt(Checksum.crc(out.array(), 0, out.position())).array();
    }

    private static long size(int clusters, int dimension, int digest) {
        return HEAD + digest + 8L * clusters * (dimension + 2) + CHECK;
    }

    /**
     * Reads what {@link #toBytes} wrote.
     *
     * @throws InputException if the bytes are others, or came to harm
     */
    public static PartialSums of(byte[] bytes) {
        Objects.requireNonNull(bytes, "the bytes are null");
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.length < HEAD + CHECK || in.getInt() != MAGIC) {
            throw new InputException(bytes.length
                    + " bytes are not partial sums as this version writes them; give what toBytes returned, of the same"
                    + " version of Quad on all machines");
        }
        int end = bytes.length - CHECK;
        if (in.getInt(end) != Checksum.crc(bytes, 0, end)) {
            throw new InputException(bytes.length + " bytes of partial sums do not fit their checksum: they were cut or"
                    + " changed on the way; send them again");
        }
        int clusters = in.getInt();
        int dimension = in.getInt();
        int digest = in.getInt();
        if (clusters < 1 || dimension < 1 || digest != 64 || bytes.length != size(clusters, dimension, digest)) {
            throw new InputException(bytes.length + " bytes are not " + clusters + " sums of dimension " + dimension
                    + "; give what toBytes returned");
        }
        byte[] name = new byte[digest];
        in.get(name);
        PartialSums result = new PartialSums(clusters, dimension, new String(name, StandardCharsets.US_ASCII));
        for (int cluster = 0; cluster < clusters; cluster++) {
            result.counts[cluster] = in.getLong();
            result.costs[cluster] = in.getDouble();
            for (int j = 0; j < dimension; j++) {
                result.sums[cluster][j] = in.getDouble();
            }
        }
        return result;
    }

    @Override
    public String toString() {
        return "sums of " + rows() + " rows in " + counts.length + " clusters of dimension " + dimension;
    }
}
