// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.influence.BatchLosses;
import dev.quad.linalg.Floats;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** A decoder with weights large enough that every part of it matters, and a batch for it; all from one key. */
final class DecoderCase implements AutoCloseable {
    final Decoder decoder;
    final List<TokenSequence> batch;

    private DecoderCase(Decoder decoder, List<TokenSequence> batch) {
        this.decoder = decoder;
        this.batch = batch;
    }

    /** Up to four sequences of up to {@code longest} tokens, some of them of one token only. */
    static DecoderCase random(long key, int longest) {
        RandomGenerator random = new Seed(key).stream("case.sizes");
        int groups = 1 + random.nextInt(3);
        int heads = groups * (1 + random.nextInt(3));
        int[] lengths = new int[1 + random.nextInt(4)];
        for (int s = 0; s < lengths.length; s++) {
            lengths[s] = 1 + random.nextInt(longest);
        }
        lengths[0] = 2 + random.nextInt(longest - 1);
        // narrower ones lose digits, as a norm over few numbers magnifies what is left of a difference
        int headWidth = 2 * Math.max(1 + random.nextInt(2), (4 + heads - 1) / heads);
        DecoderConfig config = DecoderConfig.builder(2 + random.nextInt(30))
                .width(random.nextBoolean() ? heads * headWidth : 4 + random.nextInt(20))
                .layers(1 + random.nextInt(3))
                .heads(heads)
                .keyValueHeads(groups)
                .headWidth(headWidth)
                .mlpWidth(1 + random.nextInt(60))
                .maxLength(longest + random.nextInt(3))
                .ropeTheta(Math.pow(10, 1 + 4 * random.nextDouble()))
                .ropeScaling(random.nextBoolean() ? Optional.empty() : Optional.of(scaling(random)))
                .normEpsilon(Math.pow(10, -6 + 4 * random.nextDouble()))
                .tiedHead(random.nextBoolean())
                .biases(List.of(Biases.values()).get(random.nextInt(5)))
                .build();
        return of(config, key, lengths);
    }

    /** Few positions at first, so that some pairs are slow, some fast and some between. */
    private static RopeScaling scaling(RandomGenerator random) {
        double low = 0.2 + random.nextDouble();
        return new RopeScaling(
                1 + 9 * random.nextDouble(), low, low + 2 * random.nextDouble() + 0.1, 4 + random.nextInt(40));
    }

    /** Given sizes, random weights and tokens. */
    static DecoderCase of(DecoderConfig config, long key, int... lengths) {
        List<TokenSequence> batch = new ArrayList<>();
        for (int s = 0; s < lengths.length; s++) {
            RandomGenerator random = new Seed(key).stream("case.tokens", s);
            batch.add(TokenSequence.of(IntStream.range(0, lengths[s])
                    .map(t -> random.nextInt(config.vocabulary()))
                    .toArray()));
        }
        return new DecoderCase(decoder(config, key), batch);
    }

    /**
     * Matrices of variance 1/inputs, or a quarter of that where they write to the residual stream; embeddings of
     * variance 1; gains around 1.
     */
    static Decoder decoder(DecoderConfig config, long key) {
        Layout layout = new Layout(config);
        Floats parameters = Floats.allocate(layout.size());
        RandomGenerator random = new Seed(key).stream("case.weights");
        CheckpointFolder.slots(config, layout).forEach((name, slot) -> {
            int[] sizes = slot.sizes();
            boolean gain = name.contains("norm");
            boolean residual = name.contains("o_proj") || name.contains("down_proj");
            double scale =
                    sizes.length == 1 ? 0.2 : name.contains("embed") ? 1 : (residual ? 0.5 : 1) / Math.sqrt(sizes[1]);
            for (int i = 0; i < size(slot); i++) {
                double value = (gain ? 1 : 0) + scale * random.nextGaussian();
                parameters.set(slot.position() + i, (float) value);
            }
        });
        return new Decoder(config, parameters);
    }

    static int size(CheckpointFolder.Slot slot) {
        return IntStream.of(slot.sizes()).reduce(1, (a, b) -> a * b);
    }

    /** What {@link Decoder#addGradient} adds and returns. */
    static final class Gradient {
        final float[] values;
        final double[] losses;

        private Gradient(float[] values, double[] losses) {
            this.values = values;
            this.losses = losses;
        }
    }

    Gradient gradient() {
        return gradient(batch);
    }

    Gradient gradient(List<TokenSequence> sequences) {
        try (Floats gradient = Floats.allocate(decoder.parameters().length())) {
            BatchLosses losses = decoder.addGradient(sequences, gradient);
            return new Gradient(gradient.toArray(), sums(losses));
        }
    }

    static double[] sums(BatchLosses losses) {
        return IntStream.range(0, losses.items()).mapToDouble(losses::sum).toArray();
    }

    @Override
    public void close() {
        decoder.close();
    }

    @Override
    public String toString() {
        return decoder.config() + " with sequences of "
                + batch.stream().map(TokenSequence::length).toList() + " tokens";
    }
}
