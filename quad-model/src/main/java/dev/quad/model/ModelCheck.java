// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.Experimental;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.DirectionalModel;
import dev.quad.influence.Influence;
import dev.quad.influence.LayerShape;
import dev.quad.influence.ReferenceDirection;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Whether scores of a model can be believed: which of its weights are seen, whether a captured gradient is what central
 * differences of the loss say, and whether the documents that share a batch change a score. Nothing is trained, and the
 * model stays as it is.
 *
 * <p>Of each layer of the first, the middle and the last block, and of the head, the gradient g of some drawn tokens is
 * a direction: {@code (L(θ + s·g) − L(θ − s·g)) / 2s = |g|²}, with the steps s that agree best. Costs 23 forward passes
 * of {@value #TOKENS} tokens for each of these layers, and a digest of all weights. Immutable.
 *
 * @param layers all linear layers, in the order of a forward pass, then the head
 * @param unseen weights that no score sees: of the embedding unless the head is it, and of norms
 * @param tiedHead whether the head is the embedding; its use as the embedding is not seen
 * @param batching by how much scores of {@value #SEQUENCES} ragged sequences in one batch differ from those of each
 *     alone, the largest over the largest score
 */
@Experimental
public record ModelCheck(List<Layer> layers, long unseen, boolean tiedHead, double batching) {
    /** What a difference may be off by in single precision, of the product. */
    public static final double DIFFERENCES = 1e-2;

    /** What a batch may change in single precision, of the largest score. */
    public static final double BATCHING = 1e-5;

    /** How many sequences are drawn. */
    public static final int SEQUENCES = 4;

    static final int TOKENS = 53;
    private static final int[] LENGTHS = {24, 16, 9, 4};
    private static final double CHANGE = 0.05;
    private static final int STEPS = 11;

    /**
     * A linear layer.
     *
     * @param shape its name and sizes
     * @param group which layers it is counted with: {@code attention}, {@code mlp} or {@code head}
     * @param error of central differences, over the product; NaN where it was not looked at, or has no gradient
     */
    public record Layer(LayerShape shape, String group, double error) {
        /** Checks that all is there. */
        public Layer {
            Objects.requireNonNull(shape, "the shape is null");
            Objects.requireNonNull(group, "the group is null");
        }

        /** Whether differences were taken. */
        public boolean isChecked() {
            return !Double.isNaN(error);
        }
    }

    /** Copies the list. */
    public ModelCheck {
        layers = List.copyOf(Objects.requireNonNull(layers, "the layers are null"));
    }

    /**
     * Checks a model.
     *
     * @param seed draws the tokens
     */
    public static ModelCheck of(Decoder decoder, Seed seed) {
        Objects.requireNonNull(decoder, "the decoder is null");
        Objects.requireNonNull(seed, "the seed is null");
        DecoderConfig config = decoder.config();
        List<TokenSequence> items = items(config, seed);
        TreeSet<Integer> blocks = new TreeSet<>(List.of(0, config.layers() / 2, config.layers() - 1));
        List<Layer> layers = new ArrayList<>();
        DecoderGradients all = DecoderGradients.withHead(decoder);
        long seen = 0;
        for (LayerShape shape : all.layers()) {
            String[] path = shape.name().split("\\.", -1);
            boolean looked = path.length == 1 || blocks.contains(Integer.valueOf(path[1]));
            layers.add(new Layer(
                    shape,
                    path.length == 1 ? path[0] : path[2],
                    looked
                            ? differences(DecoderGradients.withHead(decoder, shape.name()::equals), items)
                            : Double.NaN));
            seen += shape.weights();
        }
        return new ModelCheck(layers, decoder.parameterCount() - seen, config.tiedHead(), batching(all, items));
    }

    private static List<TokenSequence> items(DecoderConfig config, Seed seed) {
        RandomGenerator random = seed.stream("check.tokens");
        return IntStream.of(LENGTHS)
                .mapToObj(length ->
                        TokenSequence.of(random.ints(Math.min(length, config.maxLength() + 1), 0, config.vocabulary())
                                .toArray()))
                .toList();
    }

    /**
     * The error of differences whose longest step changes the loss by a part of it that rounding is nothing beside, and
     * the weights by three times themselves at most; of each two neighbours the part that grows with the square of the
     * step is taken out.
     */
    private static double differences(DecoderGradients model, List<TokenSequence> items) {
        try (ReferenceDirection g = ReferenceDirection.gradient(model, ReferenceSet.of(items))) {
            double product = g.norm() * g.norm();
            long tokens = items.stream().mapToLong(model::tokens).sum();
            double loss = loss(model, g, 0, items) / tokens;
            double step = Math.min(CHANGE * loss / (2 * product), 3 * model.parameterNorm() / g.norm());
            if (!(2 * step * product >= CHANGE / 64 * loss)) {
                return Double.NaN; // no gradient to speak of
            }
            double best = Double.POSITIVE_INFINITY;
            double error = Double.POSITIVE_INFINITY;
            double slope = Double.NaN;
            double found = Double.NaN;
            for (int k = 0; k < STEPS; k++, step /= 2) {
                double half = (loss(model, g, step, items) - loss(model, g, -step, items)) / (2 * step) / tokens;
                double next = (4 * half - slope) / 3;
                if (Math.abs(next - found) < best) {
                    best = Math.abs(next - found);
                    error = Math.abs(next - product) / product;
                }
                slope = half;
                found = next;
            }
            return error;
        }
    }

    private static double loss(DecoderGradients model, ReferenceDirection v, double step, List<TokenSequence> items) {
        try (DirectionalModel.Moved<TokenSequence> moved = model.moved(v, step)) {
            BatchLosses losses = moved.losses(items);
            return IntStream.range(0, items.size()).mapToDouble(losses::sum).sum();
        }
    }

    private static double batching(DecoderGradients model, List<TokenSequence> items) {
        try (ReferenceDirection v = ReferenceDirection.gradient(model, ReferenceSet.of(items.subList(0, 1)));
                InfluenceEstimator<TokenSequence> influence =
                        Influence.of(model).direction(v).estimator()) {
            InfluenceScores together = influence.score(items);
            double largest = 0;
            double furthest = 0;
            for (int i = 0; i < items.size(); i++) {
                InfluenceScores alone = influence.score(items.subList(i, i + 1));
                if (together.isScored(i) && alone.isScored(0)) {
                    largest = Math.max(largest, Math.abs(alone.value(0)));
                    furthest = Math.max(furthest, Math.abs(alone.value(0) - together.value(i)));
                } else if (together.isScored(i) != alone.isScored(0)) {
                    return Double.POSITIVE_INFINITY;
                }
            }
            return largest == 0 ? furthest : furthest / largest;
        }
    }

    /** What is wrong, each in a line; empty for a model whose scores can be believed. */
    public List<String> problems() {
        List<String> problems = new ArrayList<>();
        for (Layer layer : layers) {
            if (layer.isChecked() && !(layer.error() <= DIFFERENCES)) {
                problems.add(String.format(
                        Locale.ROOT,
                        "the gradient of %s is %.1e off central differences; allowed is %.0e",
                        layer.shape().name(),
                        layer.error(),
                        DIFFERENCES));
            }
        }
        if (!(batching <= BATCHING)) {
            problems.add(String.format(
                    Locale.ROOT,
                    "scores change by %.1e of the largest with what shares their batch; allowed is %.0e",
                    batching,
                    BATCHING));
        }
        return problems;
    }
}
