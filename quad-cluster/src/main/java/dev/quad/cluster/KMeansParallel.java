// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * k-means‖ (Bahmani, Moseley, Vattani, Kumar and Vassilvitskii, "Scalable k-means++", 2012, algorithm 2), with the two
 * rounds and the oversampling factor of 2k that Spark uses; the candidates are reclustered by weighted k-means++.
 */
final class KMeansParallel {
    private static final int ROUNDS = 2;

    private final RowBlocks rows;
    private final Distance distance;
    private final float[] squares;
    private final int[] owner;
    private int[] candidates = {};

    private KMeansParallel(RowBlocks rows, Distance distance) {
        this.rows = rows;
        this.distance = distance;
        this.squares = new float[rows.rows()];
        this.owner = new int[rows.rows()];
        Arrays.fill(squares, Float.MAX_VALUE);
    }

    /** Chooses rows as centres; the caller closes the result. */
    static Floats choose(RowBlocks rows, int clusters, Distance distance, RandomGenerator random) {
        KMeansParallel sampling = new KMeansParallel(rows, distance);
        sampling.add(new int[] {random.nextInt(rows.rows())});
        for (int round = 0; round < ROUNDS; round++) {
            sampling.add(sampling.draw(2.0 * clusters, random));
        }
        if (sampling.candidates.length < clusters) {
            return KMeansPlusPlus.choose(rows, clusters, distance, random);
        }
        float[] masses = new float[sampling.candidates.length];
        for (int row = 0; row < rows.rows(); row++) {
            masses[sampling.owner[row]]++;
        }
        try (RowBlocks chosen = RowBlocks.copy(rows, sampling.candidates)) {
            return KMeansPlusPlus.choose(chosen, masses, clusters, distance, random);
        }
    }

    /** Each row on its own, with the probability {@code wanted·d²/Σd²}. */
    private int[] draw(double wanted, RandomGenerator random) {
        double total = 0;
        for (float square : squares) {
            total += square;
        }
        int[] drawn = new int[rows.rows()];
        int count = 0;
        for (int row = 0; row < drawn.length; row++) {
            if (random.nextDouble() * total < wanted * squares[row]) {
                drawn[count++] = row;
            }
        }
        return Arrays.copyOf(drawn, count);
    }

    /** Makes rows candidates, and lowers the distances of all rows. */
    private void add(int[] chosen) {
        int first = candidates.length;
        candidates = Arrays.copyOf(candidates, first + chosen.length);
        System.arraycopy(chosen, 0, candidates, first, chosen.length);
        if (chosen.length == 0) {
            return;
        }
        int dimension = rows.dimension();
        try (Floats values = Floats.allocate(chosen.length, dimension)) {
            float[] candidate = new float[dimension];
            for (int i = 0; i < chosen.length; i++) {
                rows.get(chosen[i], candidate);
                values.set(i * dimension, candidate, 0, dimension);
            }
            boolean rounded = Vectors.rounds(rows.rows(), chosen.length, dimension);
            if (rounded) {
                rows.round();
            }
            try (NearestCentres nearest = new NearestCentres(values, chosen.length, distance, rounded)) {
                Workers.forEach(rows.blockCount(), block -> lower(block, nearest, first));
            }
        }
        for (int row : chosen) {
            squares[row] = 0;
        }
    }

    private void lower(int block, NearestCentres nearest, int first) {
        int[] found = new int[rows.rowsIn(block)];
        QuantizedVectors rounded = nearest.isRounded() ? rows.rounded(block) : null;
        nearest.assign(rows.block(block), rounded, found.length, found, 0);
        float[] row = new float[rows.dimension()];
        for (int i = 0; i < found.length; i++) {
            int number = block * RowBlocks.BLOCK + i;
            rows.get(number, row);
            double norm = rows.square(number);
            double square = Math.max(0, norm + distance.rest() - 2 * nearest.score(row, found[i]));
            if (!distance.counts(norm) || square < 1e-6 * norm) {
                square = 0; // a zero row under cosine, or the same row but for rounding
            }
            if (square < squares[number]) {
                squares[number] = (float) square;
                owner[number] = first + found[i];
            }
        }
    }
}
