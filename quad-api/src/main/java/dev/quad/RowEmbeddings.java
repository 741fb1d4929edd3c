// SPDX-License-Identifier: Apache-2.0
package dev.quad;

import java.nio.FloatBuffer;
import java.util.Objects;
import java.util.function.IntFunction;

/** {@link Embeddings} over an array for each row. */
final class RowEmbeddings implements Embeddings {
    private final float[][] rows;

    RowEmbeddings(float[][] rows) {
        Objects.requireNonNull(rows, "the rows of the embeddings are null");
        if (rows.length == 0) {
            throw new IllegalArgumentException(
                    "there are no rows, so that their dimension is not known; give one row or"
                            + " more, or Embeddings.of(new float[0], dimension)");
        }
        for (int i = 0; i < rows.length; i++) {
            Objects.requireNonNull(rows[i], "row " + i + " of the embeddings is null");
            if (rows[i].length == 0 || rows[i].length != rows[0].length) {
                throw new IllegalArgumentException("row " + i + " of the embeddings has " + rows[i].length
                        + " values and row 0 has " + rows[0].length + "; allowed is one length of 1 or more");
            }
        }
        this.rows = rows;
    }

    /**
     * In single precision.
     *
     * @param what the rows are, for messages
     */
    static float[][] rounded(String what, double[][] rows) {
        Objects.requireNonNull(rows, () -> what + " are null");
        float[][] result = new float[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            int row = i;
            Objects.requireNonNull(rows[i], () -> "row " + row + " of " + what + " is null");
            result[i] = rounded(what, rows[i], column -> "row " + row + ", column " + column);
        }
        return result;
    }

    static float[] rounded(String what, double[] values, IntFunction<String> place) {
        float[] result = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = (float) values[i];
            if (Float.isInfinite(result[i]) && !Double.isInfinite(values[i])) {
                throw new NumericalException(what + " have " + values[i] + " in " + place.apply(i)
                        + ", too large for single precision; scale them, since only directions or ratios of distances"
                        + " count");
            }
        }
        return result;
    }

    @Override
    public int rows() {
        return rows.length;
    }

    @Override
    public int dimension() {
        return rows[0].length;
    }

    @Override
    public void read(int firstRow, int rowCount, FloatBuffer target) {
        Rows.require(this, firstRow, rowCount, target);
        for (int i = firstRow; i < firstRow + rowCount; i++) {
            target.put(rows[i]);
        }
    }

    @Override
    public String toString() {
        return "embeddings of " + rows() + " rows in " + dimension() + " dimensions";
    }
}
