// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.CandidatePool;
import dev.quad.Experimental;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.files.Ranks;
import dev.quad.text.Document;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How much of what is wanted stands among the best by some scores: of the k best by other scores, such as exact ones
 * beside those of a store, or of documents that are known, such as planted ones.
 *
 * <pre>{@code recall@k = |best k ∩ wanted| / |wanted|}</pre>
 *
 * <p>Documents that some scores do not have are left out; equal scores are in the order of the pool. Immutable. 24
 * bytes a document while it is made.
 *
 * @param documents that have scores
 * @param correlation of ranks with the other scores, of all documents, in {@code [−1, 1]}; empty without other scores,
 *     or where all are equal
 * @param at each k
 */
@Experimental
public record ScoreRecall(int documents, OptionalDouble correlation, List<At> at) {
    private static final String FORMAT = "quad.score-recall.1";
    private static final int BATCH = 512;

    /** Checks that all is there, and copies the list. */
    public ScoreRecall {
        Objects.requireNonNull(correlation, "the correlation is null; allowed is an empty one");
        at = List.copyOf(Objects.requireNonNull(at, "what is found at each k is null"));
    }

    /**
     * What is found among the k best.
     *
     * @param k how many
     * @param found of what is wanted
     * @param wanted how many are
     * @param chance what a random choice of k finds of it in the mean, {@code k} over the documents
     */
    public record At(int k, int found, int wanted, double chance) {
        /** In {@code [0, 1]}. */
        public double recall() {
            return (double) found / wanted;
        }
    }

    /**
     * Of the best by other scores.
     *
     * @param scores of documents of the pool; stay with the caller
     * @param wanted other scores of them; at each k its k best are wanted
     * @param top each k, {@code >= 1}, at most the number of documents that have both scores
     * @throws IllegalArgumentException if there is no k, or one is out of range; says what is allowed
     */
    public static ScoreRecall of(
            CandidatePool<Document> pool,
            InfluenceEstimator<? super Document> scores,
            InfluenceEstimator<? super Document> wanted,
            List<Integer> top) {
        requireNonNull(pool, scores, top);
        Objects.requireNonNull(wanted, "the wanted scores are null");
        double[] found = values(pool, scores);
        double[] others = values(pool, wanted);
        int[] both = IntStream.range(0, found.length)
                .filter(i -> Double.isFinite(found[i]) && Double.isFinite(others[i]))
                .toArray();
        require(top, both.length);
        Integer[] best = best(found, both);
        Integer[] right = best(others, both);
        double correlation = Ranks.correlation(
                Arrays.stream(both).mapToDouble(i -> found[i]).toArray(),
                Arrays.stream(both).mapToDouble(i -> others[i]).toArray());
        List<At> at = new ArrayList<>();
        for (int k : top) {
            BitSet set = new BitSet();
            Arrays.stream(right).limit(k).forEach(set::set);
            int hits = (int) Arrays.stream(best).limit(k).filter(set::get).count();
            at.add(new At(k, hits, k, (double) k / both.length));
        }
        return new ScoreRecall(
                both.length, Double.isNaN(correlation) ? OptionalDouble.empty() : OptionalDouble.of(correlation), at);
    }

    /**
     * Of known documents.
     *
     * @param scores of documents of the pool; stay with the caller
     * @param wanted tells by its place whether a document is
     * @param top each k, {@code >= 1}, at most the number of documents that have a score
     * @throws IllegalArgumentException if no document that has a score is wanted, there is no k, or one is out of range
     */
    public static ScoreRecall of(
            CandidatePool<Document> pool,
            InfluenceEstimator<? super Document> scores,
            IntPredicate wanted,
            List<Integer> top) {
        requireNonNull(pool, scores, top);
        Objects.requireNonNull(wanted, "what tells whether a document is wanted is null");
        double[] found = values(pool, scores);
        int[] scored = IntStream.range(0, found.length)
                .filter(i -> Double.isFinite(found[i]))
                .toArray();
        require(top, scored.length);
        Integer[] best = best(found, scored);
        int all = (int) Arrays.stream(scored).filter(wanted).count();
        if (all == 0) {
            throw new IllegalArgumentException("none of the " + scored.length
                    + " documents that have a score is wanted; say others, or give scores that have them");
        }
        List<At> at = new ArrayList<>();
        for (int k : top) {
            int hits = (int) Arrays.stream(best).limit(k).filter(wanted::test).count();
            at.add(new At(k, hits, all, (double) k / scored.length));
        }
        return new ScoreRecall(scored.length, OptionalDouble.empty(), at);
    }

    private static void requireNonNull(Object pool, Object scores, Object top) {
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(scores, "the scores are null");
        Objects.requireNonNull(top, "the list of each k is null");
    }

    private static void require(List<Integer> top, int documents) {
        if (top.isEmpty() || top.stream().anyMatch(k -> k == null || k < 1 || k > documents)) {
            throw new IllegalArgumentException("the " + top + " best are asked for, and " + documents
                    + " documents have scores; allowed are numbers from 1 to that");
        }
    }

    /** NaN where there is none. */
    private static double[] values(CandidatePool<Document> pool, InfluenceEstimator<? super Document> scores) {
        double[] values = new double[pool.size()];
        for (int from = 0; from < values.length; from += BATCH) {
            List<Document> batch = IntStream.range(from, Math.min(values.length, from + BATCH))
                    .mapToObj(pool::get)
                    .toList();
            InfluenceScores found = scores.score(batch);
            for (int i = 0; i < batch.size(); i++) {
                values[from + i] = found.isScored(i) ? found.value(i) : Double.NaN;
            }
        }
        return values;
    }

    private static Integer[] best(double[] scores, int... among) {
        return Arrays.stream(among)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -scores[i])) // stable: equal ones in the order of the pool
                .toArray(Integer[]::new);
    }

    /** In words, a line for each k. */
    public String text() {
        String lines = at.stream()
                .map(each -> String.format(
                        Locale.ROOT,
                        "best %,d: %.3f (%,d of %,d; by chance %.3f)",
                        each.k(),
                        each.recall(),
                        each.found(),
                        each.wanted(),
                        each.chance()))
                .collect(Collectors.joining("\n"));
        return correlation.isPresent()
                ? String.format(Locale.ROOT, "%s%nrank correlation of all: %.3f", lines, correlation.getAsDouble())
                : lines;
    }

    /** For a file. */
    public Map<String, Object> tree() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("format", FORMAT);
        tree.put("documents", documents);
        correlation.ifPresent(value -> tree.put("rankCorrelation", value));
        tree.put(
                "top",
                at.stream()
                        .map(each -> Map.of(
                                "k", each.k(),
                                "recall", each.recall(),
                                "found", each.found(),
                                "wanted", each.wanted(),
                                "chance", each.chance()))
                        .toList());
        return tree;
    }

    /** The format of {@link #tree}. */
    public static String format() {
        return FORMAT;
    }
}
