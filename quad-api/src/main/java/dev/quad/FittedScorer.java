// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.time.Duration;
import java.util.OptionalDouble;

/**
 * What a {@link DocumentScorer} has learned: gives a document a number, <b>higher where it would rather train on
 * it</b>. An {@link InfluenceEstimator} but for this: where 0 lies means nothing unless the scorer says so, so that
 * scores can be compared and not added.
 *
 * <p>A document's score is the same bits in every batch. Immutable and safe for use by several threads; a batch is
 * scored by the threads of the current fork-join pool.
 *
 * @param <T> what a document is
 */
public interface FittedScorer<T> extends InfluenceEstimator<T> {

    /** The {@link DocumentScorer#id} of what has learned it. */
    String id();

    /** What learning took, by the clock; part of no fingerprint. */
    Duration fitTime();

    /** Floating-point operations of learning, finite and {@code >= 0}; empty where they are not counted, as here. */
    default OptionalDouble fitFlops() {
        return OptionalDouble.empty();
    }
}
