// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Floats;
import java.util.Arrays;

/** Looks for scores above the floor in pieces of a line, laid on each other, so that few are looked at one by one. */
final class ScoreScan {
    private static final int PIECE = 128;

    private final float zero;
    private final int width;
    private final float[][] units;
    private final float[][] subtract;
    private final float[][] pieces;
    private final float[] highest;

    ScoreScan(float zero, float[] units, float[] offsets) {
        int length = Math.min(PIECE, offsets.length);
        int count = (offsets.length + length - 1) / length;
        this.zero = zero;
        this.width = offsets.length;
        this.units = new float[count][];
        this.subtract = new float[count][];
        this.pieces = new float[count][length];
        this.highest = new float[length];
        for (int p = 0; p < count; p++) {
            this.units[p] = Arrays.copyOfRange(units, p * length, (p + 1) * length);
            subtract[p] = Arrays.copyOfRange(offsets, p * length, (p + 1) * length);
        }
        Arrays.fill(this.units[count - 1], width - (count - 1) * length, length, 1);
        Arrays.fill(pieces[count - 1], Float.NEGATIVE_INFINITY); // beyond the end it stays so
    }

    /** The products of one row, rounded with this step, with the centres of a tile. */
    void challenge(Floats product, int at, float step, int tile, int row, NearestSoFar best) {
        Arrays.fill(highest, Float.NEGATIVE_INFINITY);
        int length = highest.length;
        for (int p = 0; p < pieces.length; p++) {
            product.get(at + p * length, pieces[p], 0, Math.min(length, width - p * length));
            scale(pieces[p], zero, step, units[p], subtract[p]);
            raise(highest, pieces[p]);
        }
        float top = highest[0];
        for (float score : highest) {
            top = score > top ? score : top;
        }
        float floor = best.floor(row);
        if (top <= floor) {
            return;
        }
        floor = Math.max(floor, Math.nextDown(top - best.doubt[row]));
        for (int j = 0; j < length; j++) {
            if (highest[j] > floor) {
                for (int p = 0; p < pieces.length; p++) {
                    float score = pieces[p][j];
                    if (score > floor) {
                        best.challenge(row, tile + p * length + j, score);
                    }
                }
            }
        }
    }

    // the loops lie on their own and start at 0, so that the compiler vectorises them

    private static void scale(float[] products, float zero, float step, float[] units, float[] subtract) {
        for (int j = 0; j < products.length; j++) {
            products[j] = (products[j] - zero) * (step * units[j]) - subtract[j];
        }
    }

    private static void raise(float[] highest, float[] scores) {
        for (int j = 0; j < highest.length; j++) {
            highest[j] = Math.max(highest[j], scores[j]);
        }
    }
}
