// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.CandidatePool;
import dev.quad.text.Contamination;
import dev.quad.text.Document;
import dev.quad.text.Duplicates;
import dev.quad.text.NearDuplicates;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntPredicate;

/** Which documents are left out because an earlier one says the same. */
public enum DuplicatePolicy {
    /** None. */
    KEEP,
    /** Equal texts, up to case and white space. */
    EXACT,
    /** Also texts most of whose runs of words are those of an earlier one; takes several times as long to find. */
    NEAR;

    /**
     * Searches a pool; reads all of it, unless all are kept. Near-duplicates are searched by the threads of the current
     * fork-join pool; the answer does not depend on how many.
     *
     * @param folder where what takes long to find is kept for the next time; empty to keep nothing
     * @param listener hears of the search for near-duplicates
     */
    public Repeats find(CandidatePool<Document> pool, Optional<Path> folder, PipelineListener listener) {
        return find(pool, List.of(), folder, listener);
    }

    /** As the other, and counts the documents that stand in a reference too. */
    public Repeats find(
            CandidatePool<Document> pool, List<Document> reference, Optional<Path> folder, PipelineListener listener) {
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(reference, "the reference is null");
        Objects.requireNonNull(folder, "the folder is null; allowed is an empty one");
        Objects.requireNonNull(listener, "the listener is null");
        if (this == KEEP) {
            return new Repeats(ordinal -> true, 0, 0, 0, OptionalInt.empty());
        }
        Duplicates exact = Duplicates.find(pool, reference);
        if (this == EXACT) {
            return new Repeats(exact::isFirst, exact.count(), 0, 0, OptionalInt.of(exact.countInOthers()));
        }
        String stage = "finding near-duplicates";
        listener.onStageStarted(stage, pool.size(), "documents");
        long started = System.nanoTime();
        NearDuplicates near = folder.isPresent()
                ? NearDuplicates.kept(folder.get(), pool, NearDuplicates.DEFAULT_MIN_SIMILARITY, listener::onStageAt)
                : NearDuplicates.find(pool, NearDuplicates.DEFAULT_MIN_SIMILARITY, listener::onStageAt);
        Repeats repeats = Repeats.of(pool.size(), exact, near);
        listener.onStageFinished(stage, words(repeats, near.tooShort()), (System.nanoTime() - started) / 1e9);
        return repeats;
    }

    private static String words(Repeats repeats, int tooShort) {
        return String.format(
                Locale.ROOT,
                "%,d, and %,d duplicates%s",
                repeats.nearDuplicates(),
                repeats.duplicates(),
                tooShort == 0
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                "; %,d texts have fewer than five words, and were only compared for being equal",
                                tooShort));
    }

    /**
     * What was found.
     *
     * @param eligible whether a document, by its ordinal, is left to choose
     * @param duplicates documents with the text of an earlier one
     * @param nearDuplicates documents with nearly the text of an earlier one
     * @param contaminated documents with words of evaluation texts, see {@link Contamination}
     * @param inReference documents with the text of one of the reference; empty if the pool was not read
     */
    public record Repeats(
            IntPredicate eligible, int duplicates, int nearDuplicates, int contaminated, OptionalInt inReference) {
        /** Checks that all is there. */
        public Repeats {
            Objects.requireNonNull(eligible, "eligible is null; give ordinal -> true for all");
            Objects.requireNonNull(
                    inReference, "the number of those in the reference is null; allowed is an empty one");
        }

        /** These, and left out too is what shares words with evaluation texts. */
        public Repeats and(Contamination found) {
            Objects.requireNonNull(found, "found is null; leave the call out where nothing was looked for");
            return new Repeats(eligible.and(found.eligible()), duplicates, nearDuplicates, found.count(), inReference);
        }

        /** How many are left out. */
        public int count() {
            return duplicates + nearDuplicates + contaminated;
        }

        /** The numbers in words. */
        public String words() {
            return String.format(Locale.ROOT, "%,d duplicates", duplicates)
                    + (nearDuplicates > 0 ? String.format(Locale.ROOT, " and %,d near-duplicates", nearDuplicates) : "")
                    + (contaminated > 0
                            ? String.format(Locale.ROOT, " and %,d with words of evaluation texts", contaminated)
                            : "");
        }

        private static Repeats of(int documents, Duplicates exact, NearDuplicates near) {
            int more = 0;
            for (int ordinal = 0; ordinal < documents; ordinal++) {
                if (exact.isFirst(ordinal) && !near.isFirst(ordinal)) {
                    more++;
                }
            }
            return new Repeats(
                    exact.eligible().and(near.eligible()),
                    exact.count(),
                    more,
                    0,
                    OptionalInt.of(exact.countInOthers()));
        }
    }
}
