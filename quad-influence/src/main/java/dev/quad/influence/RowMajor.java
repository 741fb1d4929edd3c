// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.NumericalException;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;

/** Matrices that people have as arrays, row after row in a new array; of the size that is needed, and finite. */
final class RowMajor {
    private RowMajor() {}

    /** A copy. */
    static double[] of(String what, double[] values, int rows, int columns) {
        return checked(what, values, rows, columns).clone();
    }

    /**
     * The array itself.
     *
     * @param what the matrix is, for messages
     */
    static double[] checked(String what, double[] values, int rows, int columns) {
        Objects.requireNonNull(values, () -> what + " is null");
        if (values.length != (long) rows * columns) {
            throw new IllegalArgumentException(what + " has " + values.length + " values; " + rows + " × " + columns
                    + " are needed, row after row");
        }
        for (int i = 0; i < values.length; i++) {
            if (!Double.isFinite(values[i])) {
                throw new NumericalException(what + " has " + values[i] + " in row " + i / columns + ", column "
                        + i % columns + "; all must be finite");
            }
        }
        return values;
    }

    static double[] of(String what, double[][] values, int rows, int columns) {
        Objects.requireNonNull(values, () -> what + " is null");
        requireRows(what, values.length, rows, columns);
        double[] result = new double[Math.multiplyExact(rows, columns)];
        for (int i = 0; i < rows; i++) {
            requireColumns(what, i, values[i] == null ? -1 : values[i].length, rows, columns);
            System.arraycopy(values[i], 0, result, i * columns, columns);
        }
        return checked(what, result, rows, columns);
    }

    static double[] of(String what, float[][] values, int rows, int columns) {
        Objects.requireNonNull(values, () -> what + " is null");
        requireRows(what, values.length, rows, columns);
        double[] result = new double[Math.multiplyExact(rows, columns)];
        for (int i = 0; i < rows; i++) {
            requireColumns(what, i, values[i] == null ? -1 : values[i].length, rows, columns);
            for (int j = 0; j < columns; j++) {
                result[i * columns + j] = values[i][j];
            }
        }
        return checked(what, result, rows, columns);
    }

    private static void requireRows(String what, int found, int rows, int columns) {
        if (found != rows) {
            throw new IllegalArgumentException(
                    what + " has " + found + " rows; " + rows + " × " + columns + " values are needed");
        }
    }

    private static void requireColumns(String what, int row, int found, int rows, int columns) {
        if (found != columns) {
            throw new IllegalArgumentException(what + " has " + (found < 0 ? "null" : found + " values") + " in row "
                    + row + "; " + rows + " × " + columns + " values are needed");
        }
    }

    /** The other way, one array a row. */
    static double[][] rows(double[] values, int columns) {
        return IntStream.range(0, values.length / columns)
                .mapToObj(i -> Arrays.copyOfRange(values, i * columns, (i + 1) * columns))
                .toArray(double[][]::new);
    }

    static float[][] floatRows(double[] values, int columns) {
        float[][] result = new float[values.length / columns][columns];
        for (int i = 0; i < values.length; i++) {
            result[i / columns][i % columns] = (float) values[i];
        }
        return result;
    }
}
