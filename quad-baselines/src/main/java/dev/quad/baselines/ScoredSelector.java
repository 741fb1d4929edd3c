// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.DataSelector;
import dev.quad.DocumentScorer;
import dev.quad.Draw;
import dev.quad.Fingerprint;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.Selection.Choice;
import dev.quad.Selection.Costs;
import dev.quad.StopReason;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Learns from pool and reference, scores every document, and draws by the scores: the way of every selector but those
 * that choose what to score.
 *
 * <p>Cost: that of the scorer, once for each document; about 40 bytes a document beside a batch. An interrupted run
 * chooses nothing. Immutable, and as safe for threads as the pool.
 *
 * @param <T> what a document is
 */
public final class ScoredSelector<T> implements DataSelector<T> {
    /** Where the scores come from. */
    private interface Source<T> {
        InfluenceEstimator<? super T> of(CandidatePool<T> pool, Seed seed);
    }

    private final String scorer;
    private final Source<T> source;
    private final boolean isLearned; // here, and so closed here
    private final Draw draw;
    private final IntPredicate eligible;

    private ScoredSelector(String scorer, Source<T> source, boolean isLearned, Draw draw, IntPredicate eligible) {
        this.scorer = scorer;
        this.source = source;
        this.isLearned = isLearned;
        this.draw = draw;
        this.eligible = eligible;
    }

    /**
     * Joins the two.
     *
     * @param reference what the scorer learns from beside the pool; may be empty where it needs none
     */
    public static <T> ScoredSelector<T> of(DocumentScorer<T> scorer, List<? extends T> reference, Draw draw) {
        Objects.requireNonNull(scorer, "the scorer is null");
        Objects.requireNonNull(reference, "the reference is null");
        Objects.requireNonNull(draw, "the draw is null");
        List<T> documents = List.copyOf(reference);
        return new ScoredSelector<>(
                scorer.id(), (pool, seed) -> scorer.fit(pool, documents, seed), true, draw, ordinal -> true);
    }

    /**
     * Draws by scores that are there, such as those of a file ({@code ScoreColumn}).
     *
     * @param estimator stays with the caller, who closes it
     */
    public static <T> ScoredSelector<T> of(InfluenceEstimator<? super T> estimator, Draw draw) {
        Objects.requireNonNull(estimator, "the estimator is null");
        Objects.requireNonNull(draw, "the draw is null");
        return new ScoredSelector<>("an estimator", (pool, seed) -> estimator, false, draw, ordinal -> true);
    }

    /** Chooses among the documents whose ordinals pass the test; others are not scored, but learned from. */
    public ScoredSelector<T> among(IntPredicate isEligible) {
        return new ScoredSelector<>(
                scorer, source, isLearned, draw, Objects.requireNonNull(isEligible, "isEligible is null"));
    }

    @Override
    public Selection select(CandidatePool<T> pool, Budget budget, Seed seed) {
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(budget, "the budget is null");
        Objects.requireNonNull(seed, "the seed is null");
        BitSet among = new BitSet(pool.size());
        IntStream.range(0, pool.size()).filter(eligible).forEach(among::set);
        Map<String, String> manifest = new LinkedHashMap<>();
        manifest.put("selector", "scored");
        manifest.put("seed", Long.toString(seed.value()));
        manifest.put("budget", budget.limit() + " " + budget.unit().name().toLowerCase(Locale.ROOT));
        manifest.put("pool", pool.fingerprint());
        manifest.put("documents", Integer.toString(pool.size()));
        manifest.put("eligible", describe(among, pool.size()));
        manifest.put("scorer", scorer);
        manifest.put("draw", draw.id());
        Optional<InfluenceScores> scores = Optional.empty();
        OptionalDouble perToken = OptionalDouble.empty();
        if (among.isEmpty()) {
            scores = Optional.of(InfluenceScores.of());
        } else if (!Thread.currentThread().isInterrupted()) {
            InfluenceEstimator<? super T> estimator = source.of(pool, seed);
            try {
                manifest.put("learned", estimator.fingerprint());
                scores = PoolScoring.of(pool, among::get, estimator);
                perToken = estimator.flopsPerToken();
            } finally {
                if (isLearned) {
                    estimator.close();
                }
            }
        }
        OptionalDouble each = perToken;
        return scores.map(found -> drawn(pool, budget, seed, found, among.cardinality(), each, manifest))
                .orElseGet(() -> new Selection(
                        List.of(),
                        StopReason.CANCELLED,
                        new Costs(0, 0, 0, 0, 0, 0, 0, OptionalDouble.empty()),
                        manifest));
    }

    private Selection drawn(
            CandidatePool<T> pool,
            Budget budget,
            Seed seed,
            InfluenceScores scores,
            int scored,
            OptionalDouble perToken,
            Map<String, String> manifest) {
        List<Choice> choices = new ArrayList<>();
        long tokens = 0;
        long left = budget.limit();
        for (Draw.Drawn one : draw.draw(scores, pool::tokens, budget, seed)) {
            long length = pool.tokens(one.ordinal());
            choices.add(new Choice(one.ordinal(), OptionalDouble.of(scores.value(one.ordinal())), -1, 0, one.weight()));
            tokens += one.weight() * length;
            left -= one.weight() * budget.cost(length);
        }
        int with =
                (int) IntStream.range(0, scores.size()).filter(scores::isScored).count();
        OptionalDouble flops =
                perToken.isPresent() ? OptionalDouble.of(perToken.getAsDouble() * scores.tokens()) : perToken;
        Costs costs = new Costs(choices.size(), tokens, scored, scored - with, scores.tokens(), 0, 0, flops);
        return new Selection(choices, stop(pool, budget, scores, choices, left), costs, manifest);
    }

    private static StopReason stop(
            CandidatePool<?> pool, Budget budget, InfluenceScores scores, List<Choice> choices, long left) {
        Set<Integer> chosen = choices.stream().map(Choice::ordinal).collect(Collectors.toSet());
        int[] rest = IntStream.range(0, scores.size())
                .filter(i -> scores.isScored(i) && !chosen.contains(i))
                .toArray();
        if (left == 0 || IntStream.of(rest).anyMatch(i -> budget.cost(pool.tokens(i)) > left)) {
            return StopReason.BUDGET;
        }
        return rest.length == 0 ? StopReason.EXHAUSTED : StopReason.STARVED;
    }

    private static String describe(BitSet among, int size) {
        return among.cardinality() == size
                ? "all"
                : among.cardinality() + " of " + size + " ("
                        + Fingerprint.of("eligible")
                                .add(ByteBuffer.wrap(among.toByteArray()))
                                .hex()
                        + ")";
    }

    @Override
    public String toString() {
        return draw + " by " + scorer;
    }
}
