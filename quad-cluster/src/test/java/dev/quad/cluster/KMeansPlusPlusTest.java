// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Embeddings;
import dev.quad.Seed;
import dev.quad.linalg.Floats;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class KMeansPlusPlusTest {

    @Test
    void choose_clustersFarApart_takesARowOfEach() {
        Planted data = Planted.gaussian(1500, 10, 25, 0.001, 1);
        assertThat(planted(data, 25)).hasSize(25);
    }

    @Test
    void choose_asManyAsRows_takesEachOnce() {
        Planted data = Planted.gaussian(600, 10, 600, 0, 2);
        assertThat(planted(data, 600)).hasSize(600);
    }

    @Test
    void choose_fewerDistinctRowsThanClusters_takesAllDistinctOnes() {
        Planted data = Planted.gaussian(600, 10, 5, 0, 3);
        assertThat(planted(data, 9)).hasSize(5);
    }

    @Property(tries = 100)
    void choose_withEightBits_choosesTheSame(
            @ForAll @IntRange(min = 2, max = 1500) int rows,
            @ForAll @IntRange(min = 1, max = 40) int dimension,
            @ForAll @IntRange(min = 1, max = 60) int planted,
            @ForAll boolean spherical,
            @ForAll long seed) {
        float[] values = Planted.gaussian(rows, dimension, planted, 0.3, seed).values();
        Arrays.fill(values, 0, dimension, 0);
        Distance distance = spherical ? Distance.spherical() : Distance.euclidean();
        float[] masses = new float[rows];
        for (int i = 0; i < rows; i++) {
            masses[i] = i % 3;
        }
        try (RowBlocks blocks = RowBlocks.read(
                Embeddings.of(values, dimension), IntStream.range(0, rows).toArray())) {
            blocks.prepare(distance, new float[dimension]);
            int clusters = Math.min(rows, 50);
            try (Floats exact = KMeansPlusPlus.choose(
                            blocks, masses, clusters, distance, new Seed(seed).stream("test"), false);
                    Floats rounded = KMeansPlusPlus.choose(
                            blocks, masses, clusters, distance, new Seed(seed).stream("test"), true)) {
                assertThat(rounded.toArray()).isEqualTo(exact.toArray());
            }
        }
    }

    /** The planted clusters that the seeds are from. */
    private static Set<Integer> planted(Planted data, int clusters) {
        int dimension = data.dimension();
        int rows = data.labels().length;
        Set<Integer> found = new HashSet<>();
        try (RowBlocks blocks = RowBlocks.read(
                Embeddings.of(data.values(), dimension),
                IntStream.range(0, rows).toArray())) {
            blocks.measure();
            try (Floats seeds =
                    KMeansPlusPlus.choose(blocks, clusters, Distance.euclidean(), new Seed(5).stream("test"))) {
                float[] seed = new float[dimension];
                for (int c = 0; c < clusters; c++) {
                    seeds.get(c * dimension, seed, 0, dimension);
                    for (int i = 0; i < rows; i++) {
                        if (Arrays.equals(
                                seed, Arrays.copyOfRange(data.values(), i * dimension, (i + 1) * dimension))) {
                            found.add(data.labels()[i]);
                        }
                    }
                }
            }
        }
        return found;
    }
}
