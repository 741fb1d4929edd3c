// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

/** k-means by plain loops in double precision: the reference that everything fast is held against. */
final class Plain {
    final double[] centres;
    final int[] assignment;
    final long[] sizes;
    double objective;
    private final float[] values;
    private final int dimension;
    private final boolean spherical;

    /** Starts at the first rows of {@code from}. Under cosine the rows must have length 1, or be zeros. */
    Plain(float[] values, int dimension, float[] from, int clusters, boolean spherical) {
        this.values = values;
        this.dimension = dimension;
        this.spherical = spherical;
        this.centres = new double[clusters * dimension];
        this.assignment = new int[values.length / dimension];
        this.sizes = new long[clusters];
        for (int i = 0; i < centres.length; i++) {
            centres[i] = from[i];
        }
    }

    double square(int row, int centre) {
        double sum = 0;
        for (int j = 0; j < dimension; j++) {
            double difference = values[row * dimension + j] - centres[centre * dimension + j];
            sum += difference * difference;
        }
        return sum;
    }

    /** Assigns all rows and takes their mean squared distance; then moves centres that have rows. */
    void iterate() {
        double[] sums = new double[centres.length];
        java.util.Arrays.fill(sizes, 0);
        objective = 0;
        for (int i = 0; i < assignment.length; i++) {
            int nearest = 0;
            for (int c = 1; c < sizes.length; c++) {
                nearest = square(i, c) < square(i, nearest) ? c : nearest;
            }
            assignment[i] = nearest;
            sizes[nearest]++;
            objective += square(i, nearest) / assignment.length;
            for (int j = 0; j < dimension; j++) {
                sums[nearest * dimension + j] += values[i * dimension + j];
            }
        }
        for (int c = 0; c < sizes.length; c++) {
            double norm = 0;
            for (int j = 0; j < dimension; j++) {
                norm += sums[c * dimension + j] * sums[c * dimension + j];
            }
            for (int j = 0; sizes[c] > 0 && j < dimension; j++) {
                centres[c * dimension + j] = sums[c * dimension + j] / (spherical ? Math.sqrt(norm) : sizes[c]);
            }
        }
    }
}
