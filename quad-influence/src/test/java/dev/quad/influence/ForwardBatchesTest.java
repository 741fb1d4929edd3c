// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Items of which little has a label fill a batch by what goes through the model. */
class ForwardBatchesTest {
    private static final List<LayerShape> LAYERS = List.of(new LayerShape("one", 1, 1));

    /** Each item is as many rows as it says, one of them with a label; its loss is linear in the one weight. */
    private record Model(List<List<Integer>> batches) implements DirectionalModel<Integer> {
        @Override
        public List<LayerShape> layers() {
            return LAYERS;
        }

        @Override
        public String fingerprint() {
            return "array source";
        }

        @Override
        public int tokens(Integer item) {
            return 1;
        }

        @Override
        public int rows(Integer item) {
            return item;
        }

        @Override
        public double parameterNorm() {
            return 1;
        }

        @Override
        public Moved<Integer> moved(ReferenceDirection v, double step) {
            return new Moved<>() {
                @Override
                public BatchLosses losses(List<? extends Integer> batch) {
                    batches.add(List.copyOf(batch));
                    return new BatchLosses(
                            batch.stream().mapToDouble(item -> item * step).toArray(),
                            batch.stream().mapToInt(item -> 1).toArray());
                }

                @Override
                public void close() {}
            };
        }
    }

    @Test
    void batches_areBoundedByRows() {
        Model model = new Model(new ArrayList<>());
        List<Integer> items = List.of(3, 6, 1, 4, 20, 5);
        try (ReferenceDirection direction = ReferenceDirection.builder(new ArraySource(LAYERS))
                        .layer("one", new double[] {1})
                        .build();
                ForwardInfluence<Integer> forward = ForwardInfluence.calibrate(model, direction, items, 10)) {
            model.batches().clear();
            forward.score(items);
        }

        assertThat(model.batches())
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
