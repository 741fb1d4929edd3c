// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import dev.quad.Clustering;
import dev.quad.Selection;
import dev.quad.text.Document;
import dev.quad.text.JsonlPool;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The documents that a page tells of, in the order of the pool: all of a pool of at most {@value #MOST}; else as many
 * at equal distances, as many of those chosen and as many of those scored. An index is a place among them.
 */
final class Documents {
    /** A map of more points says no more. */
    static final int MOST = 100_000;

    private final JsonlPool pool;
    private final int[] ordinals;
    private final BitSet even = new BitSet();
    private final BitSet chosen = new BitSet();
    private final double[] scores;
    private final int[] clusters;

    private Documents(JsonlPool pool, int[] ordinals) {
        this.pool = pool;
        this.ordinals = ordinals;
        this.scores = new double[ordinals.length];
        this.clusters = new int[ordinals.length];
        Arrays.fill(scores, Double.NaN);
        Arrays.fill(clusters, -1);
    }

    static Documents of(JsonlPool pool, List<Selection.Choice> choices, Optional<Rounds> rounds) {
        BitSet shown = new BitSet(pool.size());
        int[] evenly = spread(IntStream.range(0, pool.size()).toArray());
        Arrays.stream(evenly).forEach(shown::set);
        int[] taken = choices.stream().mapToInt(Selection.Choice::ordinal).toArray();
        Arrays.stream(spread(taken)).forEach(shown::set);
        rounds.ifPresent(all -> Arrays.stream(spread(all.list().stream()
                        .flatMap(round -> round.pulls().stream())
                        .flatMapToInt(pull -> Arrays.stream(pull.scored()).limit(pull.scores().length))
                        .toArray()))
                .forEach(shown::set));
        Documents documents = new Documents(pool, shown.stream().toArray());
        Arrays.stream(evenly).map(documents::index).forEach(documents.even::set);
        rounds.ifPresent(documents::read);
        for (Selection.Choice choice : choices) {
            int index = documents.index(choice.ordinal());
            if (index >= 0) {
                documents.chosen.set(index);
                if (choice.score().isPresent()) {
                    documents.scores[index] = choice.score().getAsDouble();
                }
                if (choice.arm() >= 0) {
                    documents.clusters[index] = choice.arm();
                }
            }
        }
        return documents;
    }

    private static int[] spread(int[] all) {
        return all.length <= MOST
                ? all
                : IntStream.range(0, MOST)
                        .map(i -> all[(int) ((long) i * all.length / MOST)])
                        .toArray();
    }

    private void read(Rounds rounds) {
        for (Rounds.Round round : rounds.list()) {
            for (Rounds.Pull pull : round.pulls()) {
                for (int i = 0; i < pull.scores().length; i++) {
                    int index = index(pull.scored()[i]);
                    if (index >= 0) {
                        scores[index] = pull.scores()[i];
                    }
                }
                for (int ordinal : pull.arm() < 0 ? new int[0] : pull.drawn()) {
                    int index = index(ordinal);
                    if (index >= 0) {
                        clusters[index] = pull.arm();
                    }
                }
            }
        }
    }

    /** Gives each its cluster, where nothing was chosen by clusters. */
    void group(Clustering clustering) {
        indices().forEach(index -> clusters[index] = clustering.clusterOf(index));
    }

    /** One more than the highest cluster. */
    int clusters() {
        return Arrays.stream(clusters).max().orElse(-1) + 1;
    }

    JsonlPool pool() {
        return pool;
    }

    int size() {
        return ordinals.length;
    }

    int ordinal(int index) {
        return ordinals[index];
    }

    /** Where a document stands here; below 0 if it does not. */
    int index(int ordinal) {
        return Arrays.binarySearch(ordinals, ordinal);
    }

    /** Whether the whole pool is here. */
    boolean isWhole() {
        return size() == pool.size();
    }

    /** Whether a document stands for the pool, as one of those at equal distances. */
    boolean isEven(int index) {
        return even.get(index);
    }

    boolean isChosen(int index) {
        return chosen.get(index);
    }

    long tokens(int index) {
        return pool.tokens(ordinals[index]);
    }

    /** NaN where there is none. */
    double score(int index) {
        return scores[index];
    }

    /** −1 where none is known. */
    int cluster(int index) {
        return clusters[index];
    }

    Document document(int index) {
        return pool.get(ordinals[index]);
    }

    String text(int index) {
        return document(index).text();
    }

    String id(int index) {
        return document(index).id();
    }

    IntStream indices() {
        return IntStream.range(0, size());
    }
}
