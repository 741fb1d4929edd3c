// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Embeddings;
import dev.quad.Seed;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * Rows fill the two halves of a rectangle, one many times as densely as the other. With resampling the centres are
 * spread over the rectangle more evenly than without, and than the rows.
 */
class ResamplingProperties {
    private static final int ROWS = 6000;
    private static final int CLUSTERS = 100;

    /** The left half, {@code [0, 1)²}, has all rows but one in so many. */
    private static float[] halves(int oneIn, long seed) {
        Random random = new Random(seed);
        float[] values = new float[2 * ROWS];
        for (int i = 0; i < ROWS; i++) {
            values[2 * i] = random.nextFloat() + (i % oneIn == 0 ? 1 : 0);
            values[2 * i + 1] = random.nextFloat();
        }
        return values;
    }

    private static HierarchicalKMeans strategy() {
        return HierarchicalKMeans.of(KMeansOptions.builder(CLUSTERS).build());
    }

    /** The Kullback–Leibler divergence of centres in 8 squares of equal size from the uniform distribution. */
    private static double unevenness(Centres centres) {
        double[] counts = new double[8];
        for (int c = 0; c < centres.count(); c++) {
            float[] centre = centres.centre(c);
            counts[2 * (int) (centre[0] * 2) + (int) (centre[1] * 2)]++;
        }
        double sum = 0;
        for (double count : counts) {
            double share = count / centres.count();
            sum += share == 0 ? 0 : share * Math.log(share * counts.length);
        }
        return sum;
    }

    /** Of one draw of the rows chance can have it otherwise, so that this is of the sum over twelve. */
    @Example
    void resampling_ofUnevenRows_spreadsCentresEvenly() {
        double resampled = 0;
        double ofTwoLevels = 0;
        double ofOneLevel = 0;
        for (int draw = 1; draw <= 12; draw++) {
            Embeddings rows = Embeddings.of(halves(4 + draw, draw), 2);
            Centres centres = strategy().resampled(10).train(rows, new Seed(draw));
            assertThat(centres.count()).isEqualTo(CLUSTERS);
            resampled += unevenness(centres);
            ofTwoLevels += unevenness(strategy().train(rows, new Seed(draw)));
            ofOneLevel += unevenness(KMeans.of(CLUSTERS).train(rows, new Seed(draw)));
        }
        assertThat(resampled).isLessThan(0.2 * ofTwoLevels).isLessThan(0.4 * ofOneLevel);
    }

    @Property(tries = 5)
    void resampling_noTimes_orOfFewRows_changesNothing(@ForAll @IntRange(min = 1, max = 1000) int seed) {
        Embeddings rows = Embeddings.of(halves(5, seed), 2);
        assertThat(strategy().resampled(0).train(rows, new Seed(seed)).toArray())
                .isEqualTo(strategy().train(rows, new Seed(seed)).toArray());
        Embeddings few = Embeddings.of(Arrays.copyOf(halves(5, seed), 2 * 10), 2);
        HierarchicalKMeans one = HierarchicalKMeans.of(KMeansOptions.builder(3).build(), 1, KMeansListener.NONE);
        assertThat(one.resampled(5).train(few, new Seed(seed)).toArray())
                .isEqualTo(one.train(few, new Seed(seed)).toArray());
    }
}
