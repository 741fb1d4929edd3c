// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quad.Embeddings;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Running sums forget how they came about. */
class RunningSumsProperties {

    @Property(tries = 200)
    void reassign_anyHistory_hasTheBitsOfSumsFromScratch(
            @ForAll @IntRange(min = 1, max = 700) int rows,
            @ForAll @IntRange(min = 1, max = 9) int dimension,
            @ForAll @IntRange(min = 1, max = 12) int clusters,
            @ForAll @IntRange(min = -15, max = 6) int exponent,
            @ForAll long seed) {
        Random random = new Random(seed);
        float[] values = new float[rows * dimension];
        for (int i = 0; i < values.length; i++) { // columns of very different sizes
            values[i] = (float) (random.nextGaussian() * Math.scalb(1.0, exponent * (i % dimension)));
        }
        try (RowBlocks blocks = RowBlocks.read(
                Embeddings.of(values, dimension), IntStream.range(0, rows).toArray())) {
            blocks.measure();
            double[] reach = RowBlocks.extent(blocks).largest;
            RunningSums followed = new RunningSums(clusters, reach, rows);
            int[] none = new int[rows];
            Arrays.fill(none, -1);
            int[] before = none;
            for (int step = 0; step < 5; step++) {
                int[] after = random.ints(rows, 0, clusters).toArray();
                followed.reassign(blocks, before, after, 0);
                before = after;
            }
            blocks.arrange(shuffled(rows, random));
            RunningSums fresh = new RunningSums(clusters, reach, rows);
            fresh.reassign(blocks, none, before, 0);
            assertThat(followed.total().toBytes()).isEqualTo(fresh.total().toBytes());
            PartialSums plain = new PartialSums(clusters, dimension, "");
            plain.add(blocks, before, 0);
            assertClose(fresh.total(), plain, reach);
        }
    }

    private static void assertClose(PartialSums actual, PartialSums expected, double[] reach) {
        assertThat(actual.counts()).isEqualTo(expected.counts());
        double[] found = sums(actual, reach.length);
        double[] wanted = sums(expected, reach.length);
        for (int i = 0; i < found.length; i++) {
            double scale = reach[i % reach.length] * (1 + actual.rows());
            assertThat(found[i]).isCloseTo(wanted[i], within(1e-14 * scale));
        }
    }

    /** As they were sent. */
    private static double[] sums(PartialSums sums, int dimension) {
        java.nio.DoubleBuffer values = java.nio.ByteBuffer.wrap(sums.toBytes())
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .position(16)
                .slice()
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .asDoubleBuffer();
        double[] result = new double[values.remaining() / (dimension + 2) * dimension];
        for (int i = 0; i < result.length; i++) {
            result[i] = values.get(i / dimension * (dimension + 2) + 2 + i % dimension);
        }
        return result;
    }

    /** An outlier of a trillion leaves sums of ordinary rows as they are. */
    @Test
    void reassign_besideAnOutlier_keepsSinglePrecision() {
        float[] values = {1e12f, 1.1f, 0.7f, -0.3f};
        try (RowBlocks blocks = RowBlocks.read(Embeddings.of(values, 1), new int[] {0, 1, 2, 3})) {
            blocks.measure();
            RunningSums sums = new RunningSums(2, new double[] {1e12}, 4);
            sums.reassign(blocks, new int[] {-1, -1, -1, -1}, new int[] {0, 1, 1, 1}, 0);
            assertThat(sums(sums.total(), 1)[1]).isCloseTo((double) 1.1f + 0.7f - 0.3f, within(1e-9));
        }
    }

    private static int[] shuffled(int rows, Random random) {
        int[] order = IntStream.range(0, rows).toArray();
        for (int i = rows - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swap = order[i];
            order[i] = order[j];
            order[j] = swap;
        }
        return order;
    }
}
