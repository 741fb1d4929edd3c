// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Floats;
import dev.quad.linalg.Workers;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Assigns rows in each iteration, and leaves out the distances that cannot matter.
 *
 * <p>As Hamerly ("Making k-means even faster", 2010), it keeps for each row an upper bound u of the distance to its own
 * centre and a lower bound l of that to any other, and widens them by how far centres drift. But where he compares all
 * centres once {@code u < l} fails, here they are sorted by their drift {@code δ_1 ≥ δ_2 ≥ …}: a row needs only the
 * first m, where {@code u + δ_own < l − δ_{m+1}}. Rows that need none are passed over; the others are gathered into
 * blocks by the share of the centres they need, so that the work stays matrix products. What that saves is much when few
 * centres still move, and nothing while all do. Bounds are kept apart by the rounding of the products, so that the
 * assignment is that of comparing everything, but for ties within rounding.
 */
final class Bounds implements AutoCloseable {
    /** Shares of the centres that rows may need: the last is all. */
    private static final int[] SHARES = {32, 8, 3, 1};
    /** Fewer centres are compared as quickly as bounds are checked. */
    private static final int FEWEST_CENTRES = 16;
    /** Of the squares: some dozen units in the last place. */
    private static final double ROUNDING = 4e-6;

    private final Rows rows;
    private final Distance distance;
    private final int clusters;
    private final int[] assignment;
    private final float[] upper;
    private final float[] lower;
    private final Scratch gathered;
    private double largestCentre;
    /** By cluster; empty until centres have moved. */
    private float[] drift = {};

    private int[] byDrift = {};

    Bounds(Rows rows, int clusters, Distance distance, int[] assignment) {
        this.rows = rows;
        this.distance = distance;
        this.clusters = clusters;
        this.assignment = assignment;
        this.upper = new float[rows.rows()];
        this.lower = new float[rows.rows()];
        this.gathered = new Scratch(RowBlocks.BLOCK * rows.dimension());
    }

