// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Floats;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The scores {@code x·c − ½‖c‖²} of the rows of a {@link BlockPass} with the centres that it compares, read from their
 * products. {@link Scan} reads those of any rows with centres side by side.
 */
final class CentreScores {
    private final BlockPass pass;
    private final int[] centres;
    private final float[] units;
    private final float[] offsets;
    /** What products are wrong by. */
    private final double[] doubts;
    /** By centre, from 1 on; 0 for those that are not there. */
    private final int[] column;

    private final Floats product;
    private final int from;
    private final float zero;
    private final @Nullable QuantizedVectors rounded;

    /**
     * The products with the rows stand from row {@code row} on.
     *
     * @param rounded the rows as they were multiplied; null for single precision
     */
    CentreScores(BlockPass pass, int[] centres, Floats product, int row, @Nullable QuantizedVectors rounded) {
        int width = centres.length;
        NearestCentres all = pass.nearest();
        Vectors multiplied = rounded == null ? all.single() : all.multiplied();
        this.pass = pass;
        this.centres = centres;
        this.product = product;
        this.from = row * width;
        this.rounded = rounded;
        this.zero = multiplied.zero();
        this.column = new int[all.count()];
        this.units = new float[width];
        this.offsets = new float[width];
        this.doubts = new double[width];
        for (int s = 0; s < width; s++) {
            units[s] = multiplied.unit(centres[s]);
            offsets[s] = (float) all.offset(centres[s]);
            doubts[s] = pass.coarseness(multiplied, centres[s]);
            column[centres[s]] = s + 1;
        }
    }

    int[] centres() {
        return centres;
    }

    /** Whether they are of rounded rows. */
    boolean areCoarse() {
        return rounded != null;
    }

    private float step(int i) {
        return rounded == null ? 1 : rounded.step[pass.at() + i];
    }

    void leaveOutOwn() {
        for (int i = 0; i < pass.count(); i++) {
            int own = column[pass.own(i)];
            if (own > 0) {
                product.set(from + i * centres.length + own - 1, Float.NEGATIVE_INFINITY);
            }
        }
    }

    /** By how much the scores with each centre are, at most, above those with the rows' own centres. */
    float[] ahead() {
        int width = centres.length;
        float[] line = new float[width];
        float[] result = new float[width];
        Arrays.fill(result, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < pass.count(); i++) {
            product.get(from + i * width, line, 0, width);
            raise(result, line, zero, step(i), units, pass.score(i));
        }
        for (int s = 0; s < width; s++) {
            result[s] += (float) (doubts[s] - offsets[s]);
        }
        return result;
    }

    /** Finds the best centres, but leaves rivals; only columns that come near can hold one. */
    NearestSoFar challenge(float[] ahead) {
        int width = centres.length;
        int[] near = IntStream.range(0, width)
                .filter(s -> ahead[s] >= -2 * pass.doubt())
                .toArray();
        NearestSoFar best = pass.start(rounded);
        if (near.length == 0) {
            return best;
        }
        float[] line = new float[width];
        for (int i = 0; i < pass.count(); i++) {
            product.get(from + i * width, line, 0, width);
            float step = step(i);
            float floor = best.floor(i);
            for (int s : near) {
                float score = (line[s] - zero) * (step * units[s]) - offsets[s];
                if (score > floor) {
                    best.challenge(i, centres[s], score);
                    floor = best.floor(i);
                }
            }
        }
        return best;
    }

    // the loops lie on their own and start at 0, so that the compiler vectorises them

    private static void raise(float[] highest, float[] line, float zero, float step, float[] units, float base) {
        for (int s = 0; s < line.length; s++) {
            highest[s] = Math.max(highest[s], (line[s] - zero) * (step * units[s]) - base);
        }
    }

    /**
     * Looks for scores above the floor in pieces of a line, laid on each other, so that few are looked at one by one.
     */
    static final class Scan {
        private static final int PIECE = 128;

        private final float zero;
        private final int width;
        private final float[][] units;
        private final float[][] subtract;
        private final float[][] pieces;
        private final float[] highest;

        Scan(float zero, float[] units, float[] offsets) {
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

        /** The products of one row, rounded with this step, with the centres from {@code first} on. */
        void challenge(Floats product, int at, float step, int first, int row, NearestSoFar best) {
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
            if (top <= best.floor(row)) {
                return;
            }
            float floor = best.floor(row, top);
            for (int j = 0; j < length; j++) {
                if (highest[j] > floor) {
                    for (int p = 0; p < pieces.length; p++) {
                        float score = pieces[p][j];
                        if (score > floor) {
                            best.challenge(row, first + p * length + j, score);
                        }
                    }
                }
            }
        }

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
}
