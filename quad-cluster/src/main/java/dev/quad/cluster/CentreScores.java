// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Floats;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Centres that are compared in a {@link BlockPass}, their products with its rows, and how these are read. */
final class CentreScores {
    private final BlockPass pass;
    final int[] centres;
    private final float[] units;
    private final float[] offsets;
    /** What products are wrong by. */
    private final double[] doubts;
    /** By centre, from 1 on; 0 for those that are not there. */
    private final int[] column;

    private final Floats product;
    private final int from;
    private final float zero;
    /** The rows as they were multiplied; null for single precision. */
    final @Nullable QuantizedVectors rounded;

    /** The products with the rows stand from row {@code row} on; those of {@code rounded}, where there are. */
    CentreScores(BlockPass pass, int[] places, Floats product, int row, @Nullable QuantizedVectors rounded) {
        int width = places.length;
        this.pass = pass;
        this.product = product;
        this.from = row * width;
        this.rounded = rounded;
        Vectors multiplied = rounded == null ? pass.nearest.single() : pass.nearest.multiplied();
        zero = multiplied.zero();
        column = new int[pass.bounds.clusters];
        centres = new int[width];
        units = new float[width];
        offsets = new float[width];
        doubts = new double[width];
        for (int s = 0; s < width; s++) {
            int centre = pass.bounds.byDrift[places[s]];
            centres[s] = centre;
            units[s] = multiplied.unit(centre);
            offsets[s] = (float) pass.nearest.offset(centre);
            doubts[s] = multiplied.doubt(centre, pass.length, pass.error);
            column[centre] = s + 1;
        }
    }

    private float step(int i) {
        return rounded == null ? 1 : rounded.step[pass.at + i];
    }

    void leaveOutOwn() {
        for (int i = 0; i < pass.count; i++) {
            int own = column[pass.own(i)];
            if (own > 0) {
                product.set(from + i * centres.length + own - 1, Float.NEGATIVE_INFINITY);
            }
        }
    }

    /** By how much the scores of each column are, at most, above those with the rows' own centres. */
    float[] ahead() {
        int width = centres.length;
        float[] line = new float[width];
        float[] result = new float[width];
        Arrays.fill(result, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < pass.count; i++) {
            product.get(from + i * width, line, 0, width);
            raise(result, line, zero, step(i), units, pass.bounds.scores[pass.row(i)]);
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
                .filter(s -> ahead[s] >= -2 * pass.doubt)
                .toArray();
        NearestSoFar best = new NearestSoFar(pass.count);
        float[] line = new float[width];
        for (int i = 0; i < pass.count; i++) {
            double coarse = rounded == null
                    ? 0
                    : pass.nearest.coarseness(rounded.length[pass.at + i], rounded.error[pass.at + i]);
            best.nearest[i] = pass.own(i);
            // as if it were as coarse as the others, and at its highest
            best.first[i] = (float) (pass.bounds.scores[pass.row(i)] + coarse);
            best.doubt(i, pass.doubt, 2 * coarse);
            if (near.length > 0) {
                product.get(from + i * width, line, 0, width);
            }
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

    /** On its own and from index 0 on, so that the compiler vectorises it. */
    private static void raise(float[] highest, float[] line, float zero, float step, float[] units, float base) {
        for (int s = 0; s < line.length; s++) {
            highest[s] = Math.max(highest[s], (line[s] - zero) * (step * units[s]) - base);
        }
    }
}
