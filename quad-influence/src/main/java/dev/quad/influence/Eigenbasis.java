// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Precision;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Matrix;
import dev.quad.linalg.Reals;
import dev.quad.linalg.SymmetricEigen;
import dev.quad.linalg.Workers;
import org.jspecify.annotations.Nullable;

/**
 * The basis in which a layer's curvature is diagonal: {@code R = Q_Gᵀ V Q_A} and back {@code V = Q_G R Q_Aᵀ}, for V of
 * {@code outputs × columns}. Either side may be missing, which stands for the identity. Columns of Q are eigenvectors.
 * Safe for use by several threads. Owns native memory: close it.
 */
final class Eigenbasis implements AutoCloseable {
    /** Token rows of a task. */
    private static final int TOKENS = 256;

    private final int outputs;
    private final int columns;
    private final @Nullable Reals left; // Q_Gᵀ: eigenvectors are rows
    private final @Nullable Reals right; // Q_Aᵀ

    /** Whether a side is rotated, and by what. */
    Eigenbasis(
            Precision precision,
            int outputs,
            int columns,
            @Nullable SymmetricEigen outputSide,
            @Nullable SymmetricEigen inputSide) {
        this.outputs = outputs;
        this.columns = columns;
        this.left = outputSide == null ? null : outputSide.rows(precision);
        this.right = inputSide == null ? null : inputSide.rows(precision);
    }

    /** Works on finished rows of a result, in the order of blocks that come free. */
    @FunctionalInterface
    interface RowWork {
        void accept(Reals matrix, int from, int rows);
    }

    /** {@code Q_Gᵀ V Q_A} in new memory; {@code then} sees each block of rows while it is warm. */
    Reals rotate(Reals v, RowWork then) {
        Reals result = scratch(v);
        try (Reals half = scratch(v)) {
            Reals turned = right == null ? result : half;
            Workers.forBlocks(outputs, block(), (from, rows) -> {
                turnRows(v, turned, true, from, rows);
                turnColumns(turned, result, false, from, rows);
                then.accept(result, from, rows);
            });
        }
        return result;
    }

    /** {@code Q_G R Q_Aᵀ} in the place of R. */
    void back(Reals r) {
        try (Reals half = scratch(r)) {
            Workers.forBlocks(outputs, block(), (from, rows) -> {
                if (right == null) {
                    half.copy(from * columns, r, from * columns, rows * columns);
                } else {
                    turnColumns(r, half, true, from, rows);
                }
            });
            Workers.forBlocks(outputs, block(), (from, rows) -> turnRows(half, r, false, from, rows));
        }
    }

    /** For what a rotation writes whole. */
    private Reals scratch(Reals like) {
        return Reals.scratch(like.precision(), outputs * columns);
    }

    /** Rows of a task: four tasks, since each reads the whole of the other factor. */
    private int block() {
        return Math.max(64, (outputs + 3) / 4);
    }

    /** Rows {@code from …} of op(Q_G)·source. */
    private void turnRows(Reals source, Reals target, boolean transposed, int from, int rows) {
        if (left == null) {
            target.copy(from * columns, source, from * columns, rows * columns);
        } else {
            Matrix q = Matrix.of(left, outputs, outputs);
            Blas.multiply(
                    1, (transposed ? q : q.transposed()).rows(from, rows), matrix(source), 0, rows(target, from, rows));
        }
    }

    /** Rows {@code from …} of source·op(Q_A). */
    private void turnColumns(Reals source, Reals target, boolean transposed, int from, int rows) {
        if (right != null) {
            Matrix q = Matrix.of(right, columns, columns);
            Blas.multiply(1, rows(source, from, rows), transposed ? q : q.transposed(), 0, rows(target, from, rows));
        }
    }

    private Matrix matrix(Reals v) {
        return Matrix.of(v, outputs, columns);
    }

    private Matrix rows(Reals v, int from, int count) {
        return matrix(v).rows(from, count);
    }

    /**
     * Token rows turned: {@code X·Q_A} where {@code inputs}, else {@code Δ·Q_G}; the same memory where there is no
     * turn.
     */
    Reals tokens(Reals rows, int count, boolean inputs) {
        Reals vectors = inputs ? right : left;
        if (vectors == null) {
            return rows;
        }
        int width = inputs ? columns : outputs;
        Reals turned = Reals.scratch(rows.precision(), Math.multiplyExact(count, width));
        Matrix all = Matrix.of(rows, count, width);
        Matrix q = Matrix.of(vectors, width, width).transposed();
        Matrix result = Matrix.of(turned, count, width);
        Workers.forBlocks(
                count, TOKENS, (from, some) -> Blas.multiply(1, all.rows(from, some), q, 0, result.rows(from, some)));
        return turned;
    }

    @Override
    public void close() {
        if (left != null) {
            left.close();
        }
        if (right != null) {
            right.close();
        }
    }
}
