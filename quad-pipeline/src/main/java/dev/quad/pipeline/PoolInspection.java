// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.text.Duplicates;
import dev.quad.text.JsonlPool;
import dev.quad.text.NearDuplicates;
import dev.quad.text.PoolSummary;
import java.util.Objects;
import java.util.Optional;

/**
 * What a pool holds, as {@code quad inspect} tells it.
 *
 * @param summary sizes, fields, scripts, lengths
 * @param languages of a sample of the documents
 * @param duplicates how many documents have the text of an earlier one, up to case and white space
 * @param nearDuplicates which have nearly the text of an earlier one; empty if that was not asked for
 */
public record PoolInspection(
        PoolSummary summary, Languages languages, int duplicates, Optional<NearDuplicates> nearDuplicates) {
    /** Checks that all is there. */
    public PoolInspection {
        Objects.requireNonNull(summary, "the summary is null");
        Objects.requireNonNull(languages, "the languages are null");
        Objects.requireNonNull(nearDuplicates, "the near duplicates are null; allowed is an empty one");
    }

    /**
     * Reads a pool two to four times, with the threads of the current fork-join pool, or one a processor; what is found
     * does not depend on how many.
     *
     * @param near whether to look for near-duplicates, which takes several times as long
     */
    public static PoolInspection of(JsonlPool pool, boolean near) {
        PoolSummary summary = PoolSummary.of(pool);
        Duplicates duplicates = Duplicates.find(pool);
        Optional<NearDuplicates> found = near ? Optional.of(NearDuplicates.find(pool)) : Optional.empty();
        return new PoolInspection(summary, Languages.of(pool), duplicates.count(), found);
    }
}
