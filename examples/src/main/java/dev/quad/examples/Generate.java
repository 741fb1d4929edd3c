// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import dev.quad.Seed;
import dev.quad.TokenSequence;
import dev.quad.Tokenizer;
import dev.quad.model.Decoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Lets a model write on: always the likeliest token, or one drawn at a temperature. A quick look at what it has learnt.
 *
 * <p>{@code ./quad train --data pool.jsonl.gz --out model}, then run this with {@code model "The sum of"}.
 */
public final class Generate {
    private static final int COUNT = 200;
    private static final double TEMPERATURE = 0.8;

    private Generate() {}

    /** The arguments are the folder of a model on bytes, and how the text begins. */
    public static void main(String[] arguments) {
        TokenSequence start = Tokenizer.bytes().encode(arguments.length > 1 ? arguments[1] : "");
        RandomGenerator random = new Seed(1).stream("generate");
        try (Decoder decoder = Decoder.map(Path.of(arguments[0]))) {
            System.out.println("likeliest: " + text(continued(decoder, start, COUNT, 0, random)));
            System.out.println("drawn:     " + text(continued(decoder, start, COUNT, TEMPERATURE, random)));
        }
    }

    /** Adds {@code count} tokens, or as many as the model has positions for; temperature 0 takes the likeliest. */
    static TokenSequence continued(
            Decoder decoder, TokenSequence start, int count, double temperature, RandomGenerator random) {
        int longest = (int) Math.min(decoder.config().maxLength(), start.length() + (long) count);
        int[] ids = new int[longest];
        for (int t = 0; t < start.length(); t++) {
            ids[t] = start.id(t);
        }
        for (int t = start.length(); t < longest; t++) {
            float[] logits = decoder.logits(TokenSequence.of(Arrays.copyOf(ids, t)));
            ids[t] = temperature == 0 ? likeliest(logits) : drawn(logits, temperature, random);
        }
        return TokenSequence.of(ids);
    }

    private static int likeliest(float[] logits) {
        int best = 0;
        for (int j = 1; j < logits.length; j++) {
            best = logits[j] > logits[best] ? j : best;
        }
        return best;
    }

    private static int drawn(float[] logits, double temperature, RandomGenerator random) {
        double highest = logits[likeliest(logits)];
        double[] weights = new double[logits.length];
        Arrays.setAll(weights, j -> Math.exp((logits[j] - highest) / temperature));
        double left = random.nextDouble() * Arrays.stream(weights).sum();
        int token = 0;
        while (token + 1 < weights.length && (left -= weights[token]) >= 0) {
            token++;
        }
        return token;
    }

    private static String text(TokenSequence tokens) {
        byte[] bytes = new byte[tokens.length() - 1];
        for (int t = 1; t < tokens.length(); t++) {
            bytes[t - 1] = (byte) tokens.id(t);
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
