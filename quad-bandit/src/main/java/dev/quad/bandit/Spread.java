// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import java.util.Arrays;

/** How widely counts are spread over arms. */
final class Spread {
    private Spread() {}

    /** Arms with a count. */
    static long touched(long[] counts) {
        return Arrays.stream(counts).filter(count -> count > 0).count();
    }

    /** exp(entropy): as many arms with equal counts would be as uncertain; 0 without counts. */
    static double effective(long[] counts) {
        double sum = (double) Arrays.stream(counts).sum();
        double entropy = 0;
        for (long count : counts) {
            entropy -= count == 0 ? 0 : count / sum * Math.log(count / sum);
        }
        return sum == 0 ? 0 : Math.exp(entropy);
    }
}
