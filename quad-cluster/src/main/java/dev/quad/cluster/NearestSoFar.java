// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import java.util.Arrays;

/** The best score of each row of a block so far, whose it is, and which others cannot be told from it. */
final class NearestSoFar {
    final int[] nearest;
    final float[] first;
    /** By how much scores can be misjudged, in the precision of the products and in single precision. */
    final float[] doubt;

    final float[] fine;
    /** Row and centre, in turn. */
    int[] rivals = new int[16];

    float[] rivalScores = new float[8];
    int rivalCount;
    /** Whether scores are of rounded rows. */
    boolean isCoarse;

    /** Nothing known. */
    NearestSoFar(int rows) {
        nearest = new int[rows];
        first = new float[rows];
        doubt = new float[rows];
        fine = new float[rows];
        Arrays.fill(nearest, Integer.MAX_VALUE);
        Arrays.fill(first, Float.NEGATIVE_INFINITY);
    }

    /** By how much scores are misjudged: in single precision, and what rounding adds. */
    void doubt(int row, double single, double rounding) {
        fine[row] = Math.nextUp((float) single);
        doubt[row] = Math.nextUp((float) (single + rounding));
        isCoarse |= rounding > 0;
    }

    /** The score that another centre has to pass to be looked at. */
    float floor(int row) {
        return first[row] - doubt[row];
    }

    /** A score above the floor. */
    void challenge(int row, int centre, float score) {
        if (centre == nearest[row]) {
            return;
        }
        if (score <= first[row] + doubt[row]) {
            if (score > first[row]) {
                rival(row, nearest[row], first[row]);
            } else {
                rival(row, centre, score);
            }
        }
        if (score > first[row]) {
            first[row] = score;
            nearest[row] = centre;
        }
    }

    private void rival(int row, int centre, float score) {
        if (rivalCount == rivalScores.length) {
            rivals = Arrays.copyOf(rivals, 4 * rivalCount);
            rivalScores = Arrays.copyOf(rivalScores, 2 * rivalCount);
        }
        rivals[2 * rivalCount] = row;
        rivals[2 * rivalCount + 1] = centre;
        rivalScores[rivalCount++] = score;
    }
}
