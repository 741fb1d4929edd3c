// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.nio.FloatBuffer;
import java.util.Objects;

/** {@link Embeddings} over an array in memory. */
final class ArrayEmbeddings implements Embeddings {
    private final float[] values;
    private final int dimension;

    ArrayEmbeddings(float[] values, int dimension) {
        Objects.requireNonNull(values, "the values of the embeddings are null");
        if (dimension < 1 || values.length % dimension != 0) {
            throw new IllegalArgumentException("dimension " + dimension + " does not divide " + values.length
                    + " values; rows × dimension values are needed, with a dimension of 1 or more");
        }
        this.values = values;
        this.dimension = dimension;
    }

    @Override
    public int rows() {
        return values.length / dimension;
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public void read(int firstRow, int rowCount, FloatBuffer target) {
        Rows.require(this, firstRow, rowCount, target);
        target.put(values, firstRow * dimension, rowCount * dimension);
    }

    @Override
    public String toString() {
        return "embeddings of " + rows() + " rows in " + dimension() + " dimensions";
    }
}
