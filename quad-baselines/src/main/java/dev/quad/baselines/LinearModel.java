// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

/**
 * A linear function of {@link Features}.
 *
 * @param weights of {@link Features#SIZE} buckets; not copied
 * @param bias added to the sum
 * @param learnFlops what learning it took, 0 for one that was loaded
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record LinearModel(float[] weights, double bias, double learnFlops) {
    double of(Features x) {
        double sum = bias;
        for (int i = 0; i < x.buckets().length; i++) {
            sum += (double) weights[x.buckets()[i]] * x.values()[i];
        }
        return sum;
    }
}
