// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Embeddings;
import dev.quad.Seed;
import dev.quad.linalg.Floats;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same start gives the same centres, after every iteration, as plain loops in double precision. */
class PlainTest {

    /** Many centres and tight clusters, so that bounds pass over rows and shares of the centres. */
    @ParameterizedTest
    @CsvSource({
        "1500, 19, 12, 0.7, 300, euclidean, 10",
        "1500, 19, 12, 0.7, 7, spherical, 10",
        "3000, 24, 40, 0.3, 200, euclidean, 25",
        "3000, 24, 40, 0.3, 200, spherical, 25",
        "700, 3, 1, 1, 64, euclidean, 40",
        "513, 1, 5, 1, 33, euclidean, 30",
        "900, 400, 30, 0.5, 100, euclidean, 8"
    })
    void iterate_sameStart_hasTheSameCentres(
            int rows, int dimension, int planted, double spread, int clusters, String distanceName, int iterations) {
        Distance distance = Distance.named(distanceName);
        boolean spherical = distance == Distance.spherical();
        float[] values = Planted.gaussian(rows, dimension, planted, spread, rows + clusters)
                .values();
        if (spherical) {
            normalise(values, dimension);
        }
        Plain plain = new Plain(values, dimension, values, clusters, spherical);
        try (RowBlocks blocks = RowBlocks.read(
                        Embeddings.of(values, dimension),
                        IntStream.range(0, rows).toArray());
                Floats centres = Floats.of(Arrays.copyOf(values, clusters * dimension));
                Lloyd lloyd = new Lloyd(
                        blocks, RowBlocks.extent(blocks).largest, centres, distance, EmptyClusterPolicy.drop())) {
            blocks.measure();
            for (int iteration = 1; iteration <= iterations; iteration++) {
                KMeansListener.Iteration result = lloyd.iterate(iteration, new Seed(1).stream("test"));
                plain.iterate();
                assertThat(result.objective()).isCloseTo(plain.objective, within(1e-5 * plain.objective));
                for (int i = 0; i < plain.centres.length; i++) {
                    assertThat((double) centres.get(i)).isCloseTo(plain.centres[i], within(1e-5));
                }
            }
        }
    }

    static void normalise(float[] values, int dimension) {
        for (int i = 0; i < values.length; i += dimension) {
            double norm = 0;
            for (int j = 0; j < dimension; j++) {
                norm += (double) values[i + j] * values[i + j];
            }
            for (int j = 0; j < dimension; j++) {
                values[i + j] /= (float) Math.sqrt(norm);
            }
        }
    }
}
