// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.util.List;

/**
 * How much each bucket counts: {@code 2 √(p (1 − p))} with p the share of sampled texts that have it (half a text added
 * on either side), which is the spread of its presence. What every text has says nothing and gets almost 0, as with the
 * usual inverse document frequency; but what hardly any text has gets little too, since a random projection to few
 * dimensions makes noise of it.
 */
final class NgramWeights {
    private final float[] weights = new float[NgramCounts.BUCKETS];

    NgramWeights(List<String> sample, int maxChars) {
        int[] texts = new int[NgramCounts.BUCKETS];
        NgramCounts counts = new NgramCounts();
        for (String text : sample) {
            counts.count(text, maxChars);
            for (int f = 0; f < counts.size(); f++) {
                texts[counts.bucket(f)]++;
            }
        }
        for (int bucket = 0; bucket < weights.length; bucket++) {
            double share = (texts[bucket] + 0.5) / (sample.size() + 1.0);
            weights[bucket] = (float) (2 * Math.sqrt(share * (1 - share)));
        }
    }

    double of(int bucket) {
        return weights[bucket];
    }

    void addTo(Digests digests) {
        for (float weight : weights) {
            digests.add(Float.floatToIntBits(weight));
        }
    }
}
