// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Floats;
import java.util.Arrays;

/**
 * The nearest centre of each row of a block among those that were compared so far, and its rivals: centres whose scores
 * cannot be told from its, in the precision they were computed in. At the end {@link #settle} decides between them.
 */
final class NearestSoFar {
    private static final int NONE = Integer.MAX_VALUE;

    private final int[] nearest;
    private final float[] scores;
    /** By how much scores can be misjudged, in the precision of the products and in single precision. */
    private final float[] doubts;

    private final float[] singleDoubts;
    /** Row and centre, in turn. */
    private int[] rivals = new int[16];

    private float[] rivalScores = new float[8];
    private int rivalCount;
    /** Whether scores are of rounded rows. */
    private boolean isCoarse;

    /** Nothing known. */
    NearestSoFar(int rows) {
        nearest = new int[rows];
        scores = new float[rows];
        doubts = new float[rows];
        singleDoubts = new float[rows];
        Arrays.fill(nearest, NONE);
        Arrays.fill(scores, Float.NEGATIVE_INFINITY);
    }

    /** A centre that others have to pass. */
    void start(int row, int centre, float score) {
        nearest[row] = centre;
        scores[row] = score;
    }

    /** By how much scores are misjudged: in single precision, and what rounding adds. */
    void doubt(int row, double single, double rounding) {
        singleDoubts[row] = Math.nextUp((float) single);
        doubts[row] = Math.nextUp((float) (single + rounding));
        isCoarse |= rounding > 0;
    }

    /** The score that another centre has to pass to be looked at. */
    float floor(int row) {
        return scores[row] - doubts[row];
    }

    /** As the other, where one of those to come has this score. */
    float floor(int row, float coming) {
        return Math.max(floor(row), Math.nextDown(coming - doubts[row]));
    }

    /** A score above the floor. */
    void challenge(int row, int centre, float score) {
        if (centre == nearest[row]) {
            return;
        }
        if (score <= scores[row] + doubts[row]) {
            if (score > scores[row]) {
                addRival(row, nearest[row], scores[row]);
            } else {
                addRival(row, centre, score);
            }
        }
        if (score > scores[row]) {
            scores[row] = score;
            nearest[row] = centre;
        }
    }

    private void addRival(int row, int centre, float score) {
        if (rivalCount == rivalScores.length) {
            rivals = Arrays.copyOf(rivals, 4 * rivalCount);
            rivalScores = Arrays.copyOf(rivalScores, 2 * rivalCount);
        }
        rivals[2 * rivalCount] = row;
        rivals[2 * rivalCount + 1] = centre;
        rivalScores[rivalCount++] = score;
    }

    /**
     * Decides between rivals, and forgets them: those of scores in eight bits by single precision, and those that this
     * cannot tell by double precision. Where it decides, the score is that of single precision or better.
     *
     * @param first the row of {@code rows} that is the first of these
     */
    void settle(NearestCentres centres, Floats rows, int first) {
        if (!isCoarse) {
            decide(centres, rows, first);
            return;
        }
        NearestSoFar fine = new NearestSoFar(nearest.length);
        for (int i = 0; i < rivalCount; i++) {
            int row = rivals[2 * i];
            int rival = rivals[2 * i + 1];
            if (rivalScores[i] < floor(row)) {
                continue; // the best rose since
            }
            if (fine.nearest[row] == NONE) {
                fine.start(row, nearest[row], centres.single(rows, first + row, nearest[row]));
                fine.doubts[row] = singleDoubts[row];
            }
            float score = centres.single(rows, first + row, rival);
            if (score > fine.floor(row)) {
                fine.challenge(row, rival, score);
            }
        }
        rivalCount = 0;
        fine.decide(centres, rows, first);
        for (int row = 0; row < nearest.length; row++) {
            if (fine.nearest[row] != NONE) {
                start(row, fine.nearest[row], fine.scores[row]);
            }
        }
    }

    /** Decides in double precision; of equal ones the lower number is taken. */
    private void decide(NearestCentres centres, Floats rows, int first) {
        float[] values = new float[rivalCount == 0 ? 0 : centres.dimension()];
        for (int i = 0; i < rivalCount; i++) {
            int row = rivals[2 * i];
            int rival = rivals[2 * i + 1];
            rows.get((first + row) * values.length, values, 0, values.length);
            double ahead = centres.score(values, rival) - centres.score(values, nearest[row]);
            if (ahead > 0 || (ahead == 0 && rival < nearest[row])) {
                start(row, rival, (float) centres.score(values, rival));
            }
        }
        rivalCount = 0;
    }

    int rows() {
        return nearest.length;
    }

    int rivals() {
        return rivalCount;
    }

    int nearest(int row) {
        return nearest[row];
    }

    float score(int row) {
        return scores[row];
    }

    /** Of all rows; not a copy. */
    float[] scores() {
        return scores;
    }

    /** Copies the nearest of all rows. */
    void get(int[] target, int at) {
        System.arraycopy(nearest, 0, target, at, nearest.length);
    }
}
