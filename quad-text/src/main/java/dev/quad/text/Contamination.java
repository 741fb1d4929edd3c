// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.CandidatePool;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.IntPredicate;

/**
 * Which documents of a pool hold a part of a text that a model is to be judged by, so that a model trained on them
 * would have seen the answers.
 *
 * <p>A document is one of those if it shares a run of {@value #WORDS} words with an evaluation text, as in the
 * decontamination of GPT-3 (Brown et al., 2020); of an evaluation text of {@value #FEWEST} words or more that is
 * shorter, all of it. Texts with fewer words are not looked for, since they stand everywhere; {@link #tooShort()}
 * counts them. Words are those of {@link NearDuplicates}, without signs that are neither letters nor digits. A run that
 * many texts share, such as a licence, counts like any other: {@link #hits()} shows what was found, so that it can be
 * taken out of the evaluation texts.
 *
 * <p>Runs are compared by 64 bits: with 10⁹ words in the pool and 10⁶ in the evaluation texts one search in 20,000
 * names a document by chance. Cost: each document is read once; 12 bytes a word of the evaluation texts. The same with
 * any number of threads. Immutable.
 */
public final class Contamination {
    /** Words of a run. */
    public static final int WORDS = 13;

    /** An evaluation text with fewer words is not looked for. */
    public static final int FEWEST = 8;

    /**
     * A document and an evaluation text that share words.
     *
     * @param ordinal of the document
     * @param evaluation the index of the evaluation text
     * @param words the first that they share, in the order of the document, as they are compared
     */
    public record Hit(int ordinal, int evaluation, String words) {
        /** Checks that all is there. */
        public Hit {
            Objects.requireNonNull(words, "the words are null");
        }
    }

    private final List<Hit> hits;
    private final BitSet found;
    private final int size;
    private final int texts;
    private final int tooShort;

    private Contamination(List<Hit> hits, int size, int texts, int tooShort) {
        this.hits = List.copyOf(hits);
        this.size = size;
        this.texts = texts;
        this.tooShort = tooShort;
        this.found = new BitSet(size);
        hits.forEach(hit -> found.set(hit.ordinal));
    }

    /**
     * Reads the whole pool once, on the threads of the current fork-join pool.
     *
     * @param evaluation what a model is to be judged by
     */
    public static Contamination find(CandidatePool<Document> pool, List<Document> evaluation) {
        Objects.requireNonNull(pool, "the pool is null");
        List<List<String>> texts =
                List.copyOf(Objects.requireNonNull(evaluation, "the evaluation texts are null")).stream()
                        .map(document -> words(document.text()))
                        .toList();
        Runs runs = Runs.of(texts);
        List<Hit> hits = new ArrayList<>();
        int[] next = {0};
        DocumentFunctions.map(pool, runs::in, ofEach -> {
            for (int[] shared : ofEach) {
                int ordinal = next[0]++;
                Arrays.stream(shared)
                        .forEach(run -> hits.add(new Hit(ordinal, runs.texts[run], runs.text(run, texts))));
            }
        });
        int tooShort = (int) texts.stream().filter(text -> text.size() < FEWEST).count();
        return new Contamination(hits, pool.size(), texts.size(), tooShort);
    }

    private static List<String> words(String text) {
        return Words.of(Duplicates.normalise(text)).stream()
                .map(Contamination::plain)
                .filter(word -> !word.isEmpty())
                .toList();
    }

    private static String plain(String word) {
        return word.codePoints().allMatch(Character::isLetterOrDigit)
                ? word
                : word.codePoints()
                        .filter(c -> Character.isLetterOrDigit(c) || isMark(c))
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
    }

    private static boolean isMark(int c) {
        int type = Character.getType(c);
        return type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK;
    }

