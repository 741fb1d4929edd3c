// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.linalg.Floats;
import dev.quad.linalg.Int8;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class QuantizedVectorsProperties {

    /** Values of one sign and size have the longest integers; a single large one hides the others. */
    @Property(tries = 300)
    void set_anyVectors_errAtMostAsStated(
            @ForAll @IntRange(min = 1, max = 3000) int dimension,
            @ForAll @IntRange(min = -25, max = 17) int scale,
            @ForAll @IntRange(min = 0, max = 3) int kind,
            @ForAll long seed) {
        Random random = new Random(seed);
        float[][] vectors = new float[2][dimension];
        for (float[] vector : vectors) {
            for (int j = 0; j < dimension; j++) {
                double value = kind == 0 ? random.nextGaussian() : kind == 1 ? 1 : 1 - 2 * random.nextInt(2);
                vector[j] = (float) (value * Math.pow(10, scale));
            }
            if (kind == 3) {
                vector[random.nextInt(dimension)] *= 1e5f;
            }
        }
        try (QuantizedVectors rounded = new QuantizedVectors(2, dimension);
                Floats product = Floats.allocate(1)) {
            for (int v = 0; v < 2; v++) {
                rounded.set(v, vectors[v], Distance.squaredNorm(vectors[v]), new QuantizedVectors.Pen(dimension));
            }
            long integers = 0;
            double exact = 0;
            double[] error = new double[2];
            double[] length = new double[2];
            double[] norm = new double[2];
            for (int j = 0; j < dimension; j++) {
                exact += (double) vectors[0][j] * vectors[1][j];
                integers += rounded.values.get(j) * rounded.values.get(dimension + j);
                for (int v = 0; v < 2; v++) {
                    double value = (double) rounded.values.get(v * dimension + j) * rounded.step[v];
                    error[v] += Math.pow(vectors[v][j] - value, 2);
                    length[v] += value * value;
                    norm[v] += Math.pow(vectors[v][j], 2);
                }
            }
            for (int v = 0; v < 2; v++) {
                assertThat(Math.sqrt(error[v])).isLessThanOrEqualTo(rounded.error[v]);
                assertThat(Math.sqrt(length[v])).isLessThanOrEqualTo(rounded.length[v]);
                assertThat(Math.sqrt(norm[v])).isLessThanOrEqualTo(rounded.length[v]);
            }
            assertThat(Math.abs(integers)).isLessThan(Int8.LIMIT);
            Int8.gemm(
                    1, 1, dimension, rounded.values, 0, dimension, rounded.values, dimension, dimension, product, 0, 1);
            assertThat((long) (product.get(0) - Int8.ZERO)).isEqualTo(integers);
            double read = (product.get(0) - Int8.ZERO) * ((double) rounded.step[0] * rounded.step[1]);
            double doubt =
                    (double) rounded.length[0] * rounded.error[1] + (double) rounded.error[0] * rounded.length[1];
            assertThat(Math.abs(read - exact)).isLessThanOrEqualTo(doubt);
        }
    }
}
