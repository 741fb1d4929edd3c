// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Embeddings;
import dev.quad.Seed;
import dev.quad.linalg.Floats;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** What holds in every iteration. */
class LloydTest {

    @Property(tries = 60)
    void iterate_anyData_neverRaisesTheObjective(
            @ForAll @IntRange(min = 1, max = 1200) int rows,
            @ForAll @IntRange(min = 1, max = 12) int dimension,
            @ForAll @IntRange(min = 1, max = 40) int wanted,
            @ForAll @IntRange(min = 0, max = 3) int distinctDigits,
            @ForAll boolean spherical,
            @ForAll long seed) {
        Random random = new Random(seed);
        float[] values = new float[rows * dimension];
        double grid = Math.pow(10, distinctDigits);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (Math.rint(random.nextGaussian() * grid) / grid);
        }
        int clusters = Math.min(wanted, rows);
        Distance distance = spherical ? Distance.spherical() : Distance.euclidean();
        try (RowBlocks blocks = read(values, dimension)) {
            blocks.prepare(distance, distance.origin(RowBlocks.extent(blocks).mean));
            // the first rows as they come: often equal, so that clusters are empty and get split
            try (Floats centres = Floats.allocate(clusters, dimension)) {
                float[] row = new float[dimension];
                for (int c = 0; c < clusters; c++) {
                    blocks.get(c, row);
                    if (spherical && IntStream.range(0, dimension).allMatch(j -> row[j] == 0)) {
                        row[0] = 1; // a centre of length 0 is none: zeros are at distance 1 from every real one
                    }
                    centres.set(c * dimension, row, 0, dimension);
                }
                try (Lloyd lloyd = new Lloyd(
                        blocks,
                        RowBlocks.extent(blocks).largest,
                        centres,
                        distance,
                        EmptyClusterPolicy.splitBiggest())) {
                    double previous = Double.POSITIVE_INFINITY;
                    for (int i = 1; i <= 8; i++) {
                        double objective = lloyd.iterate(i, new Seed(seed).stream("test", i))
                                .objective();
                        assertThat(objective).isBetween(0.0, previous + 1e-6);
                        previous = objective;
                    }
                }
            }
        }
    }

    private static RowBlocks read(float[] values, int dimension) {
        return RowBlocks.read(
                Embeddings.of(values, dimension),
                IntStream.range(0, values.length / dimension).toArray());
    }
}
