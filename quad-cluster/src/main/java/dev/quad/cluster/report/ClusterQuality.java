// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster.report;

import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.NumericalException;
import dev.quad.Seed;
import dev.quad.cluster.KMeans;
import dev.quad.linalg.Workers;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Objects;

/**
 * What can be said of a clustering without labels, in Euclidean distance.
 *
 * @param clusters how many
 * @param smallest members of the smallest
 * @param median members of the one in the middle
 * @param largest members of the largest
 * @param imbalance {@code k·Σn_c²/n²}: 1 if all have the same size, k if one has everything (as FAISS reports it)
 * @param inertia the sum of the squared distances of the rows to the means of their clusters
 * @param silhouette the mean over a sample of {@code (b − a)/max(a, b)}, where a is the mean distance to the sampled
 *     rows of its own cluster, and b to those of the nearest other (Rousseeuw, 1987), in {@code [−1, 1]}, larger is
 *     better; 0 for a row that is alone; 0 with one cluster
 * @param daviesBouldin the mean over clusters of the largest {@code (s_i + s_j)/‖m_i − m_j‖}, with s the mean distance
 *     of members to their mean m (Davies and Bouldin, 1979), {@code >= 0}, smaller is better; 0 with one cluster
 */
public record ClusterQuality(
        int clusters,
        int smallest,
        int median,
        int largest,
        double imbalance,
        double inertia,
        double silhouette,
        double daviesBouldin) {
    /** Rows for the silhouette: its standard error is then about 0.01. */
    public static final int DEFAULT_SAMPLE = 2000;

    private static final int BLOCK = 1024;

    /** With a sample of {@link #DEFAULT_SAMPLE} rows. */
    public static ClusterQuality of(Embeddings rows, Clustering clustering, Seed seed) {
        return of(rows, clustering, seed, DEFAULT_SAMPLE);
    }

    /**
     * Reads all rows twice. Heap: two doubles for each value of a centre. Cost: {@code O(n·d + k²·d + sample²·d)}. The
     * same bits for any number of threads.
     *
     * @param sample rows for the silhouette, {@code >= 1}; all where there are fewer
     * @throws IllegalArgumentException if rows and clustering differ in size or there are none
     */
    public static ClusterQuality of(Embeddings rows, Clustering clustering, Seed seed, int sample) {
        Objects.requireNonNull(rows, "the rows are null");
        Objects.requireNonNull(clustering, "the clustering is null");
        Objects.requireNonNull(seed, "the seed is null");
        if (rows.rows() != clustering.size() || rows.rows() == 0 || sample < 1) {
            throw new IllegalArgumentException("a clustering of " + clustering.size() + " rows was given for "
                    + rows.rows() + " rows and a sample of " + sample + "; give as many, and at least one");
        }
        int[] sizes = new int[clustering.clusterCount()];
        double squares = 0;
        for (int c = 0; c < sizes.length; c++) {
            sizes[c] = clustering.size(c);
            squares += (double) sizes[c] * sizes[c];
        }
        double[][] means = means(rows, clustering);
        double[] spread = new double[sizes.length];
        double inertia = 0;
        for (int c = 0; c < sizes.length; c++) {
            Arrays.setAll(means[c], divide(means[c], sizes[c]));
        }
        FloatBuffer block = FloatBuffer.allocate(Math.multiplyExact(BLOCK, rows.dimension()));
        for (int from = 0; from < rows.rows(); from += BLOCK) {
            int count = Math.min(BLOCK, rows.rows() - from);
            rows.readFully(from, count, block.clear());
            for (int i = 0; i < count; i++) {
                int cluster = clustering.clusterOf(from + i);
                double square = square(block.array(), i * rows.dimension(), means[cluster]);
                if (!Double.isFinite(square)) {
                    throw new NumericalException("row " + (from + i) + " of the embeddings is " + square
                            + " from the mean of its cluster " + cluster
                            + ", squared; look there for values that are not finite");
                }
                inertia += square;
                spread[cluster] += Math.sqrt(square) / sizes[cluster];
            }
        }
        Arrays.sort(sizes);
        int k = sizes.length;
        double n = rows.rows();
        return new ClusterQuality(
                k,
                sizes[0],
                sizes[k / 2],
                sizes[k - 1],
                k * squares / (n * n),
                inertia,
                silhouette(rows, clustering, seed, sample),
                daviesBouldin(means, spread));
    }

    private static java.util.function.IntToDoubleFunction divide(double[] values, int by) {
        return j -> values[j] / by;
    }

    private static double[][] means(Embeddings rows, Clustering clustering) {
        double[][] sums = new double[clustering.clusterCount()][rows.dimension()];
        FloatBuffer block = FloatBuffer.allocate(Math.multiplyExact(BLOCK, rows.dimension()));
        for (int from = 0; from < rows.rows(); from += BLOCK) {
            int count = Math.min(BLOCK, rows.rows() - from);
            rows.readFully(from, count, block.clear());
            for (int i = 0; i < count; i++) {
                double[] sum = sums[clustering.clusterOf(from + i)];
                for (int j = 0; j < sum.length; j++) {
                    sum[j] += block.array()[i * sum.length + j];
                }
            }
        }
        return sums;
    }

    private static double square(float[] values, int at, double[] mean) {
        double sum = 0;
        for (int j = 0; j < mean.length; j++) {
            double difference = values[at + j] - mean[j];
            sum += difference * difference;
        }
        return sum;
    }

    private static double daviesBouldin(double[][] means, double[] spread) {
        double[] worst = new double[means.length];
        Workers.forEach(means.length, i -> {
            for (int j = 0; j < means.length; j++) {
                double sum = 0;
                for (int x = 0; x < means[i].length; x++) {
                    double difference = means[i][x] - means[j][x];
                    sum += difference * difference;
                }
                if (i != j && sum > 0) {
                    worst[i] = Math.max(worst[i], (spread[i] + spread[j]) / Math.sqrt(sum));
                }
            }
        });
        return Arrays.stream(worst).sum() / means.length;
    }

    private static double silhouette(Embeddings rows, Clustering clustering, Seed seed, int sample) {
        if (clustering.clusterCount() == 1) {
            return 0;
        }
        int count = Math.min(sample, rows.rows());
        int[] chosen = KMeans.sample(rows.rows(), count, seed.stream("cluster.silhouette"));
        int dimension = rows.dimension();
        FloatBuffer values = FloatBuffer.allocate(Math.multiplyExact(count, dimension));
        int[] cluster = new int[count];
        int[] sizes = new int[clustering.clusterCount()];
        for (int i = 0; i < count; i++) {
            rows.readFully(chosen[i], 1, values);
            cluster[i] = clustering.clusterOf(chosen[i]);
            sizes[cluster[i]]++;
        }
        double[] scores = new double[count];
        Workers.forEach(count, i -> {
            double[] sums = new double[sizes.length];
            for (int j = 0; j < count; j++) {
                sums[cluster[j]] += distance(values.array(), i * dimension, j * dimension, dimension);
            }
            double own = 0;
            double other = Double.POSITIVE_INFINITY;
            for (int c = 0; c < sizes.length; c++) {
                if (c == cluster[i]) {
                    own = sums[c] / Math.max(1, sizes[c] - 1);
                } else if (sizes[c] > 0) {
                    other = Math.min(other, sums[c] / sizes[c]);
                }
            }
            double larger = Math.max(own, other);
            boolean known = sizes[cluster[i]] > 1 && larger > 0 && Double.isFinite(larger);
            scores[i] = known ? (other - own) / larger : 0;
        });
        return Arrays.stream(scores).sum() / count;
    }

    private static double distance(float[] values, int a, int b, int dimension) {
        double sum = 0;
        for (int j = 0; j < dimension; j++) {
            double difference = (double) values[a + j] - values[b + j];
            sum += difference * difference;
        }
        return Math.sqrt(sum);
    }
}
