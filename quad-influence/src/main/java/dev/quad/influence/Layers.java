// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * Other ways of looking at the layers of a {@link GradientSource}: some of them, parts of them, several as one, all
 * without biases. A view is a source itself, so that views can be put on views; its fingerprint names the source's and
 * what the view does, so that what was made through one view is refused by another. Everything that is linear in the
 * gradients (plain products, scores along a direction) does not depend on the view; K-FAC and EK-FAC do, since they
 * assume independence between layers, and within one that inputs and output gradients are independent.
 *
 * <p>A view holds no native memory between batches. Safe for as many threads as the source is.
 */
public final class Layers {
    private static final Set<String> HEADS = Set.of(
            "head", "lm_head", "output_layer", "score", "classifier", "cls", "wte", "wpe", "tok_embeddings", "unembed");

    private Layers() {}

    /**
     * Whether a name is that of an embedding or of an output head, which are usually left out: their Kronecker factors
     * are as large as the vocabulary, and rare words rule them. True for names with a part, between dots, that holds
     * {@code embed} or is one of {@code head}, {@code lm_head}, {@code output_layer}, {@code score},
     * {@code classifier}, {@code cls}, {@code wte}, {@code wpe}; and for {@code output} alone. Not for
     * {@code attention.output}. {@link #blocks} leaves them out.
     */
    public static boolean isHeadOrEmbedding(String name) {
        Objects.requireNonNull(name, "the name is null");
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.equals("output")) {
            return true;
        }
        for (String part : lower.split("[./]", -1)) {
            if (HEADS.contains(part) || part.contains("embed")) {
                return true;
            }
        }
        return false;
    }

    /**
     * All layers but head and embeddings, by {@link #isHeadOrEmbedding}; the default for a source that captures
     * everything.
     */
    public static <T> GradientSource<T> blocks(GradientSource<T> source) {
        return only(source, name -> !isHeadOrEmbedding(name));
    }

    /**
     * The layers whose name is let through, in their order. Copies nothing.
     *
     * @throws IllegalArgumentException if none is
     */
    public static <T> GradientSource<T> only(GradientSource<T> source, Predicate<String> include) {
        Objects.requireNonNull(source, "the source is null");
        Objects.requireNonNull(include, "include is null; give name -> true for all layers");
        return split(source, layer -> include.test(layer.name()) ? List.of(LayerPart.whole(layer)) : List.of());
    }

    /**
     * All layers without their biases: gradients, curvatures and scores are of the matrices alone, and K-FAC's input
     * factor has no constant. Without it, a bias is a last column of its matrix. Copies nothing.
     */
    public static <T> GradientSource<T> withoutBiases(GradientSource<T> source) {
        Objects.requireNonNull(source, "the source is null");
        return UnbiasedLayers.of(source);
    }

    /**
     * Each layer as the parts that a rule gives, such as {@code layer -> layer.name().endsWith("qkv") ?
     * LayerPart.qkv(layer, 12, 4) : List.of(LayerPart.whole(layer))}. No part leaves the layer out; parts may overlap.
     * What is cut out of inputs or output gradients is copied, and freed when the part has been handed over; a side
     * that is whole is not copied.
     *
     * @param rule asked once a layer
     * @throws IllegalArgumentException if a part is not within its layer, two layers have one name, or no layer is left
     */
    public static <T> GradientSource<T> split(GradientSource<T> source, Function<LayerShape, List<LayerPart>> rule) {
        Objects.requireNonNull(source, "the source is null");
        Objects.requireNonNull(rule, "the rule is null");
        return SplitLayers.of(source, rule);
    }

    /**
     * Layers that share their input as one with all of their outputs, in the order of the source, such as {@code name
     * -> name.replaceFirst("\\.[qkv]$", ".qkv")}: for linear views the same, for K-FAC with the covariances between
     * them. Gradients are copied; inputs are not.
     *
     * @param group the name of the layer that a layer becomes a part of; its own where it stays alone
     * @throws IllegalArgumentException if layers of a group have other numbers of inputs or only some have a bias
     */
    public static <T> GradientSource<T> fuse(GradientSource<T> source, UnaryOperator<String> group) {
        return JoinedLayers.of(source, group, JoinedLayers.Kind.FUSED);
    }

    /**
     * Uses of the same weights, which the source captures under several names, as one layer: the rows of an item are
     * those of its first use, then those of its second, so that its gradient is the <b>sum</b> over uses before
     * anything is squared or scored. Inputs and gradients are copied.
     *
     * @param group the name of the layer that a layer is a use of; its own where it stays alone
     * @throws IllegalArgumentException if uses have different shapes
     */
    public static <T> GradientSource<T> tie(GradientSource<T> source, UnaryOperator<String> group) {
        return JoinedLayers.of(source, group, JoinedLayers.Kind.TIED);
    }
}
