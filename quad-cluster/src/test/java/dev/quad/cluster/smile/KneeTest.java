// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster.smile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class KneeTest {
    private static double[][] line(double... places) {
        double[][] rows = new double[places.length][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = new double[] {places[i], 0};
        }
        return rows;
    }

    /** Distances to the second nearest other: 2 at the ends of the run and 1 in it, 5 and 90 of the two far ones. */
    @Test
    void radius_isWhereTheDistancesBeginToGrow() {
        double[][] rows = line(100, 0, 1, 2, 3, 4, 5, 6, 10);
        assertThat(Knee.radius(rows, 3)).isEqualTo(5);
    }

    /**
     * Three copies and rows ever farther: the curve rises at once and then slowly, so that the knee is above the line.
     */
    @Test
    void radius_ofACurveThatIsBentUpwards_isItsKnee() {
        double[][] rows = line(0, 0, 0, 10, 20.1, 30.3, 40.6, 51);
        assertThat(Knee.radius(rows, 2)).isCloseTo(10, within(1e-9));
    }

    @Test
    void radius_ofEqualRows_isAboveZero() {
        assertThat(Knee.radius(line(3, 3, 3), 2)).isPositive().isLessThan(1e-30);
        assertThat(Knee.radius(line(0, 1, 2, 3), 2)).isEqualTo(1);
    }
}
