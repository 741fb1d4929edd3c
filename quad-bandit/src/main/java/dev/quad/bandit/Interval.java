// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;

/**
 * A mean over repetitions and its 95 % confidence interval by Student's t.
 *
 * @param mean of the values
 * @param halfWidth of the interval, 0 for one value
 */
public record Interval(double mean, double halfWidth) {
    private static final double Z = 1.959963984540054;

    /**
     * The interval about a mean that is known to an error.
     *
     * @param error standard error of the mean, {@code >= 0}
     * @param freedom degrees of freedom of the error, {@code >= 1}
     */
    public static Interval ofMean(double mean, double error, double freedom) {
        return new Interval(mean, student(freedom) * error);
    }

    /** The interval of values, at least one. */
    public static Interval of(double... values) {
        Objects.requireNonNull(values, "the values are null");
        Moments moments = new Moments();
        Arrays.stream(values).forEach(moments::add);
        double freedom = values.length - 1.0;
        double width = freedom == 0 ? 0 : student(freedom) * Math.sqrt(moments.variance() / values.length);
        return new Interval(moments.mean(), width);
    }

    /**
     * The 97.5 % quantile of t (Abramowitz and Stegun, 26.7.5, to three terms); for 1 and 2 from tables, and up to 3 by
     * lines over 1 / freedom, which lie above the curve.
     */
    private static double student(double freedom) {
        if (freedom < 2) {
            return 4.302652730 + (12.706204736 - 4.302652730) * (2 / freedom - 1);
        }
        if (freedom < 3) {
            return 3.182446305 + (4.302652730 - 3.182446305) * (6 / freedom - 2);
        }
        double z3 = Z * Z * Z;
        double z5 = z3 * Z * Z;
        double z7 = z5 * Z * Z;
        return Z
                + (z3 + Z) / (4 * freedom)
                + (5 * z5 + 16 * z3 + 3 * Z) / (96 * freedom * freedom)
                + (3 * z7 + 19 * z5 + 17 * z3 - 15 * Z) / (384 * freedom * freedom * freedom);
    }

    /** Such as {@code 0.00405 ± 0.00003}. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.4g ± %.2g", mean, halfWidth);
    }
}
