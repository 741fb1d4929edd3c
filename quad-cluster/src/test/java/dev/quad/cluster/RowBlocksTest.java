// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Embeddings;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowBlocksTest {

    /** A shuffle has few long cycles, which are cut; exchanged neighbours have many short ones. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 511, 513, 7000})
    void arrange_againAndAgain_movesRowsButKeepsTheirNumbers(int rows) {
        float[] values = new float[rows * 3];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        int[] exchanged =
                IntStream.range(0, rows).map(i -> Math.min(rows - 1, i ^ 1)).toArray();
        if (rows % 2 == 1) {
            exchanged[rows - 1] = rows - 1;
        }
        int[] reversed = IntStream.range(0, rows).map(i -> rows - 1 - i).toArray();
        try (RowBlocks blocks = RowBlocks.read(
                Embeddings.of(values, 3), IntStream.range(0, rows).toArray())) {
            for (int[] order : List.of(shuffled(rows, 1), exchanged, shuffled(rows, 2), reversed)) {
                blocks.arrange(order);
                float[] row = new float[3];
                for (int place = 0; place < rows; place++) {
                    blocks.getAt(place, row);
                    assertThat(row).startsWith(3f * order[place]);
                    blocks.get(place, row);
                    assertThat(row).containsExactly(3 * place, 3 * place + 1, 3 * place + 2);
                }
            }
        }
    }

    private static int[] shuffled(int rows, int seed) {
        List<Integer> order = IntStream.range(0, rows).boxed().collect(Collectors.toList());
        Collections.shuffle(order, new Random(seed));
        return order.stream().mapToInt(Integer::intValue).toArray();
    }
}
