// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Seed;
import java.util.Arrays;
import java.util.Comparator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NeighboursTest {
    private static final int DIMENSION = 16;
    private static final int GROUPS = 10;
    private static final int NEAREST = 10;

    /** Groups around the ends of as many axes, so that no plane has them apart. */
    private static float[] rows(int count) {
        RandomGenerator random = new Seed(5).stream("rows");
        float[] rows = new float[count * DIMENSION];
        for (int i = 0; i < rows.length; i++) {
            int group = i / DIMENSION % GROUPS;
            rows[i] = (float) (0.1 * random.nextGaussian() + (i % DIMENSION == group ? 1 : 0));
        }
        return rows;
    }

    /** The share of the nearest on a map that are of the same group, of some rows. */
    private static double purity(double[][] map) {
        return IntStream.range(0, 100)
                        .mapToDouble(row -> IntStream.range(0, map[0].length)
                                .filter(other -> other != row)
                                .boxed()
                                .sorted(Comparator.comparingDouble(
                                        other -> Math.hypot(map[0][row] - map[0][other], map[1][row] - map[1][other])))
                                .limit(NEAREST)
                                .filter(other -> other % GROUPS == row % GROUPS)
                                .count())
                        .sum()
                / (100.0 * NEAREST);
    }

    /** Above {@link Neighbours#MOST} rows lie between centres. */
    @Test
    void groupsThatNoPlaneHasApart_comeApart() {
        for (int count : new int[] {300, Neighbours.MOST + 500}) {
            float[] rows = rows(count);
            Axes axes = Axes.of(rows, DIMENSION, 1);

            double[][] map = MapLayout.NEIGHBOURS.places(rows, DIMENSION, axes);

            assertThat(purity(map)).isGreaterThan(0.95);
            assertThat(purity(MapLayout.COMPONENTS.places(rows, DIMENSION, axes)))
                    .isLessThan(0.8);
            assertThat(MapLayout.NEIGHBOURS.places(rows, DIMENSION, axes)).isDeepEqualTo(map);
        }
    }

    @Test
    void fewRows_orEqualOnes_haveFinitePlaces() {
        for (int count : new int[] {1, 2, 5}) {
            float[] rows = new float[count * DIMENSION];
            for (double[] axis : MapLayout.NEIGHBOURS.places(rows, DIMENSION, Axes.of(rows, DIMENSION, 1))) {
                assertThat(Arrays.stream(axis)).hasSize(count).allMatch(Double::isFinite);
            }
        }
    }
}
