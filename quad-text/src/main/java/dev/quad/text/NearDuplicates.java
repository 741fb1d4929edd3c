// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import com.dynatrace.hash4j.similarity.ElementHashProvider;
import com.dynatrace.hash4j.similarity.SimilarityHashPolicy;
import com.dynatrace.hash4j.similarity.SimilarityHasher;
import com.dynatrace.hash4j.similarity.SimilarityHashing;
import dev.quad.CandidatePool;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Which documents of a pool say nearly the same as an earlier one.
 *
 * <p>Documents are sets of runs of five words, after the normalisation of {@link Duplicates}. Words are what stands
 * between spaces; in scripts that set none between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese) each character
 * counts as one. A text of fewer than five words is one run, so that only an equal one is found to be like it;
 * {@link #tooShort()} counts these. Two are near-duplicates if the sets' Jaccard similarity is at least
 * {@code minSimilarity}. Pairs are proposed by MinHash (Broder, 1997; here SuperMinHash, Ertl, 2017) in 14 bands of 8
 * values, the setting of FineWeb (Penedo et al., 2024): a pair of similarity s is proposed with probability {@code 1 −
 * (1 − s^8)^14}, which is 0.77 at 0.75, 0.92 at 0.8 and above 0.999 at 0.9. What is proposed is checked on the texts,
 * so nothing is called a near-duplicate that is not; each band proposes only the first document that fell into it.
 *
 * <p>Exact duplicates count too. Cost: each document is read once, and each of a proposed pair once more; some 230
 * bytes of memory a document while searching, and one bit after. The same on every machine and with any number of
 * threads. Immutable.
 */
public final class NearDuplicates {
    /** Jaccard similarity from which a text adds little to another. */
    public static final double DEFAULT_MIN_SIMILARITY = 0.8;

    private static final int WORDS = 5;
    private static final int BANDS = 14;
    private static final int ROWS = 8;
    /** So many are compared at a time, of so many tokens in all. */
    private static final int CHECKED = 4096;

    private static final long CHECKED_TOKENS = 16L << 20;

    private static final SimilarityHashPolicy POLICY = SimilarityHashing.superMinHash(BANDS * ROWS, 16);

    private final BitSet repeats;
    private final int size;
    private final int groups;
    private final int tooShort;

    private NearDuplicates(BitSet repeats, int size, int groups, int tooShort) {
        this.repeats = repeats;
        this.size = size;
        this.groups = groups;
        this.tooShort = tooShort;
    }

    /** As the other, with {@link #DEFAULT_MIN_SIMILARITY}. */
    public static NearDuplicates find(CandidatePool<Document> pool) {
        return find(pool, DEFAULT_MIN_SIMILARITY);
    }

    /**
     * Reads the whole pool, on the threads of the current fork-join pool; their number changes no result.
     *
     * @param minSimilarity in {@code (0, 1]}; below 0.7 few pairs are found
     * @throws IllegalArgumentException if a value is out of range
     */
    public static NearDuplicates find(CandidatePool<Document> pool, double minSimilarity) {
        return find(pool, minSimilarity, documents -> {});
    }

    /**
     * As the other, and tells how it goes.
     *
     * @param onDocuments told now and then how many documents were looked at
     */
    public static NearDuplicates find(CandidatePool<Document> pool, double minSimilarity, IntConsumer onDocuments) {
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(onDocuments, "onDocuments is null; give n -> {} to hear nothing");
        if (!(minSimilarity > 0 && minSimilarity <= 1)) {
            throw new IllegalArgumentException("minSimilarity is " + minSimilarity + "; allowed is above 0, to 1");
        }
        Search search = new Search(pool, minSimilarity);
        DocumentFunctions.map(pool, NearDuplicates::keys, keys -> {
            search.add(keys);
            onDocuments.accept(search.seen);
        });
        search.check();
        return new NearDuplicates(search.repeats, pool.size(), search.firsts.cardinality(), search.tooShort);
    }

    /** For each document whether it has too few words, and a key a band. */
    private static long[] keys(List<Document> documents) {
        SimilarityHasher hasher = POLICY.createHasher();
        long[] keys = new long[documents.size() * (1 + BANDS)];
        for (int i = 0; i < documents.size(); i++) {
            List<String> words = words(documents.get(i).text());
            keys[i * (1 + BANDS)] = words.size() < WORDS ? 1 : 0;
            byte[] signature = hasher.compute(ElementHashProvider.ofValues(runs(words)));
            for (int band = 0; band < BANDS; band++) {
                long state = band;
                for (int row = 0; row < ROWS; row++) {
                    state = Hash64.add(state, (int) POLICY.getComponent(signature, band * ROWS + row));
                }
                keys[i * (1 + BANDS) + 1 + band] = Hash64.mix(state);
            }
        }
        return keys;
    }

    private static long[][] allRuns(List<Document> documents) {
        return documents.stream().map(document -> runs(words(document.text()))).toArray(long[][]::new);
    }

    /**
     * As the other, but what was found is kept in a file of the folder, and taken from there where it is that of the
     * same pool.
     *
     * @param folder made if missing
     * @throws java.io.UncheckedIOException if the folder cannot be written to
     */
    public static NearDuplicates kept(
            Path folder, CandidatePool<Document> pool, double minSimilarity, IntConsumer onDocuments) {
        Objects.requireNonNull(folder, "the folder is null");
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(onDocuments, "onDocuments is null; give n -> {} to hear nothing");
        NearDuplicatesFile file = new NearDuplicatesFile(folder, pool, minSimilarity);
        return file.read().orElseGet(() -> file.write(find(pool, minSimilarity, onDocuments)));
    }

    static NearDuplicates of(BitSet repeats, int size, int groups, int tooShort) {
        return new NearDuplicates(repeats, size, groups, tooShort);
    }

    BitSet repeats() {
        return repeats;
    }

    /** The documents seen so far, by band, and those that may be like an earlier one. */
    private static final class Search {
        private final CandidatePool<Document> pool;
        private final double minSimilarity;
        private final List<OrdinalTable> bands = new ArrayList<>();
        private final int[][] firstOf = new int[BANDS][1024];
        /** A document that fell into a band after others, and then the first of each such band. */
        private final List<int[]> proposed = new ArrayList<>();

        private final BitSet repeats = new BitSet();
        private final BitSet firsts = new BitSet();
        private int seen;
        private int tooShort;

        Search(CandidatePool<Document> pool, double minSimilarity) {
            this.pool = pool;
            this.minSimilarity = minSimilarity;
            for (int band = 0; band < BANDS; band++) {
                bands.add(new OrdinalTable());
            }
        }

        void add(long... keys) {
            for (int i = 0; i < keys.length; i += 1 + BANDS) {
                tooShort += (int) keys[i];
                int[] like = IntStream.concat(IntStream.of(seen), earlier(keys, i + 1))
                        .toArray();
                if (like.length > 1) {
                    proposed.add(like);
                }
                seen++;
            }
        }

        /** The first of each band that the document is not the first of. */
        private IntStream earlier(long[] keys, int from) {
            int[] found = new int[BANDS];
            int count = 0;
            for (int band = 0; band < BANDS; band++) {
                OrdinalTable table = bands.get(band);
                int known = table.findOrAdd(keys[from + band], number -> true);
                if (known >= 0) {
                    found[count++] = firstOf[band][known];
                } else {
                    int number = table.size() - 1;
                    if (number == firstOf[band].length) {
                        firstOf[band] = Arrays.copyOf(firstOf[band], 2 * number);
                    }
                    firstOf[band][number] = seen;
                }
            }
            return Arrays.stream(found, 0, count).sorted().distinct();
        }

        /** Compares what was proposed. */
        void check() {
            for (int from = 0, to = 0; from < proposed.size(); from = to) {
                to = end(from);
                List<int[]> some = proposed.subList(from, to);
                int[] ordinals = some.stream()
                        .flatMapToInt(Arrays::stream)
                        .sorted()
                        .distinct()
                        .toArray();
                List<long[]> runs = new ArrayList<>();
                DocumentFunctions.map(pool, ordinals, NearDuplicates::allRuns, found -> runs.addAll(List.of(found)));
                some.forEach(like -> check(like, ordinal -> runs.get(Arrays.binarySearch(ordinals, ordinal))));
            }
        }

        /** How far to go so that what is read at once is not too much. */
        private int end(int from) {
            int to = from;
            for (long tokens = 0; to < proposed.size() && to - from < CHECKED && tokens < CHECKED_TOKENS; to++) {
                tokens +=
                        Arrays.stream(proposed.get(to)).mapToLong(pool::tokens).sum();
            }
            return to;
        }

        private void check(int[] like, IntFunction<long[]> runs) {
            int ordinal = like[0];
            Arrays.stream(like)
                    .skip(1)
                    .filter(other -> similarity(runs.apply(ordinal), runs.apply(other)) >= minSimilarity)
                    .findFirst()
                    .ifPresent(other -> {
                        repeats.set(ordinal);
                        if (!repeats.get(other)) {
                            firsts.set(other);
                        }
                    });
        }
    }

    static List<String> words(String text) {
        return Words.of(Duplicates.normalise(text));
    }

    /** Hashes of the runs of words, in order, each once. */
    static long[] runs(List<String> words) {
        long[] hashes = words.stream().mapToLong(Hash64::of).toArray();
        int count = Math.max(1, hashes.length - WORDS + 1);
        long[] runs = new long[count];
        for (int i = 0; i < count; i++) {
            long state = 0;
            for (int j = i; j < Math.min(i + WORDS, hashes.length); j++) {
                state = Hash64.mix(state * 31 + hashes[j]);
            }
            runs[i] = state;
        }
        return Arrays.stream(runs).sorted().distinct().toArray();
    }

    /** The Jaccard similarity of two sets in order. */
    static double similarity(long[] a, long[] b) {
        int shared = 0;
        int i = 0;
        int j = 0;
        while (i < a.length && j < b.length) {
            int order = Long.compare(a[i], b[j]);
            shared += order == 0 ? 1 : 0;
            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }
        return (double) shared / (a.length + b.length - shared);
    }

    /** The number of documents looked at. */
    public int size() {
        return size;
    }

    /** How many documents are near-duplicates of an earlier one. */
    public int count() {
        return repeats.cardinality();
    }

    /** How many documents that are no near-duplicates have one. */
    public int groups() {
        return groups;
    }

    /** How many documents have fewer than five words, and could only be compared for being equal. */
    public int tooShort() {
        return tooShort;
    }

    /** Whether no earlier document says nearly the same. */
    public boolean isFirst(int ordinal) {
        return !repeats.get(Objects.checkIndex(ordinal, size));
    }

    /** Accepts the ordinals of the documents that are the first to say what they say. */
    public IntPredicate eligible() {
        return this::isFirst;
    }

    @Override
    public String toString() {
        return count() + " of " + size + " texts nearly repeat another, in " + groups + " groups";
    }
}
