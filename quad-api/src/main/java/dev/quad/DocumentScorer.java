// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.util.List;

/**
 * A way to tell documents apart that one would rather train on, such as their likeness to a reference: learns from a
 * pool and a reference, and then scores documents one by one. Those that Quad is compared with are such, in
 * {@code quad-baselines}.
 *
 * <p>Immutable and safe for use by several threads. What is learned depends on pool, reference, seed and the scorer's
 * own options alone, never on the number of threads.
 *
 * @param <T> what a document is
 */
public interface DocumentScorer<T> {

    /** Names the method and all of its options, such as {@code dsir(buckets=10000)}. Goes into manifests. */
    String id();

    /** Whether it learns from the reference; one that does not takes an empty one. */
    default boolean needsReference() {
        return true;
    }

    /**
     * Learns from the pool, of which a sample may be enough, and the reference.
     *
     * @param pool what will be scored, or more of its kind
     * @param reference documents of the kind that the model should become good at
     * @param seed draws the sample
     * @throws IllegalArgumentException if the pool, or a reference that is needed, is empty or has no text; says so
     */
    FittedScorer<T> fit(CandidatePool<T> pool, List<? extends T> reference, Seed seed);
}
