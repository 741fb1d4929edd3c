// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import dev.quad.Clustering;
import dev.quad.Embeddings;
import dev.quad.Seed;
import dev.quad.cluster.KMeans;
import dev.quad.cluster.KMeansOptions;
import java.util.Arrays;
import java.util.Comparator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * A layout in which what is near stays near, and groups come apart, while distances between groups tell nothing: of
 * {@value #MOST} centres of k-means at most, each of which is drawn to those that it is nearest to and pushed off all
 * others, with the weights of UMAP (McInnes et al., 2018) and the kernel {@code 1 / (1 + d²)} of t-SNE. All pairs
 * count, in a fixed order on one thread, and nothing but the cells of documents is drawn at random, from a fixed seed:
 * the same rows give the same bits. A document lies between the centres that it is nearest to.
 *
 * <p>Cost: k-means, and {@value #SWEEPS} sweeps over all pairs of centres, some seconds in all.
 */
final class Neighbours {
    static final int MOST = 1_000;

    private static final int NEAREST = 15;
    private static final int SWEEPS = 200;
    /** So much stronger is the push of all others together, which are sampled five for each neighbour in UMAP. */
    private static final double PUSH = 5;

    private static final double SPREAD = 10;
    private static final double FARTHEST_STEP = 4;
    private static final int BETWEEN = 3;
    private static final double CELL = 0.4;
    private static final int ITERATIONS = 10;
    private static final int TRAINING_ROWS = KMeansOptions.FEW_TRAINING_ROWS;

    private final int dimension;
    private final float[] centres;
    private final int[][] near;
    private final double[][] weights;
    private final double[] x;
    private final double[] y;

    private Neighbours(float[] centres, int dimension, Axes axes) {
        this.dimension = dimension;
        this.centres = centres;
        int count = centres.length / dimension;
        near = IntStream.range(0, count).parallel().mapToObj(this::nearest).toArray(int[][]::new);
        weights = weights();
        x = spread(axes, 0);
        y = spread(axes, 1);
    }

    /**
     * Where rows lie, by axis.
     *
     * @param rows one after another
     * @param axes of the rows, from which it starts
     */
    static double[][] places(float[] rows, int dimension, Axes axes) {
        int count = rows.length / dimension;
        if (count <= MOST) {
            Neighbours all = new Neighbours(rows, dimension, axes);
            all.settle();
            return new double[][] {all.x, all.y};
        }
        Clustering clusters = KMeans.of(KMeansOptions.builder(MOST)
                        .maxIterations(ITERATIONS)
                        .trainingRows(TRAINING_ROWS)
                        .build())
                .cluster(Embeddings.of(rows, dimension), new Seed(1));
        float[] centres = new float[clusters.clusterCount() * dimension];
        for (int c = 0; c < clusters.clusterCount(); c++) {
            System.arraycopy(clusters.centre(c).orElseThrow(), 0, centres, c * dimension, dimension);
        }
        Neighbours map = new Neighbours(centres, dimension, axes);
        map.settle();
        return map.between(rows, clusters);
    }

    private double square(float[] rows, int row, int centre) {
        double sum = 0;
        for (int j = 0; j < dimension; j++) {
            double difference = rows[row * dimension + j] - centres[centre * dimension + j];
            sum += difference * difference;
        }
        return sum;
    }

    private int[] nearest(int centre) {
        int count = centres.length / dimension;
        double[] squares = new double[count];
        Arrays.setAll(squares, other -> square(centres, centre, other));
        return IntStream.range(0, count)
                .filter(other -> other != centre)
                .boxed()
                .sorted(Comparator.comparingDouble(other -> squares[other]))
                .limit(NEAREST)
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** How strongly each is drawn to each: of the two directions the probabilistic sum, each centre's to a sum of 1. */
    private double[][] weights() {
        int count = near.length;
        double[][] drawn = new double[count][count];
        for (int i = 0; i < count; i++) {
            double[] distances = new double[near[i].length];
            for (int k = 0; k < distances.length; k++) {
                distances[k] = Math.sqrt(square(centres, i, near[i][k]));
            }
            double width = width(distances);
            for (int k = 0; k < distances.length; k++) {
                drawn[i][near[i][k]] = StrictMath.exp(-(distances[k] - distances[0]) / width);
            }
        }
        double[][] both = new double[count][count];
        for (int i = 0; i < count; i++) {
            double sum = 0;
            for (int j = 0; j < count; j++) {
                both[i][j] = drawn[i][j] + drawn[j][i] - drawn[i][j] * drawn[j][i];
                sum += both[i][j];
            }
            for (int j = 0; j < count; j++) {
                both[i][j] /= Math.max(1e-12, sum);
            }
        }
        return both;
    }

    /** The width of the exponential with which the weights of a centre sum to the binary logarithm of their number. */
    private static double width(double... distances) {
        double low = 0;
        double high = 1e-9 + 1e3 * Arrays.stream(distances).max().orElse(0);
        double wanted = StrictMath.log(Math.max(2, distances.length)) / StrictMath.log(2);
        for (int step = 0; step < 60; step++) {
            double middle = (low + high) / 2;
            double sum = 0;
            for (double distance : distances) {
                sum += StrictMath.exp(-(distance - distances[0]) / middle);
            }
            if (sum > wanted) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return high;
    }

    private double[] spread(Axes axes, int axis) {
        double[] places = IntStream.range(0, near.length)
                .mapToDouble(centre -> axes.place(axis, centres, centre))
                .toArray();
        double most = Arrays.stream(places).map(Math::abs).max().orElse(0);
        for (int i = 0; i < places.length; i++) {
            places[i] *= most > 0 ? SPREAD / most : 0;
        }
        return places;
    }

    private void settle() {
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            double step = 1 - (double) sweep / SWEEPS;
            for (int i = 0; i < near.length; i++) {
                move(i, step);
            }
        }
    }

    private void move(int i, double step) {
        double dx = 0;
        double dy = 0;
        double push = PUSH / near.length;
        for (int j = 0; j < near.length; j++) {
            double ofX = x[i] - x[j];
            double ofY = y[i] - y[j];
            double square = ofX * ofX + ofY * ofY;
            double force = (push / (0.01 + square) - weights[i][j]) / (1 + square);
            dx += force * ofX;
            dy += force * ofY;
        }
        double length = Math.sqrt(dx * dx + dy * dy);
        double scale = step * Math.min(1, FARTHEST_STEP / Math.max(1e-12, length));
        x[i] += scale * dx;
        y[i] += scale * dy;
    }

    private double[][] between(float[] rows, Clustering clusters) {
        double[][] places = new double[2][clusters.size()];
        RandomGenerator random = new Seed(1).stream("report.cells");
        double[] cells = new double[2 * clusters.size()];
        Arrays.setAll(cells, i -> random.nextDouble() - 0.5);
        IntStream.range(0, clusters.size()).parallel().forEach(row -> {
            int own = clusters.clusterOf(row);
            int[] candidates = IntStream.concat(IntStream.of(own), Arrays.stream(near[own]))
                    .boxed()
                    .sorted(Comparator.comparingDouble(centre -> square(rows, row, centre)))
                    .limit(BETWEEN)
                    .mapToInt(Integer::intValue)
                    .toArray();
            double sum = 0;
            for (int centre : candidates) {
                double square = 1e-9 + square(rows, row, centre);
                double weight = 1 / (square * square);
                sum += weight;
                places[0][row] += weight * x[centre];
                places[1][row] += weight * y[centre];
            }
            places[0][row] = places[0][row] / sum + CELL * cells[2 * row];
            places[1][row] = places[1][row] / sum + CELL * cells[2 * row + 1];
        });
        return places;
    }
}
