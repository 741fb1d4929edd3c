// SPDX-License-Identifier: Apache-2.0
package dev.quad.testkit;

import dev.quad.Clustering;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Rows, and what a strategy made of them, measured in double precision.
 *
 * @param what the rows are, for messages
 * @param rows row-major, {@code n × dimension}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Clustered(String what, float[] rows, int dimension, Clustering clustering) {

    /** What all numbers of the groups are moved by, and are multiplied by. */
    record Scale(float offset, float factor) {
        static final Scale ONE = new Scale(0, 1);
    }

    /** Rows in three groups that lie apart, in turn; the second half is the first once more, from its last row back. */
    static float[] groups(int n, int dimension, Scale scale) {
        RandomGenerator random = Numbers.of(1000L * n + dimension);
        float[] rows = new float[n * dimension];
        for (int i = 0; i < rows.length; i++) {
            float value = (float) (random.nextGaussian() + 4 * (i / dimension % 3 - 1));
            rows[i] = value * scale.factor() + scale.offset();
        }
        for (int row = 0; row < n / 2; row++) {
            System.arraycopy(rows, row * dimension, rows, mirrored(row, n) * dimension, dimension);
        }
        return rows;
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
