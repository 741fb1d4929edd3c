// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Precision;
import dev.quad.linalg.Reals;
import dev.quad.linalg.Workers;
import java.util.Arrays;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Matrices of one tile and of several, and batches that are one slice or several, with rows left over. */
class CovarianceTest {
    private static final int[] BATCHES = {1, 511, 0, 2051};

    private static double[] values(int batch, int count) {
        return Dense.gaussian(batch, "rows", count);
    }

    private static double[] mean(int size, Precision precision) {
        try (Covariance covariance = new Covariance(size)) {
            int all = 0;
            for (int batch = 0; batch < BATCHES.length; batch++) {
                int rows = BATCHES[batch];
                try (Reals x = Reals.of(precision, values(batch, rows * size))) {
                    Workers.forEach(covariance.begin(rows), task -> covariance.add(task, x, rows));
                    covariance.end();
                }
                all += rows;
            }
            assertThat(covariance.isFinite()).isTrue();
            return covariance.mean(all);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, SINGLE", "7, DOUBLE", "64, SINGLE", "768, SINGLE", "769, SINGLE", "1601, DOUBLE"})
    void mean_isThatOfPlainLoops_whateverTheThreads(int size, Precision precision) {
        double[] found = mean(size, precision);

        double[][] batches = new double[BATCHES.length][];
        Arrays.setAll(batches, batch -> values(batch, BATCHES[batch] * size));
        int[] some = {0, size / 3, size / 2, Math.max(0, size - 2), size - 1};
        for (int i : some) {
            for (int j : some) {
                double sum = 0;
                double scale = 0;
                int all = 0;
                for (int batch = 0; batch < BATCHES.length; batch++) {
                    double[] x = batches[batch];
                    for (int row = 0; row < BATCHES[batch]; row++) {
                        double product = rounded(x[row * size + i], precision) * rounded(x[row * size + j], precision);
                        sum += product;
                        scale += Math.abs(product);
                    }
                    all += BATCHES[batch];
                }
                assertThat(found[i * size + j])
                        .as("%d, %d", i, j)
                        .isCloseTo(sum / all, within(all * 0x1p-53 * scale / all));
                assertThat(found[i * size + j]).isEqualTo(found[j * size + i]);
            }
        }
        try (Alone alone = new Alone()) {
            assertThat(alone.pool.submit(() -> mean(size, precision)).join()).isEqualTo(found);
        }
    }

    private static double rounded(double value, Precision precision) {
        return precision == Precision.SINGLE ? (float) value : value;
    }

    private static final class Alone implements AutoCloseable {
        final ForkJoinPool pool = new ForkJoinPool(1);

        @Override
        public void close() {
            pool.shutdown();
        }
    }
}
