// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Floats;
import org.jspecify.annotations.Nullable;

/** Rows that may become the next centre in {@link KMeansPlusPlus}. Close it. */
final class Candidates implements AutoCloseable {
    private final Floats values;
    final @Nullable QuantizedVectors rounded;
    /** As they are multiplied. */
    final Vectors multiplied;

    final float[][] vectors;
    final double[] squares;
    private final QuantizedVectors.Pen pen;

    Candidates(int count, int dimension, boolean rounded) {
        this.values = Floats.allocate(count, dimension);
        this.rounded = rounded ? new QuantizedVectors(count, dimension) : null;
        this.multiplied = Vectors.view(values, this.rounded, dimension);
        this.vectors = new float[count][dimension];
        this.squares = new double[count];
        this.pen = new QuantizedVectors.Pen(dimension);
    }

    void set(int candidate, RowBlocks rows, int row) {
        float[] vector = vectors[candidate];
        rows.get(row, vector);
        squares[candidate] = rows.square(row);
        values.set(candidate * vector.length, vector, 0, vector.length);
        if (rounded != null) {
            rounded.set(candidate, vector, squares[candidate], pen);
        }
    }

    @Override
    public void close() {
        values.close();
        if (rounded != null) {
            rounded.close();
        }
    }
}
