// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static dev.quad.influence.RowSource.LAYERS;

import java.util.List;

/** A model of the user's with losses that are linear in the step; right unless told otherwise. */
class LinearModel implements DirectionalModel<Integer> {
    @Override
    public List<LayerShape> layers() {
        return LAYERS;
    }

    @Override
    public String fingerprint() {
        return "model";
    }

    @Override
    public int tokens(Integer item) {
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
                return LinearModel.this.losses(batch, step);
            }

            @Override
            public void close() {}
        };
    }

    BatchLosses losses(List<? extends Integer> batch, double step) {
        return new BatchLosses(
                batch.stream().mapToDouble(item -> item * step).toArray(),
                batch.stream().mapToInt(Integer::intValue).toArray());
    }
}
