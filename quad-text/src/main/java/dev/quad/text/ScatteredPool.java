// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.CandidatePool;
import java.util.function.Consumer;

/**
 * A pool whose documents lie on other machines: functions are sent to them, instead of them to the functions. What
 * reads whole pools here ({@link Duplicates}, {@link NearDuplicates}, {@link NgramCoverage}) does so by {@link #map}.
 */
public interface ScatteredPool extends CandidatePool<Document> {
    /**
     * Applies a function to documents.
     *
     * @param ordinals of the documents, ascending
     * @param function is given some of them at a time, and each once
     * @param then is told the results in the order of the documents, by the calling thread
     * @throws IndexOutOfBoundsException if there is no such document
     */
    <R> void map(int[] ordinals, DocumentFunction<R> function, Consumer<? super R> then);
}
