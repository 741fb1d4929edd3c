// SPDX-License-Identifier: Apache-2.0
package dev.quad;

/**
 * Groups the pool; each group becomes an arm of the bandit.
 *
 * <p>The same embeddings and seed give the same clustering, whatever the number of threads.
 */
@FunctionalInterface
public interface ClusterStrategy {

    /**
     * Clusters all rows.
     *
     * @param embeddings one row per pool ordinal, at least one row
     * @param seed the run's seed; an implementation draws from a stream of its own
     * @throws IllegalArgumentException if the input cannot be clustered as asked (no rows, more clusters than rows)
     * @throws NumericalException if a value is not finite; the message names the row
     */
    Clustering cluster(Embeddings embeddings, Seed seed);
}
