// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.DataSelector;
import dev.quad.Objective;
import dev.quad.QuadException;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.Selection.Choice;
import dev.quad.Selection.Costs;
import dev.quad.SelectionListener;
import dev.quad.SelectionListener.PilotScored;
import dev.quad.SelectionListener.RoundFinished;
import dev.quad.SelectionListener.RunFinished;
import dev.quad.SelectionListener.RunStarted;
import dev.quad.SetFunction;
import dev.quad.StopReason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.PriorityQueue;
import java.util.function.IntPredicate;

/**
 * Takes the document that adds most to a set function for what it costs, again and again, until the budget is used:
 * {@code argmax_z (f(S + z) − f(S)) / cost(z)}. Of equal ones the one of the lower ordinal. The sign does not matter: a
 * large budget takes documents that add nothing too, as {@link TopKSelector} does.
 *
 * <p>The gains of a submodular function only fall, so that an old one is a bound and only the documents at the top are
 * valued again (Minoux, 1978), until one is known to be within a tolerance ε of the best. Where f is monotone too, this
 * with ε = 0 or the best single document is worth at least {@code ½(1 − 1/e)} of the best set within the budget
 * (Leskovec et al., 2007); ε makes of the e an e^{1−ε}.
 *
 * <p>The score of a choice is what it added when it was chosen. A document that does not fit into what is left is
 * passed over, and a smaller one after it may still be taken. The result depends on pool, objective, eligible documents
 * and budget alone, not on the seed. Cost: a gain of every document, then of those at the top; 40 bytes a document. An
 * interrupted run ends with what it has. Immutable; safe for use by several threads.
 *
 * @param <T> what a document is
 */
public final class GreedySelector<T> implements DataSelector<T> {
    /** A twentieth less than the best: a fraction of the gains, and hardly another choice. */
    public static final double DEFAULT_TOLERANCE = 0.05;

    private static final int FIRST = 4096;
    private static final int AGAIN = 16;

    private final Objective<T> objective;
    private final double tolerance;
    private final IntPredicate eligible;
    private final List<SelectionListener> listeners;

    private GreedySelector(
            Objective<T> objective, double tolerance, IntPredicate eligible, List<SelectionListener> listeners) {
        this.objective = objective;
        this.tolerance = tolerance;
        this.eligible = eligible;
        this.listeners = listeners;
    }

    /** Chooses among all documents. */
    public static <T> GreedySelector<T> of(Objective<T> objective) {
        return new GreedySelector<>(
                Objects.requireNonNull(objective, "the objective is null"),
                DEFAULT_TOLERANCE,
                ordinal -> true,
                List.of());
    }

    /**
     * The same with another tolerance: a document is taken once its ratio is known to be at least {@code 1 − ε} of the
     * best.
     *
     * @param share ε in {@code [0, 1)}; 0 for the very best, with many more gains worked out
     */
    public GreedySelector<T> tolerance(double share) {
        if (!(share >= 0 && share < 1)) {
            throw new IllegalArgumentException("the tolerance is " + share + "; allowed is [0, 1)");
        }
        return new GreedySelector<>(objective, share, eligible, listeners);
    }

    /** The same among the documents whose ordinals pass the test; asked once per ordinal and run. */
    public GreedySelector<T> among(IntPredicate test) {
        return new GreedySelector<>(objective, tolerance, Objects.requireNonNull(test, "the test is null"), listeners);
    }

    /** The same, followed by one more listener: the first gains are its pilot, and each choice a round. */
    public GreedySelector<T> listener(SelectionListener value) {
        List<SelectionListener> more = new ArrayList<>(listeners);
        more.add(Objects.requireNonNull(value, "the listener is null"));
        return new GreedySelector<>(objective, tolerance, eligible, List.copyOf(more));
    }

    /**
     * Chooses.
     *
     * @throws IllegalArgumentException if the function of the objective has another number of items than the pool, or
     *     does not claim to be submodular
     * @throws QuadException if a gain is no finite number
     */
    @Override
    public Selection select(CandidatePool<T> pool, Budget budget, Seed seed) {
        RunManifest.check(pool, budget, seed);
        Eligible candidates = new Eligible(pool.size(), eligible);
        Map<String, String> manifest = RunManifest.of("greedy", pool, candidates, budget, seed);
        manifest.put("tolerance", Double.toString(tolerance));
        manifest.put("objective", RunManifest.fingerprint("the objective", objective, objective.fingerprint()));
        SetFunction function = objective.over(pool, budget);
        if (!function.isSubmodular()) {
            throw new IllegalArgumentException("the function of " + objective
                    + " does not claim to be submodular, so that old gains are no bounds; where its gains never"
                    + " grow, let isSubmodular() return true");
        }
        if (function.size() != pool.size()) {
            throw new IllegalArgumentException(
                    "the function of " + objective + " has " + function.size() + " items, and the pool " + pool.size()
                            + "; Objective.over is to return one of the pool it is given");
        }
        Run run = new Run(pool, budget, function.start());
        StopReason stop = run.valueAll(candidates.ordinals()) ? run.take() : StopReason.CANCELLED;
        Selection selection = new Selection(run.ledger.choices(), stop, run.costs(), manifest);
        listeners.forEach(listener -> listener.onRunFinished(new RunFinished(selection)));
        return selection;
    }

