// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

/**
 * Follows a {@link KMeans} run. Called on the thread that clusters; an exception ends the run and reaches the caller.
 */
public interface KMeansListener {
    /** Hears nothing. */
    KMeansListener NONE = new KMeansListener() {};

    /** After each iteration over the training rows. */
    default void onIteration(Iteration iteration) {}

    /**
     * While all rows are given their clusters.
     *
     * @param rows rows done so far
     * @param totalRows rows in all
     */
    default void onAssigned(int rows, int totalRows) {}

    /**
     * What an iteration did.
     *
     * @param number from 1
     * @param objective mean squared distance of the training rows to the nearest of the centres that the iteration
     *     began with; under {@link Distance#spherical} that is {@code 2 − 2·cosine}
     * @param moved training rows whose cluster changed; in the first iteration all
     * @param split empty clusters that got a part of a big one
     */
    record Iteration(int number, double objective, int moved, int split) {}
}
