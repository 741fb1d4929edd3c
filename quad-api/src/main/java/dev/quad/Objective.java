// SPDX-License-Identifier: Apache-2.0
package dev.quad;

/**
 * What sets of documents are worth, for any pool: to be maximised within a budget. Immutable; safe for use by several
 * threads.
 *
 * @param <T> what a document is
 */
public interface Objective<T> {

    /**
     * The worth of sets of this pool's documents, whose items are its ordinals. May read the pool.
     *
     * @param pool stays open while the function is used
     * @param budget what a set may take; larger sets have a value too
     */
    SetFunction over(CandidatePool<T> pool, Budget budget);

    /** A digest of all but pool and budget that changes the values; never blank. */
    String fingerprint();
}
