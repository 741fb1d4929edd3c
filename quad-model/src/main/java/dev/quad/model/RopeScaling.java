// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

/**
 * How rotary positions are stretched for longer texts, in the manner of Llama 3.1 ({@code rope_type} "llama3"). With n
 * turns of a pair over the original length:
 *
 * <pre>{@code
 * n < low         slower by the factor
 * n > high        as it was
 * between         mixed: (1 − s)·f/factor + s·f,   s = (n − low)/(high − low)
 * }</pre>
 *
 * @param factor by how much slow pairs turn slower, {@code >= 1}
 * @param low turns below which a pair counts as slow, {@code > 0}
 * @param high turns above which a pair counts as fast, {@code > low}
 * @param originalLength positions that the model was first trained on, {@code >= 1}
 */
public record RopeScaling(double factor, double low, double high, int originalLength) {

    /** Checks the values. */
    public RopeScaling {
        if (!(factor >= 1 && factor < Double.POSITIVE_INFINITY)
                || !(low > 0)
                || !(high > low && high < Double.POSITIVE_INFINITY)
                || originalLength < 1) {
            throw new IllegalArgumentException("the scaling of rotary positions has factor " + factor
                    + ", low_freq_factor " + low + ", high_freq_factor " + high
                    + " and original_max_position_embeddings " + originalLength
                    + "; allowed is a factor of 1 or more, 0 < low < high, and a length of 1 or more");
        }
    }

    /** The angle per position that takes the place of {@code frequency}. */
    double scaled(double frequency) {
        double turns = originalLength * frequency / (2 * Math.PI);
        double keep = Math.min(1, Math.max(0, (turns - low) / (high - low)));
        return (1 - keep) * frequency / factor + keep * frequency;
    }
}
