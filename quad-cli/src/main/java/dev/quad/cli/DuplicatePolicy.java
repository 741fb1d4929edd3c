// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.text.Duplicates;
import dev.quad.text.JsonlPool;
import dev.quad.text.NearDuplicates;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.IntPredicate;

/** Which documents are left out because an earlier one says the same. */
enum DuplicatePolicy {
    /** None. */
    KEEP,
    /** Equal texts, up to case and white space. */
    EXACT,
    /** Also texts that share most of their runs of words with an earlier one. */
    NEAR;

    /**
     * Searches a pool.
     *
     * @param folder where what takes long to find is kept for the next time
     */
    Repeats find(JsonlPool pool, int threads, Path folder, Progress progress) {
        if (this == KEEP) {
            return new Repeats(ordinal -> true, 0, 0);
        }
        Duplicates exact = Duplicates.find(pool);
        if (this == EXACT) {
            return new Repeats(exact::isFirst, exact.count(), 0);
        }
        progress.start("finding near-duplicates", pool.size(), "documents");
        NearDuplicates near =
                NearDuplicates.kept(folder, pool, NearDuplicates.DEFAULT_MIN_SIMILARITY, threads, progress::at);
        Repeats repeats = Repeats.of(pool.size(), exact, near);
        progress.finish(String.format(
                Locale.ROOT,
                "%,d, and %,d duplicates%s",
                repeats.nearDuplicates(),
                repeats.duplicates(),
                near.tooShort() == 0
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                "; %,d texts have fewer than five words, and were only compared for being equal",
                                near.tooShort())));
        return repeats;
    }

    /**
     * What was found.
     *
     * @param eligible whether a document, by its ordinal, is left to choose
     * @param duplicates documents with the text of an earlier one
     * @param nearDuplicates documents with nearly the text of an earlier one
     */
    record Repeats(IntPredicate eligible, int duplicates, int nearDuplicates) {
        String words() {
            return String.format(Locale.ROOT, "%,d duplicates", duplicates)
                    + (nearDuplicates > 0
                            ? String.format(Locale.ROOT, " and %,d near-duplicates", nearDuplicates)
                            : "");
        }

        private static Repeats of(int documents, Duplicates exact, NearDuplicates near) {
            int more = 0;
            for (int ordinal = 0; ordinal < documents; ordinal++) {
                if (exact.isFirst(ordinal) && !near.isFirst(ordinal)) {
                    more++;
                }
            }
            return new Repeats(exact.eligible().and(near.eligible()), exact.count(), more);
        }
    }
}
