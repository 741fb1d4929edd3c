// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.InfluenceScores;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Documents drawn uniformly from all eligible ones and scored before the first round. */
final class Pilot {
    static final Pilot NONE = new Pilot(new int[0], InfluenceScores.of());

    private final int[] ordinals;
    private final InfluenceScores scores;

    /**
     * A scored sample.
     *
     * @param ordinals ascending
     * @param scores one each
     */
    Pilot(int[] ordinals, InfluenceScores scores) {
        this.ordinals = ordinals;
        this.scores = scores;
    }

    /** The place of a document in the sample, negative if it is not in it. */
    int indexOf(int ordinal) {
        return Arrays.binarySearch(ordinals, ordinal);
    }

    InfluenceScores scores() {
        return scores;
    }

    /** The scores of those that have one. */
    double[] values() {
        return IntStream.range(0, scores.size())
                .filter(scores::isScored)
                .mapToDouble(scores::value)
                .toArray();
    }
}
