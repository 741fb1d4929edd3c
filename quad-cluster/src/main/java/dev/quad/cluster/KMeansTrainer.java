// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import java.util.random.RandomGenerator;

/** Moves centres, an iteration a call. */
interface KMeansTrainer extends AutoCloseable {
    /** One iteration. */
    KMeansListener.Iteration iterate(int number, RandomGenerator random);

    /** Whether another iteration would hardly help; asked once after each. */
    boolean settled(KMeansListener.Iteration iteration, double tolerance);

    /** What it knows beside the centres, to go on from. */
    String state();

    /** Goes on from a state. */
    void restore(String state);

    @Override
    void close();
}
