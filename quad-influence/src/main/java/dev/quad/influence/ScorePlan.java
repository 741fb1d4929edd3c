// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.linalg.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * How a batch will be scored along several directions, with the operations and the memory that it takes, before
 * anything runs. For T tokens in B items, Q directions and a layer of {@code i} inputs and {@code o} outputs, in
 * multiply-adds:
 *
 * <table>
 * <caption>ways</caption>
 * <tr><td>{@link Way#TOKENS}</td><td>{@code δ_tᵀ (V_q x_t)}</td><td>{@code Q·T·i·o}</td></tr>
 * <tr><td>{@link Way#GRADIENTS}</td><td>{@code ⟨V_q, D_z⟩}, D made once</td><td>{@code (T + B·Q)·i·o}</td></tr>
 * <tr><td>{@link Way#LOW_RANK}</td><td>{@code (L_qᵀ δ_t)·(R_q x_t)} for {@code V_q = L_q R_q} of rank r</td>
 * <td>{@code Q·T·r·(i + o)}</td></tr>
 * </table>
 *
 * <p>Each layer takes the way of the fewest. Where what all directions need is more than the memory allowed, they are
 * cut into groups and the items are passed over once for each. Immutable.
 */
public final class ScorePlan {
    /**
     * Values of a task's gradients: enough items in one product to read the directions seldom, 8 MiB in single
     * precision.
     */
    static final int TASK_VALUES = 1 << 21;

    /** Outputs of a task. */
    static final int SLICE = 64;

    /** How a layer's inner products are formed. */
    public enum Way {
        /** A product with the inputs for each direction, nothing made for an item. */
        TOKENS,
        /** The gradient of each item, and one product with all directions. */
        GRADIENTS,
        /** Both sides reduced to the rank of the directions. */
        LOW_RANK
    }

    /**
     * What a layer takes for one batch.
     *
     * @param layer the layer
     * @param way how
     * @param operations floating-point operations, a multiply-add counted as two
     * @param bytes native memory beyond captures and directions, for all directions at once
     */
    public record Step(LayerShape layer, Way way, double operations, long bytes) {
        /** Checks that all is there. */
        public Step {
            Objects.requireNonNull(layer, "the layer is null");
            Objects.requireNonNull(way, "the way of the step is null");
        }
    }

    private final List<Step> steps;
    private final int queries;
    private final int group;
    private final long memory;

    private ScorePlan(List<Step> steps, int queries, int group, long memory) {
        this.steps = List.copyOf(steps);
        this.queries = queries;
        this.group = group;
        this.memory = memory;
    }

    /**
     * A plan.
     *
     * @param queries directions, {@code >= 1}
     * @param rank rank of the directions where their factors are kept, else 0
     * @param tokens tokens of a batch, {@code >= 1}
     * @param items items of a batch, {@code >= 1}
     * @param view what is wanted of each item
     * @param valueBytes 4 or 8
     * @param memory bytes allowed for what the plan allocates
     * @throws IllegalArgumentException if even one direction needs more memory than is allowed; tells how much
     */
    static ScorePlan of(
            List<LayerShape> layers,
            int queries,
            int rank,
            int tokens,
            int items,
            View view,
            int valueBytes,
            long memory) {
        List<Step> steps = new ArrayList<>();
        long fixed = 0;
        long perQuery = 0;
        for (LayerShape layer : layers) {
            double io = (double) layer.columns() * layer.outputs();
            double byTokens = 2.0 * queries * tokens * io;
            double byGradients = 2.0 * ((double) tokens + (double) items * queries) * io;
            int kept = Math.min(rank, Math.min(layer.columns(), layer.outputs()));
            double byRank = rank > 0
                    ? 2.0 * queries * tokens * kept * ((double) layer.columns() + layer.outputs())
                    : Double.POSITIVE_INFINITY;
            Way way;
            if (view == View.NORMS) {
                way = Way.GRADIENTS;
            } else if (byRank < Math.min(byTokens, view == View.TOKENS ? byTokens : byGradients)) {
                way = Way.LOW_RANK;
            } else {
                way = view == View.TOKENS || byTokens <= byGradients ? Way.TOKENS : Way.GRADIENTS;
            }
            long scratch = scratch(way, layer, tokens, valueBytes);
            long each = perQuery(way, layer, kept, tokens, valueBytes);
            fixed = Math.max(fixed, scratch);
            perQuery += each;
            double operations = way == Way.TOKENS ? byTokens : way == Way.GRADIENTS ? byGradients : byRank;
            steps.add(new Step(layer, way, operations, scratch + queries * each));
        }
        if (fixed + perQuery > memory) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "scoring along one direction needs %,d bytes, allowed are %,d; allow more, make batches of fewer tokens"
                            + " than %,d, or score some layers at a time (Layers.only)",
                    fixed + perQuery,
                    memory,
                    tokens));
        }
        long fits = perQuery == 0 ? queries : (memory - fixed) / perQuery;
        int passes = (int) ((queries + Math.min(queries, fits) - 1) / Math.min(queries, fits));
        return new ScorePlan(steps, queries, (queries + passes - 1) / passes, memory);
    }

    /** What is wanted of each item. */
    enum View {
        /** Its score, in all or by layer. */
        ITEMS,
        /** The score of each of its tokens. */
        TOKENS,
        /** Its score and the norm of its gradient. */
        NORMS
    }

    private static long scratch(Way way, LayerShape layer, int tokens, int valueBytes) {
        return switch (way) {
            case TOKENS -> (long) valueBytes * tokens * layer.outputs();
            case GRADIENTS -> (long) valueBytes * TASK_VALUES * Workers.parallelism();
            case LOW_RANK -> 0;
        };
    }

    private static long perQuery(Way way, LayerShape layer, int rank, int tokens, int valueBytes) {
        return switch (way) {
            case TOKENS -> 0;
            case GRADIENTS -> (long) valueBytes * layer.weights();
            case LOW_RANK -> (long) valueBytes * rank * ((long) layer.columns() + layer.outputs() + 2L * tokens);
        };
    }

    /** A step a layer, in the order of the layers. */
    public List<Step> steps() {
        return steps;
    }

    /** Directions that are scored in one pass over the items. */
    public int group() {
        return group;
    }

    /** Passes over the items. */
    public int passes() {
        return (queries + group - 1) / group;
    }

    /** Floating-point operations of a batch for all directions, beyond those of the captures. */
    public double operations() {
        return steps.stream().mapToDouble(Step::operations).sum();
    }

    /** A table with a line for each layer, then the sums and the number of passes. */
    @Override
    public String toString() {
        StringBuilder table = new StringBuilder();
        int width = Math.max(
                5,
                steps.stream()
                        .mapToInt(step -> step.layer().name().length())
                        .max()
                        .orElse(0));
        String form = "%-" + width + "s %13s  %-9s %10s %8s%n";
        table.append(String.format(Locale.ROOT, form, "layer", "shape", "way", "GFLOP", "MiB"));
        for (Step step : steps) {
            LayerShape layer = step.layer();
            table.append(String.format(
                    Locale.ROOT,
                    form,
                    layer.name(),
                    layer.outputs() + "×" + layer.columns(),
                    step.way().name().toLowerCase(Locale.ROOT),
                    String.format(Locale.ROOT, "%.3f", step.operations() / 1e9),
                    String.format(Locale.ROOT, "%.1f", step.bytes() / 1048576.0)));
        }
        table.append(String.format(
                Locale.ROOT,
                "%.3f GFLOP a batch; %d directions, %s within %.1f MiB%n",
                operations() / 1e9,
                queries,
                passes() == 1 ? "in one pass" : "in " + passes() + " passes of " + group,
                memory / 1048576.0));
        return table.toString();
    }
}
