// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Embeddings;
import dev.quad.Seed;
import dev.quad.linalg.Floats;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Lloyd's iterations against plain loops in double precision. */
class LloydTest {

    @Test
    void iterate_euclidean_followsThePlainLoops() {
        follow(Distance.euclidean(), Planted.gaussian(1500, 19, 12, 0.7, 1), 300);
    }

    @Test
    void iterate_spherical_followsThePlainLoops() {
        Planted data = Planted.gaussian(1500, 19, 12, 0.7, 2);
        for (int i = 0; i < data.values().length; i += 19) {
            double norm = 0;
            for (int j = 0; j < 19; j++) {
                norm += data.values()[i + j] * data.values()[i + j];
            }
            for (int j = 0; j < 19; j++) {
                data.values()[i + j] /= (float) Math.sqrt(norm);
            }
        }
        follow(Distance.spherical(), data, 7);
    }

    @Property(tries = 60)
    void iterate_anyData_neverRaisesTheObjective(
            @ForAll @IntRange(min = 1, max = 1200) int rows,
            @ForAll @IntRange(min = 1, max = 12) int dimension,
            @ForAll @IntRange(min = 1, max = 40) int wanted,
            @ForAll @IntRange(min = 0, max = 3) int distinctDigits,
            @ForAll boolean spherical,
            @ForAll long seed) {
        Random random = new Random(seed);
        float[] values = new float[rows * dimension];
        double grid = Math.pow(10, distinctDigits);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (Math.rint(random.nextGaussian() * grid) / grid);
        }
        int clusters = Math.min(wanted, rows);
        Distance distance = spherical ? Distance.spherical() : Distance.euclidean();
        try (RowBlocks blocks = read(values, dimension)) {
            blocks.prepare(distance, distance.origin(blocks.mean()));
            // the first rows as they come: often equal, so that clusters are empty and get split
            try (Floats centres = Floats.allocate(clusters, dimension)) {
                float[] row = new float[dimension];
                for (int c = 0; c < clusters; c++) {
                    blocks.get(c, row);
                    centres.set(c * dimension, row, 0, dimension);
                }
                Lloyd lloyd = new Lloyd(blocks, centres, distance, EmptyClusterPolicy.splitBiggest());
                double previous = Double.POSITIVE_INFINITY;
                for (int i = 1; i <= 8; i++) {
                    double objective =
                            lloyd.iterate(i, new Seed(seed).stream("test", i)).objective();
                    assertThat(objective).isBetween(0.0, previous + 1e-6);
                    previous = objective;
                }
            }
        }
    }

    private static void follow(Distance distance, Planted data, int clusters) {
        int dimension = data.dimension();
        int rows = data.labels().length;
        double[] expected = new double[clusters * dimension];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = data.values()[i];
        }
        try (RowBlocks blocks = read(data.values(), dimension);
                Floats centres = Floats.of(Arrays.copyOf(data.values(), clusters * dimension))) {
            Lloyd lloyd = new Lloyd(blocks, centres, distance, EmptyClusterPolicy.drop());
            for (int iteration = 1; iteration <= 10; iteration++) {
                double objective = plain(data.values(), rows, dimension, expected, distance);
                KMeansListener.Iteration result = lloyd.iterate(iteration, new Seed(1).stream("test"));
                assertThat(result.objective()).isCloseTo(objective, within(1e-5 * objective));
                for (int i = 0; i < expected.length; i++) {
                    assertThat((double) centres.get(i)).isCloseTo(expected[i], within(1e-5));
                }
            }
        }
    }

    /** One iteration in double precision; changes the centres, returns the objective before. */
    private static double plain(float[] x, int rows, int dimension, double[] centres, Distance distance) {
        int clusters = centres.length / dimension;
        double[] sums = new double[centres.length];
        int[] sizes = new int[clusters];
        double total = 0;
        for (int i = 0; i < rows; i++) {
            int nearest = 0;
            double least = Double.POSITIVE_INFINITY;
            for (int c = 0; c < clusters; c++) {
                double square = 0;
                for (int j = 0; j < dimension; j++) {
                    double difference = x[i * dimension + j] - centres[c * dimension + j];
                    square += difference * difference;
                }
                if (square < least) {
                    least = square;
                    nearest = c;
                }
            }
            total += least;
            sizes[nearest]++;
            for (int j = 0; j < dimension; j++) {
                sums[nearest * dimension + j] += x[i * dimension + j];
            }
        }
        for (int c = 0; c < clusters; c++) {
            double norm = 0;
            for (int j = 0; j < dimension; j++) {
                norm += sums[c * dimension + j] * sums[c * dimension + j];
            }
            double divisor = distance == Distance.euclidean() ? sizes[c] : Math.sqrt(norm);
            for (int j = 0; sizes[c] > 0 && j < dimension; j++) {
                centres[c * dimension + j] = sums[c * dimension + j] / divisor;
            }
        }
        return total / rows;
    }

    private static RowBlocks read(float[] values, int dimension) {
        return RowBlocks.read(
                Embeddings.of(values, dimension),
                IntStream.range(0, values.length / dimension).toArray());
    }
}
