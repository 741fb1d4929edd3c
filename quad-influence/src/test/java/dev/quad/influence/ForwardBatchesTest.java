// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Items of which little has a label fill a batch by what goes through the model. */
class ForwardBatchesTest {

    /** Each item is as many rows as it says, one of them with a label. */
    private static final class Masked extends LinearModel {
        final List<List<Integer>> batches = new ArrayList<>();

        @Override
        public int tokens(Integer item) {
            return 1;
        }

        @Override
        public int rows(Integer item) {
            return item;
        }

        @Override
        BatchLosses losses(List<? extends Integer> batch, double step) {
            batches.add(List.copyOf(batch));
            return new BatchLosses(
                    batch.stream().mapToDouble(item -> item * step).toArray(),
                    batch.stream().mapToInt(item -> 1).toArray());
        }
    }

    @Test
    void batches_areBoundedByRows() {
        Masked model = new Masked();
        List<Integer> items = List.of(3, 6, 1, 4, 20, 5);
        ReferenceDirection.Builder along = ReferenceDirection.builder(new RowSource());
        for (LayerShape layer : RowSource.LAYERS) {
            double[] ones = new double[layer.weights()];
            Arrays.fill(ones, 1);
            along.layer(layer.name(), ones);
        }
        try (ReferenceDirection direction = along.build();
                ForwardInfluence<Integer> forward = ForwardInfluence.calibrate(model, direction, items, 10)) {
            model.batches.clear();
            forward.score(items);
        }

        assertThat(model.batches)
                .containsExactly(
                        List.of(3, 6, 1),
                        List.of(3, 6, 1),
                        List.of(4),
                        List.of(4),
                        List.of(20),
                        List.of(20),
                        List.of(5),
                        List.of(5));
    }
}
