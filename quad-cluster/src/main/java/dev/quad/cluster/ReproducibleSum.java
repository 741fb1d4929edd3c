// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import java.util.Arrays;

/**
 * Sums that do not depend on their order, so that a row can be taken out of one again without a trace (Demmel and
 * Nguyen, "Parallel reproducible summation", 2015). A value is cut into a multiple of a coarse power of two and a
 * multiple of a fine one; any sum of as many multiples as there are rows is exact in double precision. What is left
 * below the fine step is dropped: with a million rows, less than {@code 2^-60} of the largest value of the column.
 *
 * <p>Rounded to a step is {@code (x + shift) − shift}, where the shift is one and a half times the largest power of two
 * whose neighbours are that step apart.
 */
final class ReproducibleSum {
    private final double[] coarse;
    private final double[] fine;

    private ReproducibleSum(double[] coarse, double[] fine) {
        this.coarse = coarse;
        this.fine = fine;
    }

    /**
     * For so many rows.
     *
     * @param reach what no value of a column passes in magnitude
     */
    static ReproducibleSum of(double[] reach, int rows) {
        double[] coarse = Arrays.stream(reach).map(x -> shift(x, rows)).toArray();
        return new ReproducibleSum(
                coarse,
                Arrays.stream(coarse).map(x -> shift(Math.ulp(x) / 2, rows)).toArray());
    }

    private static double shift(double largest, int rows) {
        return largest == 0 ? 0 : Math.scalb(1.5, Math.getExponent(largest * Math.max(2, rows)) + 1);
    }

    /**
     * Adds values, or takes them away with the sign -1.
     *
     * @param values one for each column; their conversion from single precision is the caller's, because the compiler
     *     vectorises only what is left
     */
    void add(double[] values, double sign, double[] sum, double[] rest) {
        for (int j = 0; j < values.length; j++) {
            double multiple = values[j] + coarse[j] - coarse[j];
            sum[j] += sign * multiple;
            rest[j] += sign * (values[j] - multiple + fine[j] - fine[j]);
        }
    }

    /** Adds a value of the first column. */
    void add(double value, int sign, double[] sums, double[] rests, int at) {
        double multiple = value + coarse[0] - coarse[0];
        sums[at] += sign * multiple;
        rests[at] += sign * (value - multiple + fine[0] - fine[0]);
    }
}
