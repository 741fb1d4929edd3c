// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Embeddings;
import dev.quad.Seed;
import dev.quad.cluster.embeddings.EmbeddingsFile;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** As good as scikit-learn from the same start; see {@code make.py} beside its files. */
class ScikitLearnTest {
    private static final Path FOLDER = Path.of("src/test/resources/dev/quad/cluster/scikit-learn");

    private final Embeddings rows = EmbeddingsFile.open(FOLDER.resolve("rows.npy"));
    private final float[] values = read("rows");

    /** Inertia is {@code Σ_i min_j ‖x_i − c_j‖²}; the numbers are those that scikit-learn tells. */
    @ParameterizedTest
    @CsvSource({"ten, 10, 2426.066874796692", "converged, 300, 2297.109292934113"})
    void train_fromTheSameStart_hasTheInertiaOfScikitLearn(String name, int iterations, double told) {
        double expected = inertia(read(name));
        assertThat(expected).isCloseTo(told, within(1e-3));
        Centres start = Centres.of(read("start"), rows.dimension(), Distance.euclidean());
        KMeansOptions options = KMeansOptions.builder(start.count())
                .seeding(Seeding.given(start))
                .maxIterations(iterations)
                .tolerance(0)
                .build();

        Centres found = KMeans.of(options).train(rows, new Seed(1));

        assertThat(inertia(start.toArray())).isGreaterThan(1.5 * told);
        assertThat(inertia(found.toArray())).isCloseTo(expected, Percentage.withPercentage(1));
    }

    private double inertia(float[] centres) {
        int dimension = rows.dimension();
        double sum = 0;
        for (int i = 0; i < values.length; i += dimension) {
            double nearest = Double.POSITIVE_INFINITY;
            for (int c = 0; c < centres.length; c += dimension) {
                double square = 0;
                for (int j = 0; j < dimension; j++) {
                    square += Math.pow((double) values[i + j] - centres[c + j], 2);
                }
                nearest = Math.min(nearest, square);
            }
            sum += nearest;
        }
        return sum;
    }

    private static float[] read(String name) {
        EmbeddingsFile file = EmbeddingsFile.open(FOLDER.resolve(name + ".npy"));
        FloatBuffer result = FloatBuffer.allocate(file.rows() * file.dimension());
        file.read(0, file.rows(), result);
        return result.array();
    }
}
