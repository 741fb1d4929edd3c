// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Greedy k-means++ (Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", 2007, section 6): each
 * next centre is drawn with a probability proportional to its squared distance from the nearest centre so far; of
 * {@code 2 + ln k} draws the one that leaves the smallest total wins. All draws of a step share one matrix product, so
 * they cost little more than one: both read all rows once. Rows may count more than once, by their masses.
 */
final class PlusPlus implements AutoCloseable {
    private final RowBlocks rows;
    private final RandomGenerator random;
    private final int draws;
    private final float[] masses;
    private final float[] squares;
    private final float[] weights;
    private final double[] cumulative;
    private final Floats candidates;
    private final Floats distances;

    private PlusPlus(RowBlocks rows, float[] masses, int clusters, Distance distance, RandomGenerator random) {
        this.rows = rows;
        this.random = random;
        this.draws = 2 + (int) Math.log(clusters);
        this.masses = masses;
        this.squares = new float[rows.rows()];
        this.weights = new float[rows.rows()];
        this.cumulative = new double[rows.rows()];
        this.candidates = Floats.allocate(draws, rows.dimension());
        this.distances = Floats.allocate(rows.rows(), draws);
        Workers.forEach(rows.blockCount(), block -> {
            float[] row = new float[rows.dimension()];
            for (int i = block * RowBlocks.BLOCK; i < block * RowBlocks.BLOCK + rows.rowsIn(block); i++) {
                rows.get(i, row);
                squares[i] = (float) Distance.squaredNorm(row);
                weights[i] = distance.counts(squares[i]) && masses[i] > 0 ? Float.MAX_VALUE : 0;
            }
        });
    }

    /**
     * Chooses rows as centres.
     *
     * @return new memory, {@code clusters × dimension}, the caller's to close
     */
    static Floats choose(RowBlocks rows, int clusters, Distance distance, RandomGenerator random) {
        float[] ones = new float[rows.rows()];
        Arrays.fill(ones, 1);
        return choose(rows, ones, clusters, distance, random);
    }

    /** As the other, for rows that count {@code masses} times. */
    static Floats choose(RowBlocks rows, float[] masses, int clusters, Distance distance, RandomGenerator random) {
        Floats centres = Floats.allocate(clusters, rows.dimension());
        try (PlusPlus seeding = new PlusPlus(rows, masses, clusters, distance, random)) {
            for (int cluster = 0; cluster < clusters; cluster++) {
                int winner = seeding.next();
                centres.copy(
                        cluster * rows.dimension(), rows.block(winner / RowBlocks.BLOCK),
                        winner % RowBlocks.BLOCK * rows.dimension(), rows.dimension());
            }
            return centres;
        } catch (RuntimeException | Error e) {
            centres.close();
            throw e;
        }
    }

    /** The next centre's row. */
    private int next() {
        double total = 0;
        for (int i = 0; i < weights.length; i++) {
            total += weights[i];
            cumulative[i] = total;
        }
        int[] drawn = new int[draws];
        for (int draw = 0; draw < draws; draw++) {
            drawn[draw] = draw(total);
            candidates.copy(
                    draw * rows.dimension(), rows.block(drawn[draw] / RowBlocks.BLOCK),
                    drawn[draw] % RowBlocks.BLOCK * rows.dimension(), rows.dimension());
        }
        double[][] totals = new double[rows.blockCount()][draws];
        Workers.forEach(totals.length, block -> measure(block, drawn, totals[block]));
        int best = 0;
        double[] sums = new double[draws];
        for (int draw = 0; draw < draws; draw++) {
            for (double[] block : totals) {
                sums[draw] += block[draw];
            }
            best = sums[draw] < sums[best] ? draw : best;
        }
        int winner = best;
        Workers.forEach(totals.length, block -> lower(block, winner));
        weights[drawn[winner]] = 0;
        return drawn[winner];
    }

    /** A row by weight; any row where all weights are zero, which is when fewer rows differ than clusters are wanted. */
    private int draw(double total) {
        if (!(total > 0)) {
            return random.nextInt(weights.length);
        }
        double at = random.nextDouble() * total;
        int index = Arrays.binarySearch(cumulative, at);
        index = index < 0 ? -index - 1 : index;
        while (index < weights.length - 1 && cumulative[index] <= at) {
            index++;
        }
        while (weights[index] == 0) {
            index--;
        }
        return index;
    }

    /** The squared distances of a block's rows to all candidates, and the sum of weights that each would leave. */
    private void measure(int block, int[] drawn, double[] totals) {
        int from = block * RowBlocks.BLOCK;
        int count = rows.rowsIn(block);
        int dimension = rows.dimension();
        Blas.gemm(
                false,
                true,
                count,
                draws,
                dimension,
                -2,
                rows.block(block),
                0,
                dimension,
                candidates,
                0,
                dimension,
                0,
                distances,
                from * draws,
                draws);
        float[] line = new float[draws];
        for (int i = from; i < from + count; i++) {
            distances.get(i * draws, line, 0, draws);
            for (int draw = 0; draw < draws; draw++) {
                float scale = squares[i] + squares[drawn[draw]];
                float square = line[draw] + scale;
                // below this, the difference is rounding: the rows are taken as equal
                line[draw] = square > 1e-6f * scale ? square * masses[i] : 0;
                totals[draw] += Math.min(weights[i], line[draw]);
            }
            distances.set(i * draws, line, 0, draws);
        }
    }

    private void lower(int block, int winner) {
        int from = block * RowBlocks.BLOCK;
        for (int i = from; i < from + rows.rowsIn(block); i++) {
            weights[i] = Math.min(weights[i], distances.get(i * draws + winner));
        }
    }

    @Override
    public void close() {
        candidates.close();
        distances.close();
    }
}
