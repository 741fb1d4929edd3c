// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Greedy k-means++ (Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", 2007, section 6): each
 * next centre is drawn with a probability proportional to its squared distance from the nearest centre so far; of
 * {@code 2 + ln k} draws the one that leaves the smallest total wins. All draws of a step share one matrix product, so
 * they cost little more than one: both read all rows once. Rows may count more than once, by their masses.
 *
 * <p>Products only tell, by what they can be wrong by, which rows may come nearer; their distances are then taken in
 * double precision. So the choice does not depend on the precision of the products, nor on the kernels that make them.
 */
final class KMeansPlusPlus implements AutoCloseable {
    private final RowBlocks rows;
    private final RandomGenerator random;
    private final int draws;
    private final float[] masses;
    private final SeedingBlock[] blocks;
    private final double[] cumulative;
    private final Candidates candidates;
    private final BufferPool<Floats> products;

    private KMeansPlusPlus(
            RowBlocks rows, float[] masses, int clusters, Distance distance, RandomGenerator random, boolean rounded) {
        this.rows = rows;
        this.random = random;
        this.draws = 2 + (int) Math.log(clusters);
        this.masses = masses;
        this.cumulative = new double[rows.rows()];
        this.candidates = new Candidates(draws, rows.dimension(), rounded);
        this.products = BufferPool.floats(draws * RowBlocks.BLOCK);
        this.blocks = new SeedingBlock[rows.blockCount()];
        if (rounded) {
            rows.round();
        }
        Workers.forEach(blocks.length, block -> blocks[block] = new SeedingBlock(rows, block, distance, rounded));
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
        boolean rounded = Vectors.rounds(rows.rows(), clusters, rows.dimension());
        return choose(rows, masses, clusters, distance, random, rounded);
    }

    /** As the other; {@code rounded} tells whether to multiply with eight bits. */
    static Floats choose(
            RowBlocks rows, float[] masses, int clusters, Distance distance, RandomGenerator random, boolean rounded) {
        Floats centres = Floats.allocate(clusters, rows.dimension());
        try (KMeansPlusPlus seeding = new KMeansPlusPlus(rows, masses, clusters, distance, random, rounded)) {
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
        for (int row = 0; row < masses.length; row++) {
            total += weight(row);
            cumulative[row] = total;
        }
        int[] drawn = new int[draws];
        for (int draw = 0; draw < draws; draw++) {
            drawn[draw] = draw(total);
            candidates.set(draw, rows, drawn[draw]);
        }
        double[] totals = measure();
        int best = 0;
        for (int draw = 1; draw < draws; draw++) {
            best = totals[draw] < totals[best] ? draw : best;
        }
        for (SeedingBlock block : blocks) {
            block.take(best);
        }
        int winner = drawn[best];
        blocks[winner / RowBlocks.BLOCK].takeRow(winner % RowBlocks.BLOCK);
        return winner;
    }

    private double[] measure() {
        double[][] parts = new double[blocks.length][draws];
        Workers.forEach(blocks.length, block -> {
            Floats product = products.borrow();
            try {
                blocks[block].measure(candidates, product, masses, block * RowBlocks.BLOCK, parts[block]);
            } finally {
                products.giveBack(product);
            }
        });
        double[] totals = new double[draws];
        for (double[] part : parts) {
            for (int draw = 0; draw < draws; draw++) {
                totals[draw] += part[draw];
            }
        }
        return totals;
    }

    /** What the probability of a row to be drawn is proportional to. */
    private double weight(int row) {
        float nearest = blocks[row / RowBlocks.BLOCK].nearest(row % RowBlocks.BLOCK);
        return nearest == Float.MAX_VALUE && masses[row] > 0 ? nearest : (double) masses[row] * nearest;
    }

    /**
     * A row by weight; any row where all weights are zero, which is when fewer rows differ than clusters are wanted.
     */
    private int draw(double total) {
        if (!(total > 0)) {
            return random.nextInt(masses.length);
        }
        double at = random.nextDouble() * total;
        int index = Arrays.binarySearch(cumulative, at);
        index = index < 0 ? -index - 1 : index;
        while (index < masses.length - 1 && cumulative[index] <= at) {
            index++;
        }
        while (weight(index) == 0) {
            index--;
        }
        return index;
    }

    @Override
    public void close() {
        candidates.close();
        products.close();
    }
}