    @Override
    public String toString() {
        return "greedy choice by " + objective;
    }

    /** A document with a gain, which is a bound if it was worked out for a smaller set. */
    private record Candidate(int ordinal, double gain, double ratio) implements Comparable<Candidate> {
        @Override
        public int compareTo(Candidate other) {
            int order = Double.compare(other.ratio, ratio);
            return order == 0 ? Integer.compare(ordinal, other.ordinal) : order;
        }
    }

    private final class Run {
        private final CandidatePool<T> pool;
        private final Budget budget;
        private final SetFunction.Growing set;
        private final Ledger ledger;
        private final PriorityQueue<Candidate> queue = new PriorityQueue<>();
        /** Those whose gains are of the set as it is. */
        private final PriorityQueue<Candidate> fresh = new PriorityQueue<>();

        private int valued;
        private long tokens;

        Run(CandidatePool<T> pool, Budget budget, SetFunction.Growing set) {
            this.pool = pool;
            this.budget = budget;
            this.set = set;
            this.ledger = new Ledger(pool, budget);
        }

        /** Whether the last document was reached. */
        boolean valueAll(int... ordinals) {
            RunStarted start = new RunStarted(0, ordinals.length, budget, 0, 0);
            listeners.forEach(listener -> listener.onPilotScored(new PilotScored(0, ordinals.length)));
            for (int from = 0; from < ordinals.length; from += FIRST) {
                if (Thread.currentThread().isInterrupted()) {
                    return false;
                }
                int[] some = Arrays.copyOfRange(ordinals, from, Math.min(ordinals.length, from + FIRST));
                value(some, queue);
                valued += some.length;
                for (int ordinal : some) {
                    tokens += pool.tokens(ordinal);
                }
                listeners.forEach(listener -> listener.onPilotScored(new PilotScored(valued, ordinals.length)));
            }
            listeners.forEach(listener -> listener.onRunStarted(start));
            return true;
        }

        private void value(int[] ordinals, PriorityQueue<Candidate> target) {
            double[] gains = set.gains(ordinals);
            for (int i = 0; i < gains.length; i++) {
                if (!Double.isFinite(gains[i])) {
                    throw new QuadException("document " + ordinals[i] + " adds " + gains[i] + " by " + objective
                            + "; a gain is a finite number");
                }
                long cost = Math.max(1, budget.cost(pool.tokens(ordinals[i])));
                target.add(new Candidate(ordinals[i], gains[i], gains[i] / cost));
            }
        }

        StopReason take() {
            for (Optional<Candidate> best = best(); best.isPresent(); best = best()) {
                Choice choice = new Choice(best.get().ordinal, OptionalDouble.of(best.get().gain), -1, 0);
                if (ledger.take(choice)) {
                    set.add(choice.ordinal());
                    queue.addAll(fresh);
                    fresh.clear();
                    tell(choice);
                }
                if (ledger.isUsed()) {
                    return StopReason.BUDGET;
                }
                if (Thread.currentThread().isInterrupted()) {
                    return StopReason.CANCELLED;
                }
            }
            return ledger.hasPassedOver() && !ledger.choices().isEmpty() ? StopReason.BUDGET : StopReason.EXHAUSTED;
        }

        /**
         * Removes one that none can be better than but by the tolerance; those in the queue are no better than they
         * stand.
         */
        private Optional<Candidate> best() {
            while (!queue.isEmpty() && !isGoodEnough()) {
                int[] some = new int[Math.min(AGAIN, queue.size())];
                for (int i = 0; i < some.length; i++) {
                    some[i] = queue.remove().ordinal;
                }
                value(some, fresh);
            }
            return Optional.ofNullable(fresh.poll());
        }

        private boolean isGoodEnough() {
            if (fresh.isEmpty()) {
                return false;
            }
            Candidate best = fresh.element();
            Candidate bound = queue.element();
            return best.compareTo(bound) < 0
                    || (tolerance > 0 && best.ratio > 0 && best.ratio >= (1 - tolerance) * bound.ratio);
        }

        private void tell(Choice choice) {
            int chosen = ledger.choices().size();
            RoundFinished event = new RoundFinished(chosen, List.of(), ledger.spent(), chosen, valued, List.of(choice));
            listeners.forEach(listener -> listener.onRoundFinished(event));
        }

        Costs costs() {
            return new Costs(ledger.choices().size(), ledger.tokens(), valued, 0, tokens, 0, 0, OptionalDouble.empty());
        }
    }
}