    /** Notes where centres went. */
    void moved(float[] before, float[] after) {
        int dimension = rows.dimension();
        float[] result = new float[clusters];
        Workers.forBlocks(clusters, 64, (from, length) -> {
            for (int c = from; c < from + length; c++) {
                double sum = 0;
                for (int j = c * dimension; j < (c + 1) * dimension; j++) {
                    double difference = (double) after[j] - before[j];
                    sum += difference * difference;
                }
                result[c] = (float) (Math.sqrt(sum) * (1 + 1e-6));
            }
        });
        byDrift = IntStream.range(0, clusters)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer c) -> -result[c]))
                .mapToInt(Integer::intValue)
                .toArray();
        drift = result;
    }

    /** For one iteration: the comparison with all centres, and with those that drifted furthest. Close it. */
    final class Pass implements AutoCloseable {
        private final Floats centres;
        private final Nearest all;
        private final @Nullable Nearest some;
        private final @Nullable Floats sorted;
        private final int[] counts;
        private final float[] beyond;

        Pass(Floats centres) {
            this.centres = centres;
            this.all = new Nearest(centres, clusters, distance);
            largestCentre = largestSquare(centres);
            boolean bounded = drift.length > 0 && clusters >= FEWEST_CENTRES;
            counts = new int[bounded ? SHARES.length : 1];
            beyond = new float[counts.length + 1];
            counts[counts.length - 1] = clusters;
            if (!bounded) {
                sorted = null;
                some = null;
                return;
            }
            for (int tier = 0; tier < SHARES.length; tier++) {
                counts[tier] = clusters / SHARES[tier];
                beyond[tier + 1] = counts[tier] == clusters ? 0 : drift[byDrift[counts[tier]]];
            }
            beyond[0] = drift[byDrift[0]];
            int most = Math.max(1, counts[SHARES.length - 2]);
            int dimension = rows.dimension();
            sorted = Floats.allocate(most, dimension);
            for (int i = 0; i < most; i++) {
                sorted.copy(i * dimension, centres, byDrift[i] * dimension, dimension);
            }
            some = new Nearest(sorted, Arrays.copyOf(byDrift, most), dimension, distance);
        }

        /** Assigns the rows of a window; returns how many changed. */
        int assign(RowBlocks window, int first) {
            if (some == null) {
                int[] moved = new int[window.blockCount()];
                Workers.forEach(moved.length, block -> {
                    int from = block * RowBlocks.BLOCK;
                    moved[block] =
                            compare(window.block(block), window.rowsIn(block), window, i -> from + i, first, 0, true);
                });
                return Arrays.stream(moved).sum();
            }
            byte[] tiers = new byte[window.rows()];
            Workers.forBlocks(tiers.length, 8 * RowBlocks.BLOCK, (from, length) -> {
                for (int i = from; i < from + length; i++) {
                    tiers[i] = (byte) tier(first + i);
                }
            });
            int changed = 0;
            for (int tier = 0; tier < counts.length; tier++) {
                changed += compareTier(window, first, tiers, tier);
            }
            return changed;
        }

        /** −1 where no other centre can be nearer; then the bounds are widened. */
        private int tier(int row) {
            float own = upper[row] + drift[assignment[row]];
            for (int tier = -1; tier < counts.length - 1; tier++) {
                if (own < lower[row] - beyond[tier + 1]) {
                    if (tier < 0) {
                        upper[row] = Math.nextUp(own);
                        lower[row] = Math.nextDown(lower[row] - beyond[0]);
                    }
                    return tier;
                }
            }
            return counts.length - 1;
        }

        private int compareTier(RowBlocks window, int first, byte[] tiers, int tier) {
            int[] members = IntStream.range(0, tiers.length)
                    .filter(i -> tiers[i] == tier)
                    .toArray();
            int[] moved = new int[members.length / RowBlocks.BLOCK + 1];
            int dimension = rows.dimension();
            Workers.forBlocks(members.length, RowBlocks.BLOCK, (from, length) -> {
                Floats block = gathered.borrow();
                try {
                    for (int i = 0; i < length; i++) {
                        int member = members[from + i];
                        block.copy(
                                i * dimension,
                                window.block(member / RowBlocks.BLOCK),
                                member % RowBlocks.BLOCK * dimension,
                                dimension);
                    }
                    moved[from / RowBlocks.BLOCK] = compare(
                            block, length, window, i -> members[from + i], first, tier, tier == counts.length - 1);
                } finally {
                    gathered.giveBack(block);
                }
            });
            return Arrays.stream(moved).sum();
        }

        /** Compares the rows of a block with the centres of a tier and sets their bounds. */
        private int compare(
                Floats block,
                int count,
                RowBlocks window,
                IntUnaryOperator inWindow,
                int first,
                int tier,
                boolean everything) {
            Nearest.Best best = new Nearest.Best();
            best.clear();
            int dimension = rows.dimension();
            if (everything) {
                all.improve(block, count, clusters, best);
            } else if (some != null) {
                float[] row = new float[dimension];
                float[] centre = new float[dimension];
                for (int i = 0; i < count; i++) {
                    int own = assignment[first + inWindow.applyAsInt(i)];
                    block.get(i * dimension, row, 0, dimension);
                    centres.get(own * dimension, centre, 0, dimension);
                    best.nearest[i] = own;
                    best.first[i] = (float) dot(row, centre) - distance.offset(centre);
                }
                some.improve(block, count, counts[tier], best);
            }
            int changed = 0;
            for (int i = 0; i < count; i++) {
                int number = first + inWindow.applyAsInt(i);
                changed += assignment[number] == best.nearest[i] ? 0 : 1;
                assignment[number] = best.nearest[i];
                double square = window.square(inWindow.applyAsInt(i));
                double error = ROUNDING * (square + largestCentre);
                double base = square + distance.rest();
                float others = (float) Math.sqrt(Math.max(0, base - 2.0 * best.second[i] - error));
                upper[number] = (float) Math.sqrt(Math.max(0, base - 2.0 * best.first[i]) + error);
                lower[number] = everything ? others : Math.min(others, lower[number] - beyond[tier + 1]);
            }
            return changed;
        }

        @Override
        public void close() {
            all.close();
            if (some != null) {
                some.close();
            }
            if (sorted != null) {
                sorted.close();
            }
        }
    }

    private double largestSquare(Floats centres) {
        float[] centre = new float[rows.dimension()];
        double largest = 0;
        for (int c = 0; c < clusters; c++) {
            centres.get(c * centre.length, centre, 0, centre.length);
            largest = Math.max(largest, Distance.squaredNorm(centre));
        }
        return largest;
    }

    private static double dot(float[] x, float[] y) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int j = 0;
        for (; j + 3 < x.length; j += 4) {
            s0 += (double) x[j] * y[j];
            s1 += (double) x[j + 1] * y[j + 1];
            s2 += (double) x[j + 2] * y[j + 2];
            s3 += (double) x[j + 3] * y[j + 3];
        }
        for (; j < x.length; j++) {
            s0 += (double) x[j] * y[j];
        }
        return (s0 + s1) + (s2 + s3);
    }

    @Override
    public void close() {
        gathered.close();
    }
}