    /**
     * The runs of evaluation texts.
     *
     * @param hashes ascending
     * @param texts the first text with the run
     * @param starts its first word there
     * @param lengths which numbers of words a run may have
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Runs(long[] hashes, int[] texts, int[] starts, int[] lengths) implements java.io.Serializable {
        private static final long serialVersionUID = 1;

        static Runs of(List<List<String>> texts) {
            record Run(long hash, int text, int start) {}
            List<Run> runs = new ArrayList<>();
            BitSet lengths = new BitSet();
            for (int text = 0; text < texts.size(); text++) {
                long[] words = hashes(texts.get(text));
                int length = Math.min(WORDS, words.length);
                if (length >= FEWEST) {
                    lengths.set(length);
                    for (int start = 0; start + length <= words.length; start++) {
                        runs.add(new Run(hash(words, start, length), text, start));
                    }
                }
            }
            Run[] first = runs.stream()
                    .sorted((a, b) -> Long.compare(a.hash, b.hash)) // stable
                    .toArray(Run[]::new);
            int size = 0;
            for (Run run : first) {
                if (size == 0 || first[size - 1].hash != run.hash) {
                    first[size++] = run;
                }
            }
            Run[] each = Arrays.copyOf(first, size);
            return new Runs(
                    Arrays.stream(each).mapToLong(Run::hash).toArray(),
                    Arrays.stream(each).mapToInt(Run::text).toArray(),
                    Arrays.stream(each).mapToInt(Run::start).toArray(),
                    lengths.stream().toArray());
        }

        /** For each document the runs that it shares, the first for each evaluation text. */
        int[][] in(List<Document> documents) {
            return documents.stream()
                    .map(document -> in(hashes(words(document.text()))))
                    .toArray(int[][]::new);
        }

        private int[] in(long... words) {
            List<Integer> shared = new ArrayList<>();
            BitSet seen = new BitSet();
            for (int start = 0; start < words.length; start++) {
                for (int length : lengths) {
                    int run = start + length <= words.length
                            ? Arrays.binarySearch(hashes, hash(words, start, length))
                            : -1;
                    if (run >= 0 && !seen.get(texts[run])) {
                        seen.set(texts[run]);
                        shared.add(run);
                    }
                }
            }
            return shared.stream().mapToInt(Integer::intValue).toArray();
        }

        String text(int run, List<List<String>> of) {
            List<String> text = of.get(texts[run]);
            return String.join(" ", text.subList(starts[run], Math.min(text.size(), starts[run] + WORDS)));
        }

        private static long[] hashes(List<String> words) {
            return words.stream().mapToLong(Hash64::of).toArray();
        }

        private static long hash(long[] words, int start, int length) {
            long state = length;
            for (int i = start; i < start + length; i++) {
                state = Hash64.mix(state * 31 + words[i]);
            }
            return state;
        }
    }

    /** Each document beside each evaluation text that it shares words with, in the order of the pool. */
    public List<Hit> hits() {
        return hits;
    }

    /** The number of documents looked at. */
    public int size() {
        return size;
    }

    /** How many documents share words with an evaluation text. */
    public int count() {
        return found.cardinality();
    }

    /** How many evaluation texts a document shares words with; of those with the same run the first alone counts. */
    public int textsFound() {
        return (int) hits.stream().mapToInt(Hit::evaluation).distinct().count();
    }

    /** How many evaluation texts have too few words to be looked for. */
    public int tooShort() {
        return tooShort;
    }

    /** Whether a document shares words with none. */
    public boolean isClean(int ordinal) {
        return !found.get(Objects.checkIndex(ordinal, size));
    }

    /** Accepts the ordinals of the documents that share words with none. */
    public IntPredicate eligible() {
        return this::isClean;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%,d of %,d documents share %d words with %,d of %,d evaluation texts%s",
                count(),
                size,
                WORDS,
                textsFound(),
                texts,
                tooShort == 0
                        ? ""
                        : String.format(
                                Locale.ROOT, "; %,d have fewer than %d, and were not looked for", tooShort, FEWEST));
    }
}
