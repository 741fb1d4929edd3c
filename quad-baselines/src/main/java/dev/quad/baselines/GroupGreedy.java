// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import dev.quad.Budget;
import dev.quad.Clustering;
import dev.quad.Draw;
import dev.quad.Embeddings;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;

/**
 * Chooses greedily by what a document adds to those chosen of its cluster, in the manner of Group-MATES (Yu et al.,
 * 2025). With s the score of z, and r the mean of its cosines with the chosen documents of its cluster, 0 where there
 * are none, the next is that with the highest
 *
 * <pre>{@code s(z) − α·|s(z)|·r(z)}</pre>
 *
 * <p>For a score above 0 and α = 1 that is {@code s(z) · mean(1 − cos)}, theirs; there the factor makes a score below 0
 * the higher the more it repeats, and here it is the lower, whatever its sign. Where 0 lies matters, as it does of
 * influence; give {@link Draw#standardised} scores where it does not. They give each cluster a share of the budget,
 * which keeps the mixture of the pool; here the best of all clusters is next, and {@link Draw#byGroup} does not go with
 * it.
 *
 * <p>Rows of zeros repeat nothing. Cost: a product for each document chosen and each of its cluster, {@code Σ_k
 * n_k·chosen_k·dimension}; 16 bytes a document. No randomness.
 */
public final class GroupGreedy implements Draw {
    /** As its authors have it. */
    public static final double DEFAULT_WEIGHT = 1;

    private static final long CRUMB = 200;

    private final Embeddings embeddings;
    private final Clustering clusters;
    private final double weight;

    private GroupGreedy(Embeddings embeddings, Clustering clusters, double weight) {
        this.embeddings = embeddings;
        this.clusters = clusters;
        this.weight = weight;
    }

    /**
     * Within these clusters.
     *
     * @param embeddings a row for each document, of which cosines are taken
     * @param clusters of the same documents
     * @throws IllegalArgumentException if the numbers of documents differ
     */
    public static GroupGreedy of(Embeddings embeddings, Clustering clusters) {
        Objects.requireNonNull(embeddings, "the embeddings are null");
        Objects.requireNonNull(clusters, "the clusters are null");
        if (embeddings.rows() != clusters.size()) {
            throw new IllegalArgumentException("there are " + embeddings.rows() + " rows and clusters of "
                    + clusters.size() + " documents; give those of the same pool");
        }
        return new GroupGreedy(embeddings, clusters, DEFAULT_WEIGHT);
    }

    /**
     * How much repetition counts.
     *
     * @param alpha {@code >= 0} and finite; {@value #DEFAULT_WEIGHT} unless set, and 0 is {@link Draw#top}
     */
    public GroupGreedy weight(double alpha) {
        if (!(alpha >= 0 && alpha < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("the weight is " + alpha + "; allowed is 0 or more, and finite");
        }
        return new GroupGreedy(embeddings, clusters, alpha);
    }

    @Override
    public String id() {
        return "group greedy(weight=" + weight + ", clusters=" + clusters.clusterCount() + ")";
    }

    @Override
    public List<Drawn> draw(InfluenceScores scores, IntToLongFunction tokens, Budget budget, Seed seed) {
        Objects.requireNonNull(scores, "the scores are null");
        Objects.requireNonNull(tokens, "what gives the tokens is null");
        Objects.requireNonNull(budget, "the budget is null");
        Objects.requireNonNull(seed, "the seed is null");
        if (scores.size() > embeddings.rows()) {
            throw new IllegalArgumentException("there are " + scores.size() + " scores and embeddings of "
                    + embeddings.rows() + " documents; give those of the same pool");
        }
        return new Run(scores, tokens, budget).drawn();
    }

    @Override
    public String toString() {
        return id();
    }

    /** What is left of a cluster, and the best of that. */
    private static final class Group {
        private int[] left;
        private int chosen;
        private int best;
        private double gain;

        Group(int[] members) {
            this.left = members;
        }
    }

    private final class Run {
        private final InfluenceScores scores;
        private final IntToLongFunction tokens;
        private final Budget budget;
        private final double[] lengths;
        private final double[] cosines; // of each document, the sum with the chosen ones of its cluster

        Run(InfluenceScores scores, IntToLongFunction tokens, Budget budget) {
            this.scores = scores;
            this.tokens = tokens;
            this.budget = budget;
            this.lengths = IntStream.range(0, scores.size())
                    .mapToDouble(i -> {
                        float[] row = row(i);
                        return Math.sqrt(Rows.dot(row, row));
                    })
                    .toArray();
            this.cosines = new double[scores.size()];
        }

        List<Drawn> drawn() {
            PriorityQueue<Group> queue = new PriorityQueue<>(
                    Comparator.<Group>comparingDouble(group -> 0 - group.gain).thenComparingInt(group -> group.best));
            for (int k = 0; k < clusters.clusterCount(); k++) {
                int cluster = k;
                offer(
                        queue,
                        new Group(IntStream.range(0, clusters.size(cluster))
                                .map(i -> clusters.member(cluster, i))
                                .filter(i -> i < scores.size() && scores.isScored(i))
                                .toArray()));
            }
            List<Drawn> drawn = new ArrayList<>();
            long left = budget.limit();
            boolean passedOver = false;
            while (!queue.isEmpty() && left > 0 && !(passedOver && left < budget.limit() / CRUMB)) {
                Group group = queue.remove();
                int next = group.best;
                long cost = budget.cost(tokens.applyAsLong(next));
                group.left = IntStream.of(group.left).filter(i -> i != next).toArray();
                if (cost > left) {
                    passedOver = true;
                } else {
                    left -= cost;
                    drawn.add(new Drawn(next, 1));
                    choose(group, next);
                }
                offer(queue, group);
            }
            return drawn;
        }

        private void choose(Group group, int chosen) {
            group.chosen++;
            float[] row = row(chosen);
            IntStream.of(group.left)
                    .parallel()
                    .filter(i -> lengths[i] * lengths[chosen] > 0)
                    .forEach(i -> cosines[i] += Rows.dot(row(i), row) / (lengths[i] * lengths[chosen]));
        }

        private float[] row(int ordinal) {
            float[] row = new float[embeddings.dimension()];
            embeddings.readFully(ordinal, 1, FloatBuffer.wrap(row));
            return row;
        }

        /** With the best of what is left, the lower ordinal of equal ones; not where nothing is. */
        private void offer(PriorityQueue<Group> queue, Group group) {
            group.gain = Double.NEGATIVE_INFINITY;
            for (int i : group.left) {
                double gain =
                        scores.value(i) - weight * Math.abs(scores.value(i)) * cosines[i] / Math.max(1, group.chosen);
                if (gain > group.gain || (gain == group.gain && i < group.best)) {
                    group.gain = gain;
                    group.best = i;
                }
            }
            if (group.left.length > 0) {
                queue.add(group);
            }
        }
    }
}
