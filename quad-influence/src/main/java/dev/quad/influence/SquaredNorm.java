// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.linalg.Blas;
import dev.quad.linalg.Reals;

/** {@code Σ v²} in the precision of the values, or in double where squares would leave the range of single. */
final class SquaredNorm {
    private static final double SMALL = 1e-25;
    private static final double LARGE = 1e35;

    private SquaredNorm() {}

    static double of(Reals values, int from, int count) {
        double sum = Blas.dot(count, values, from, values, from);
        if (sum > SMALL && sum < LARGE) {
            return sum;
        }
        sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += values.value(i) * values.value(i);
        }
        return sum;
    }
}
