// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Fingerprint;
import java.util.List;

/**
 * Utilities for several tasks, each with a reference set and so a direction of its own, made one score by the best or
 * by the mean of them:
 *
 * <pre>{@code U(z) = max_k ⟨V_k, ∇L(θ,z)⟩   or   1/K·Σ_k ⟨V_k, ∇L(θ,z)⟩}</pre>
 *
 * <p>with L(θ,z) the mean loss of z, as in {@link DirectionInfluence}, or with cosines in the place of products, times
 * {@code |V_k|}. Products of tasks are comparable as far as their gradients are of one size; cosines always are. One
 * pass over the items serves all tasks. For use by one thread; directions and source are the caller's.
 *
 * @param <T> what an item is
 */
final class TaskInfluence<T> extends FiniteInfluence<T> {
    private final DirectionScores<T> scores;
    private final double[] norms;
    private final Influence.Over over;
    private final boolean cosine;
    private final String fingerprint;

    TaskInfluence(
            GradientSource<T> source,
            List<ReferenceDirection> tasks,
            Influence.Over over,
            boolean cosine,
            int batchTokens) {
        super(source);
        if (cosine) {
            tasks.forEach(task -> task.origin().requireLengths(""));
        }
        this.scores = new DirectionScores<>(source, tasks, batchTokens);
        this.norms = tasks.stream().mapToDouble(ReferenceDirection::norm).toArray();
        this.over = over;
        this.cosine = cosine;
        Fingerprint digest = Fingerprint.of("quad.task-influence.1");
        tasks.forEach(task -> digest.add(task.fingerprint()));
        this.fingerprint = digest.add(over + " " + cosine).hex();
    }

    @Override
    double[] values(List<? extends T> items) {
        double[][] products = cosine ? scores.cosine(items) : scores.total(items);
        double[] result = new double[items.size()];
        for (int item = 0; item < result.length; item++) {
            double[] tasks = new double[products.length];
            double tokens = Math.max(1, source.tokens(items.get(item)));
            for (int task = 0; task < tasks.length; task++) {
                tasks[task] = products[task][item] * (cosine ? norms[task] : 1 / tokens);
            }
            result[item] = over.of(tasks);
        }
        return result;
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }
}
