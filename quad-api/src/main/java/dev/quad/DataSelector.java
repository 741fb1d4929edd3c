// SPDX-License-Identifier: Apache-2.0
package dev.quad;

/**
 * Chooses documents: Quad and every baseline are one of these, so that they can be compared.
 *
 * <p>The result depends on pool, budget, seed and the selector's own options alone, never on the number of threads.
 *
 * @param <T> what a document is
 */
@FunctionalInterface
public interface DataSelector<T> {

    /**
     * Chooses from the pool until the budget is used or nothing acceptable is left. No document is chosen twice.
     *
     * <p>Interrupting the calling thread ends the run after the current batch with {@link StopReason#CANCELLED} and a
     * valid result; the interrupt flag stays set.
     */
    Selection select(CandidatePool<T> pool, Budget budget, Seed seed);
}
