// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.Clustering;
import dev.quad.cluster.report.Agreement;
import java.util.Random;

/** Data with known clusters, and how well a clustering finds them. */
public final class Planted {
    private final float[] values;
    private final int dimension;
    private final int[] labels;

    Planted(float[] values, int dimension, int[] labels) {
        this.values = values;
        this.dimension = dimension;
        this.labels = labels;
    }

    public float[] values() {
        return values;
    }

    public int dimension() {
        return dimension;
    }

    public int[] labels() {
        return labels;
    }

    /** Gaussian clusters around centres far apart, of about equal sizes. */
    public static Planted gaussian(int rows, int dimension, int clusters, double spread, long seed) {
        Random random = new Random(seed);
        double[] centres = random.doubles((long) clusters * dimension, -1, 1).toArray();
        float[] values = new float[rows * dimension];
        int[] labels = new int[rows];
        for (int i = 0; i < rows; i++) {
            labels[i] = i < clusters ? i : random.nextInt(clusters);
            for (int j = 0; j < dimension; j++) {
                values[i * dimension + j] =
                        (float) (centres[labels[i] * dimension + j] + spread * random.nextGaussian());
            }
        }
        return new Planted(values, dimension, labels);
    }

    /** How well a clustering finds them: 1 for the same partition, about 0 for a random one. */
    double adjustedRand(Clustering clustering) {
        int[] found = new int[labels.length];
        java.util.Arrays.setAll(found, clustering::clusterOf);
        return Agreement.of(found, labels).adjustedRand();
    }
}
