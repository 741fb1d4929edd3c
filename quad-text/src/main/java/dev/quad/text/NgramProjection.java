// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.Seed;

/**
 * A sparse random projection (Achlioptas, 2003; Kane and Nelson, 2014): each bucket is added to 4 coordinates with
 * random signs. Where and with which sign is computed from the bucket, so there is no matrix.
 *
 * <p>The dot product of two projected unit vectors is off by about {@code 1 / √dimension}. That is what many rare
 * features, each in few texts, turn into, and why {@link NgramWeights} holds them down.
 */
final class NgramProjection {
    private static final int COORDINATES = 4;
    private static final double[] TERM = new double[4097]; // 1 + ln(count)

    static {
        for (int count = 1; count < TERM.length; count++) {
            TERM[count] = 1 + StrictMath.log(count);
        }
    }

    private final int dimension;
    private final long key;

    NgramProjection(int dimension, Seed seed) {
        this.dimension = dimension;
        this.key = seed.stream("text.projection").nextLong();
    }

    /**
     * Projects what was counted: words and character runs, each as a vector of length 1, so that neither drowns the
     * other; the sum again of length 1.
     *
     * @param row receives {@code dimension} values; zeros before
     */
    void project(NgramCounts counts, NgramWeights weights, double[] row) {
        block(counts, 0, counts.words(), weights, row);
        block(counts, counts.words(), counts.size(), weights, row);
        Rows.normalise(row);
    }

    private void block(NgramCounts counts, int from, int to, NgramWeights weights, double[] row) {
        double[] values = new double[to - from];
        double squares = 0;
        for (int i = 0; i < values.length; i++) {
            values[i] = value(counts, from + i, weights);
            squares += values[i] * values[i];
        }
        double scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
        for (int i = 0; i < values.length; i++) {
            add(counts.bucket(from + i), scale * values[i], row);
        }
    }

    private static double value(NgramCounts counts, int feature, NgramWeights weights) {
        return TERM[Math.min(counts.count(feature), TERM.length - 1)] * weights.of(counts.bucket(feature));
    }

    private void add(int bucket, double value, double[] row) {
        long start = key + bucket * 0x9E37_79B9_7F4A_7C15L;
        for (int k = 0; k < COORDINATES; k++) {
            long hash = Hash64.mix(start + k * 0xD134_2543_DE82_EF95L);
            int coordinate = (int) (((hash & 0xFFFF_FFFFL) * dimension) >>> 32);
            row[coordinate] -= ((hash >> 63) | 1) * value; // a random branch would be guessed wrong half the time
        }
    }
}
