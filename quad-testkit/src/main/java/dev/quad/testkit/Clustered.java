// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.Clustering;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import java.util.random.RandomGenerator;

/**
 * Rows, and what a strategy made of them, measured in double precision.
 *
 * @param what the rows are, for messages
 * @param rows row-major, {@code n × dimension}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Clustered(String what, float[] rows, int dimension, Clustering clustering) {
    /** The square of how far from a vector a like one is, as a share of its length. */
    private static final double LIKE = 0.05;

    /** What all numbers of the groups are moved by, and are multiplied by. */
    record Scale(float offset, float factor) {
        static final Scale ONE = new Scale(0, 1);
    }

    /**
     * Rows of three groups that lie apart, each row's drawn, so that rows that are misread are of others; the second
     * half is the first once more, from its last row back.
     */
    static float[] groups(int n, int dimension, Scale scale) {
        RandomGenerator random = Numbers.of(1000L * n + dimension);
        int[] groups = Numbers.of(n).ints(n, 0, 3).toArray();
        float[] rows = new float[n * dimension];
        for (int i = 0; i < rows.length; i++) {
            float value = (float) random.nextGaussian() + middle(groups[i / dimension], i % dimension);
            rows[i] = value * scale.factor() + scale.offset();
        }
        for (int row = 0; row < n / 2; row++) {
            System.arraycopy(rows, row * dimension, rows, mirrored(row, n) * dimension, dimension);
        }
        return rows;
    }

    /** The middle of a group in a column, of -4, 0 and 4 another for each, in an order that the column has. */
    static int middle(int group, int column) {
        return 4 * ((group * (1 + column % 2) + column / 2) % 3 - 1);
    }

    /** The row that equals a row of the first half; as none that counts in turn would put them together. */
    private static int mirrored(int row, int n) {
        return n / 2 * 2 - 1 - row;
    }

    int n() {
        return rows.length / dimension;
    }

    private double squaredDistance(int row, float[] centre) {
        double sum = 0;
        for (int j = 0; j < dimension; j++) {
            double difference = (double) rows[row * dimension + j] - centre[j];
            sum += difference * difference;
        }
        return sum;
    }

    private double squaredNorm(int row) {
        return squaredDistance(row, new float[dimension]);
    }

    private float[] centre(int cluster) {
        return clustering.centre(cluster).orElseThrow();
    }

    boolean hasCentres() {
        return clustering.clusterCount() > 0 && clustering.centre(0).isPresent();
    }

    /** Whether there is something to tell apart. */
    boolean hasSeveral() {
        return clustering.clusterCount() > 1;
    }

    /** The share of the rows that are with the nearest of the centres, but for the rounding of single precision. */
    double nearest() {
        int near = 0;
        for (int row = 0; row < n(); row++) {
            double least = Double.POSITIVE_INFINITY;
            for (int cluster = 0; cluster < clustering.clusterCount(); cluster++) {
                least = Math.min(least, squaredDistance(row, centre(cluster)));
            }
            double own = squaredDistance(row, centre(clustering.clusterOf(row)));
            near += own <= least * (1 + 1e-4) + 1e-5 * squaredNorm(row) ? 1 : 0;
        }
        return (double) near / n();
    }

    /** The share of the rows of the first half that are with the equal one of the second. */
    double together() {
        int half = n() / 2;
        int together = 0;
        for (int row = 0; row < half; row++) {
            together += clustering.clusterOf(row) == clustering.clusterOf(mirrored(row, n())) ? 1 : 0;
        }
        return (double) together / half;
    }

    /** By how much a number of a centre is off the mean of its cluster, at most, as a share of the spread of all. */
    double offMeans() {
        double most = 0;
        for (int j = 0; j < dimension; j++) {
            double[] sums = new double[clustering.clusterCount()];
            double all = 0;
            double squares = 0;
            for (int row = 0; row < n(); row++) {
                sums[clustering.clusterOf(row)] += rows[row * dimension + j];
                all += rows[row * dimension + j] / (double) n();
            }
            for (int row = 0; row < n(); row++) {
                squares += Math.pow(rows[row * dimension + j] - all, 2) / n();
            }
            for (int cluster = 0; cluster < sums.length; cluster++) {
                double off = Math.abs(centre(cluster)[j] - sums[cluster] / clustering.size(cluster));
                most = Math.max(most, off / Math.sqrt(squares));
            }
        }
        return most;
    }

    /**
     * Whether rows are nearer to their own centres than to any, on the whole, by distance or by angle; to the one
     * centre they are.
     */
    boolean isNearOwn() {
        int clusters = clustering.clusterCount();
        double[] own = new double[2];
        double[] mean = new double[2];
        for (int row = 0; row < n(); row++) {
            for (int cluster = 0; cluster < clusters; cluster++) {
                double distance = squaredDistance(row, centre(cluster));
                double angle = 1 - cosine(row, centre(cluster));
                own[0] += cluster == clustering.clusterOf(row) ? distance : 0;
                own[1] += cluster == clustering.clusterOf(row) ? angle : 0;
                mean[0] += distance / clusters;
                mean[1] += angle / clusters;
            }
        }
        return clusters == 1 || own[0] < mean[0] * (1 - 1e-9) || own[1] < mean[1] * (1 - 1e-9);
    }

    private double cosine(int row, float[] centre) {
        double product = 0;
        double square = 0;
        for (int j = 0; j < dimension; j++) {
            product += (double) rows[row * dimension + j] * centre[j];
            square += (double) centre[j] * centre[j];
        }
        return product / Math.max(Math.sqrt(square * squaredNorm(row)), 1e-300);
    }

    /**
     * Whether the centres are, rather than the means, the sums of clusters over a number that depends on their size.
     */
    boolean isSum(IntUnaryOperator divisor) {
        return offSums(divisor) < LIKE && offSums(size -> size) > LIKE;
    }

    /** With the numbers of the centres read column by column, as they are not to be written. */
    Clustered turned() {
        int clusters = clustering.clusterCount();
        float[] turned = new float[clusters * dimension];
        for (int i = 0; i < turned.length; i++) {
            int from = i % dimension * clusters + i / dimension;
            turned[i] = centre(from / dimension)[from % dimension];
        }
        return new Clustered(what, rows, dimension, Clustering.of(clustering.assignment(), clusters, turned));
    }

    /** How far a centre is from the sum of its cluster over a number, at most: the square, as a share of that one's. */
    private double offSums(IntUnaryOperator divisor) {
        double most = 0;
        for (int cluster = 0; cluster < clustering.clusterCount(); cluster++) {
            double off = 0;
            double square = 0;
            for (int j = 0; j < dimension; j++) {
                double sum = 0;
                for (int k = 0; k < clustering.size(cluster); k++) {
                    sum += rows[clustering.member(cluster, k) * dimension + j];
                }
                sum /= divisor.applyAsInt(clustering.size(cluster));
                off += Math.pow(centre(cluster)[j] - sum, 2);
                square += sum * sum;
            }
            most = Math.max(most, off / square);
        }
        return most;
    }

    /** Which rows are together, whatever the numbers of the clusters. */
    int[] partition() {
        int[] first = new int[clustering.clusterCount()];
        Arrays.setAll(first, cluster -> clustering.member(cluster, 0));
        int[] partition = clustering.assignment();
        Arrays.setAll(partition, row -> first[partition[row]]);
        return partition;
    }

    @Override
    public String toString() {
        return n() + " rows of " + dimension + " numbers, " + what;
    }
}
