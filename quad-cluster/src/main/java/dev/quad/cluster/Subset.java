// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.Embeddings;
import java.nio.FloatBuffer;
import java.util.function.IntUnaryOperator;

/** Some rows of a matrix, in ascending order. */
final class Subset implements Embeddings {
    private final Embeddings all;
    private final int rows;
    private final IntUnaryOperator number;

    Subset(Embeddings all, int rows, IntUnaryOperator number) {
        this.all = all;
        this.rows = rows;
        this.number = number;
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int dimension() {
        return all.dimension();
    }

    @Override
    public void read(int firstRow, int rowCount, FloatBuffer target) {
        int done = 0;
        while (done < rowCount) {
            int first = number.applyAsInt(firstRow + done);
            int run = 1;
            while (done + run < rowCount && number.applyAsInt(firstRow + done + run) == first + run) {
                run++;
            }
            all.readFully(first, run, target);
            done += run;
        }
    }
}
