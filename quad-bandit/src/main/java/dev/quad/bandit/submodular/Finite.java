// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit.submodular;

/** Checks of the numbers that a function is made of. */
final class Finite {
    private Finite() {}

    /**
     * A copy of finite numbers.
     *
     * @param what names one in a message, such as {@code "the weight of item"}
     */
    static double[] copy(String what, double[] values) {
        for (int i = 0; i < values.length; i++) {
            if (!Double.isFinite(values[i])) {
                throw new IllegalArgumentException(
                        what + " " + i + " is " + values[i] + "; allowed are finite numbers");
            }
        }
        return values.clone();
    }
}
