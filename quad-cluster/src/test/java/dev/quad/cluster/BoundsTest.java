// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Embeddings;
import dev.quad.Seed;
import dev.quad.linalg.Floats;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is passed over changes nothing: every assignment is that of a loop over all centres, without tolerance. */
class BoundsTest {

    /**
     * Grids have many exact ties; {@code distant} centres make errors of single precision large; beside a {@code rogue}
     * column, eight bits see nothing of the others.
     */
    @Property(tries = 300)
    void assign_anyData_isThatOfComparingEverything(
            @ForAll @IntRange(min = 16, max = 900) int rows,
            @ForAll @IntRange(min = 1, max = 40) int dimension,
            @ForAll @IntRange(min = 16, max = 120) int wanted,
            @ForAll @IntRange(min = 1, max = 30) int planted,
            @ForAll @IntRange(min = 0, max = 4) int digits,
            @ForAll boolean distant,
            @ForAll boolean rogue,
            @ForAll boolean spherical,
            @ForAll boolean rounded,
            @ForAll long seed) {
        float[] values = Planted.gaussian(rows, dimension, planted, 0.3, seed).values();
        double grid = Math.pow(10, digits);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (Math.rint(values[i] * grid) / grid);
        }
        if (distant) {
            Arrays.fill(values, 0, dimension, 3e4f);
        }
        if (rogue) {
            for (int i = 0; i < rows; i++) {
                values[i * dimension] = i % 2 == 0 ? 1e3f : -1e3f;
            }
        }
        try (RowBlocks blocks = read(values, dimension, spherical)) {
            check(blocks, Math.min(wanted, rows), spherical, rounded, 9, new Random(seed));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "6000, 24, 150, 0.4, 300, false, false",
        "6000, 24, 150, 0.4, 300, true, true",
        "5000, 40, 1, 1, 64, false, false",
        "5000, 40, 1, 1, 64, false, true",
        "6000, 12, 150, 0.4, 1100, false, true",
    })
    void assign_manyRows_isThatOfComparingEverything(
            int rows, int dimension, int planted, double spread, int clusters, boolean spherical, boolean rounded) {
        float[] values =
                Planted.gaussian(rows, dimension, planted, spread, rows).values();
        try (RowBlocks blocks = read(values, dimension, spherical)) {
            check(blocks, clusters, spherical, rounded, 15, new Random(1));
        }
    }

    /** Windows of unequal length, in the same memory, rounded again each time. */
    @Test
    void assign_roundedRowsThatAreReadAgain_isThatOfRowsInMemory() {
        int count = StreamedRows.WINDOW + 700;
        int dimension = 8;
        int clusters = 64;
        Embeddings embeddings =
                Embeddings.of(Planted.gaussian(count, dimension, 40, 0.4, 3).values(), dimension);
        float[] origin = new float[dimension];
        double[] reach = new double[dimension];
        Arrays.fill(reach, 100);
        Distance distance = Distance.euclidean();
        try (RowBlocks blocks =
                        RowBlocks.read(embeddings, IntStream.range(0, count).toArray());
                StreamedRows streamed = new StreamedRows(embeddings, i -> i, count, distance, origin);
                Floats first = Floats.allocate(clusters, dimension);
                Floats second = Floats.allocate(clusters, dimension)) {
            blocks.prepare(distance, origin);
            first.copy(0, blocks.block(0), 0, clusters * dimension);
            second.copy(0, first, 0, clusters * dimension);
            EmptyClusterPolicy policy = EmptyClusterPolicy.drop();
            try (Lloyd inMemory = new Lloyd(blocks, reach, first, distance, policy, true);
                    Lloyd again = new Lloyd(streamed, reach, second, distance, policy, true)) {
                for (int iteration = 1; iteration <= 6; iteration++) {
                    inMemory.iterate(iteration, new Seed(1).stream("test", iteration));
                    again.iterate(iteration, new Seed(1).stream("test", iteration));
                    assertThat(again.assignment()).isEqualTo(inMemory.assignment());
                }
                assertThat(second.toArray()).isEqualTo(first.toArray());
            }
        }
    }

    private static RowBlocks read(float[] values, int dimension, boolean spherical) {
        Distance distance = spherical ? Distance.spherical() : Distance.euclidean();
        int[] all = IntStream.range(0, values.length / dimension).toArray();
        RowBlocks blocks = RowBlocks.read(Embeddings.of(values, dimension), all);
        blocks.prepare(distance, distance.origin(RowBlocks.extent(blocks).mean));
        return blocks;
    }

    private static void check(
            RowBlocks blocks, int clusters, boolean spherical, boolean rounded, int iterations, Random random) {
        Distance distance = spherical ? Distance.spherical() : Distance.euclidean();
        int dimension = blocks.dimension();
        float[] row = new float[dimension];
        try (Floats centres = Floats.allocate(clusters, dimension)) {
            for (int c = 0; c < clusters; c++) {
                blocks.get(random.nextInt(blocks.rows()), row);
                centres.set(c * dimension, row, 0, dimension);
            }
            try (Lloyd lloyd = new Lloyd(
                    blocks,
                    RowBlocks.extent(blocks).largest,
                    centres,
                    distance,
                    EmptyClusterPolicy.splitBiggest(),
                    rounded)) {
                for (int iteration = 1; iteration <= iterations; iteration++) {
                    float[] before = centres.toArray();
                    lloyd.iterate(iteration, new Seed(1).stream("test", iteration));
                    assertThat(lloyd.assignment())
                            .as("iteration %s", iteration)
                            .isEqualTo(nearest(blocks, before, distance));
                }
            }
        }
    }

    /** All centres, each score alone and in double precision. */
    private static int[] nearest(RowBlocks rows, float[] centres, Distance distance) {
        int count = centres.length / rows.dimension();
        int[] result = new int[rows.rows()];
        float[] row = new float[rows.dimension()];
        try (Floats values = Floats.of(centres);
                NearestCentres nearest = new NearestCentres(values, count, distance, false)) {
            for (int i = 0; i < result.length; i++) {
                rows.get(i, row);
                double best = nearest.score(row, 0);
                for (int c = 1; c < count; c++) {
                    double score = nearest.score(row, c);
                    if (score > best) {
                        best = score;
                        result[i] = c;
                    }
                }
            }
        }
        return result;
    }

    @Test
    void assign_centresComeToRest_takesFewProducts() {
        int rows = 12_800;
        int clusters = 128;
        float[] values = Planted.gaussian(rows, 16, 64, 0.3, 5).values();
        try (RowBlocks blocks = read(values, 16, false);
                Floats centres = Floats.of(Arrays.copyOf(values, clusters * 16));
                Lloyd lloyd = new Lloyd(
                        blocks,
                        RowBlocks.extent(blocks).largest,
                        centres,
                        Distance.euclidean(),
                        EmptyClusterPolicy.drop())) {
            for (int iteration = 1; iteration <= 30; iteration++) {
                lloyd.iterate(iteration, new Seed(1).stream("test", iteration));
            }
            assertThat(lloyd.compared()).isLessThan(12L * rows * clusters);
        }
    }
}
