// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.util.Arrays;

/** Arithmetic on single rows. */
final class Rows {
    private Rows() {}

    /** Scales to length 1. A row of zeros becomes the first unit vector, so that every row has a direction. */
    static void normalise(double[] row) {
        double squares = 0;
        for (double value : row) {
            squares += value * value;
        }
        if (squares < 1e-18) {
            Arrays.fill(row, 0);
            row[0] = 1;
            return;
        }
        double scale = 1 / Math.sqrt(squares);
        for (int i = 0; i < row.length; i++) {
            row[i] *= scale;
        }
    }
}
