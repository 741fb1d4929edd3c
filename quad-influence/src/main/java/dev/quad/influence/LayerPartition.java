// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Precision;
import dev.quad.ReferenceSet;
import dev.quad.linalg.Owned;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/**
 * The layers of a source in groups whose curvature fits in memory, one group at a time: time for memory, since each
 * group is a pass of its own over the sample and over the reference. A direction is as large as the model, its
 * curvature several times that; so all of the direction is kept, and the curvature of one group.
 *
 * <p>A layer with {@code i} columns and {@code o} outputs counts, in numbers of p bytes (4 or 8), as
 *
 * <pre>{@code (16 + 3p)·(i² + o²) + 8·i·o}</pre>
 *
 * <p>bytes: sums and means of the factors in double precision; the sums of a batch, the eigenvectors, and their copy
 * for the products, in that of the source; the eigenvalues of EK-FAC. Groups are of consecutive layers. Immutable.
 *
 * @param <T> what an item is
 */
public final class LayerPartition<T> {
    private final GradientSource<T> source;
    private final List<List<LayerShape>> groups;
    private final long memory;

    private LayerPartition(GradientSource<T> source, List<List<LayerShape>> groups, long memory) {
        this.source = source;
        this.groups = groups;
        this.memory = memory;
    }

    /**
     * As few groups as consecutive layers allow.
     *
     * @param memory bytes allowed for the curvature of a group
     * @throws IllegalArgumentException if one layer alone needs more; names it and tells how much
     */
    public static <T> LayerPartition<T> of(GradientSource<T> source, long memory) {
        List<List<LayerShape>> groups = new ArrayList<>();
        List<LayerShape> group = new ArrayList<>();
        long used = 0;
        for (LayerShape layer : Sources.layers(source)) {
            long bytes = bytes(layer, source.precision());
            if (bytes > memory) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "the curvature of layer %s, %d × %d, needs %,d bytes, allowed are %,d; allow more, leave the layer"
                                + " out (Layers.only), or cut it into parts (Layers.split)",
                        layer.name(),
                        layer.outputs(),
                        layer.columns(),
                        bytes,
                        memory));
            }
            if (used + bytes > memory) {
                groups.add(List.copyOf(group));
                group.clear();
                used = 0;
            }
            group.add(layer);
            used += bytes;
        }
        groups.add(List.copyOf(group));
        return new LayerPartition<>(source, List.copyOf(groups), memory);
    }

    private static long bytes(LayerShape layer, Precision precision) {
        long i = layer.columns();
        long o = layer.outputs();
        long each = precision == Precision.SINGLE ? 4 : 8;
        return (16 + 3 * each) * (i * i + o * o) + 8 * i * o;
    }

    /** The layers of each group. */
    public List<List<LayerShape>> groups() {
        return groups;
    }

    /**
     * The preconditioned gradient of the reference loss over all layers, as {@link ReferenceDirection#precondition}
     * gives it.
     *
     * @param fit how the curvature of a view of some layers is made, such as {@code view -> CurvatureFit.of(view,
     *     sample, Fisher.sampled(seed, 1)).ekfac()}; not one over all layers together
     * @param batchTokens bound on the tokens of a batch of the reference, {@code >= 1}
     * @param progress told the number of groups done
     * @return the caller's to close
     */
    public ReferenceDirection direction(
            ReferenceSet<? extends T> reference,
            Function<GradientSource<T>, Curvature> fit,
            Damping damping,
            int batchTokens,
            LongConsumer progress) {
        Objects.requireNonNull(reference, "the reference is null");
        Objects.requireNonNull(fit, "what fits the curvature is null");
        Objects.requireNonNull(damping, "the damping is null; allowed are those of Damping");
        Objects.requireNonNull(progress, "progress is null; give n -> {} to hear nothing");
        List<ReferenceDirection> parts = new ArrayList<>();
        try (Owned owned = new Owned()) {
            for (List<LayerShape> group : groups) {
                Set<String> names = group.stream().map(LayerShape::name).collect(Collectors.toSet());
                GradientSource<T> view = Layers.only(source, names::contains);
                Curvature curvature = fit.apply(view);
                try (ReferenceDirection gradient =
                        ReferenceDirection.gradient(view, reference, batchTokens, tokens -> {})) {
                    parts.add(owned.add(gradient.precondition(curvature, damping)));
                }
                progress.accept(parts.size());
            }
            return owned.release(ReferenceDirection.join(source, parts));
        }
    }

    /** A line for each group: its layers and what they need. */
    @Override
    public String toString() {
        StringBuilder table = new StringBuilder(String.format(
                Locale.ROOT, "curvature within %.1f MiB, in %d passes%n", memory / 1048576.0, groups.size()));
        for (List<LayerShape> group : groups) {
            long bytes = group.stream()
                    .mapToLong(layer -> bytes(layer, source.precision()))
                    .sum();
            table.append(String.format(
                    Locale.ROOT,
                    "%8.1f MiB  %d layers, %s to %s%n",
                    bytes / 1048576.0,
                    group.size(),
                    group.get(0).name(),
                    group.get(group.size() - 1).name()));
        }
        return table.toString();
    }
}
