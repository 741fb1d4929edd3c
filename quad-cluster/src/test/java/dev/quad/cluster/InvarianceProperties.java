// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Embeddings;
import dev.quad.Seed;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Moving, turning and reordering the rows, and the start with them, does the same to the answer. */
class InvarianceProperties {
    private static final int ROWS = 800;

    private static Centres train(float[] values, int dimension, float[] start) {
        Centres given = Centres.of(start, dimension, Distance.euclidean());
        KMeansOptions options = KMeansOptions.builder(given.count())
                .seeding(Seeding.given(given))
                .emptyClusters(EmptyClusterPolicy.drop())
                .trainingRows(ROWS)
                .build();
        return KMeans.of(options).train(Embeddings.of(values, dimension), new Seed(1));
    }

    private static void sameClusters(
            float[] values, float[] start, float[] otherValues, float[] otherStart, int dimension, int[] order) {
        int[] expected = train(values, dimension, start).assign(Embeddings.of(values, dimension));
        int[] found = train(otherValues, dimension, otherStart).assign(Embeddings.of(otherValues, dimension));
        for (int i = 0; i < ROWS; i++) {
            assertThat(found[i]).isEqualTo(expected[order[i]]);
        }
    }

    private static int[] identity() {
        return java.util.stream.IntStream.range(0, ROWS).toArray();
    }

    @Property(tries = 15)
    void translation_ofRowsAndStart_keepsTheClusters(@ForAll @IntRange(min = 1, max = 1000) int seed) {
        Planted data = Planted.gaussian(ROWS, 5, 9, 0.05, seed);
        float[] moved = data.values().clone();
        for (int i = 0; i < moved.length; i++) {
            moved[i] += 3 * (i % 5) - 7;
        }
        sameClusters(data.values(), first(data.values(), 45), moved, first(moved, 45), 5, identity());
    }

    @Property(tries = 15)
    void rotation_ofRowsAndStart_keepsTheClusters(@ForAll @IntRange(min = 1, max = 1000) int seed) {
        Planted data = Planted.gaussian(ROWS, 6, 9, 0.05, seed);
        float[] turned = data.values().clone();
        Random random = new Random(seed);
        for (int turn = 0; turn < 20; turn++) {
            int a = random.nextInt(6);
            int b = (a + 1 + random.nextInt(5)) % 6;
            double angle = random.nextDouble() * 6;
            for (int i = 0; i < turned.length; i += 6) {
                float x = turned[i + a];
                float y = turned[i + b];
                turned[i + a] = (float) (Math.cos(angle) * x - Math.sin(angle) * y);
                turned[i + b] = (float) (Math.sin(angle) * x + Math.cos(angle) * y);
            }
        }
        sameClusters(data.values(), first(data.values(), 54), turned, first(turned, 54), 6, identity());
    }

    @Property(tries = 15)
    void permutation_ofRows_permutesTheClusters(@ForAll @IntRange(min = 1, max = 1000) int seed) {
        Planted data = Planted.gaussian(ROWS, 4, 7, 0.05, seed);
        int[] order = identity();
        Random random = new Random(seed);
        for (int i = ROWS - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int kept = order[i];
            order[i] = order[j];
            order[j] = kept;
        }
        float[] shuffled = new float[ROWS * 4];
        for (int i = 0; i < ROWS; i++) {
            System.arraycopy(data.values(), order[i] * 4, shuffled, i * 4, 4);
        }
        float[] start = first(data.values(), 28);
        sameClusters(data.values(), start, shuffled, start, 4, order);
    }

    private static float[] first(float[] values, int count) {
        return java.util.Arrays.copyOf(values, count);
    }
}
