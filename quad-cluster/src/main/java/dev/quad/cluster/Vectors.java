// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Int8;
import dev.quad.linalg.Matrix;
import dev.quad.linalg.Workers;
import org.jspecify.annotations.Nullable;

/**
 * Rows or centres as they are multiplied with each other: in single precision, or rounded to eight bits, which is four
 * times as fast where {@link Int8#isFast}. A product reads as {@code zero + x·c / (unit of x · unit of c)}; see
 * {@link QuantizedVectors} for what it can be wrong by. Close it.
 */
abstract sealed class Vectors implements AutoCloseable {
    /** With fewer centres, rounding a row takes as long as it saves. */
    private static final int FEWEST = 64;
    /** With fewer products, loading the library takes longer than it saves. */
    private static final double LEAST_WORK = 1e9;
    /** Centres that are rounded at once. */
    private static final int PIECE = 64;

    final int dimension;

    private Vectors(int dimension) {
        this.dimension = dimension;
    }

    /** Whether so many rows are best rounded to be compared with so many centres. */
    static boolean rounds(int rows, int centres, int dimension) {
        return centres >= FEWEST && (double) rows * centres * dimension >= LEAST_WORK && Int8.isFast();
    }

    /** These vectors, which are not copied and not closed with it, in eight bits where they are rounded. */
    static Vectors view(Floats vectors, @Nullable QuantizedVectors rounded, int dimension) {
        return rounded == null ? new Single(vectors, dimension, false) : new Eight(rounded, dimension, false);
    }

    /** A copy of these centres. */
    static Vectors rounded(float[] centres, int dimension) {
        int count = centres.length / dimension;
        QuantizedVectors result = new QuantizedVectors(count, dimension);
        Workers.forBlocks(count, PIECE, (from, length) -> {
            QuantizedVectors.Pen pen = new QuantizedVectors.Pen(dimension);
            float[] centre = new float[dimension];
            for (int c = from; c < from + length; c++) {
                System.arraycopy(centres, c * dimension, centre, 0, dimension);
                result.set(c, centre, Distance.squaredNorm(centre), pen);
            }
        });
        return new Eight(result, dimension, true);
    }

    /** Room for so many centres in single precision. */
    static Vectors single(int count, int dimension) {
        return new Single(Floats.scratch(Math.multiplyExact(count, dimension)), dimension, true);
    }

    /** Room for so many rounded centres. */
    static Vectors rounded(int count, int dimension) {
        return new Eight(new QuantizedVectors(count, dimension), dimension, true);
    }

    /** Room for so many centres of the same kind. */
    abstract Vectors room(int count);

    /** Takes a centre of another of the same kind. */
    abstract void copy(int at, Vectors source, int sourceAt);

    /**
     * Multiplies rows that lie one after another with vectors of this.
     *
     * @param rows of the same kind
     * @param product receives {@code count × width} products from element {@code to} on
     */
    abstract void multiply(Vectors rows, int row, int count, int first, int width, Floats product, int to, int stride);

    /** What a product of zero reads as. */
    abstract float zero();

    /** What a product counts, together with the unit of the other vector. */
    abstract float unit(int vector);

    /**
     * What products with rows can be wrong by, whose {@link QuantizedVectors} have these bounds of length and error.
     */
    abstract double doubt(int centre, double length, double error);

    @Override
    public abstract void close();

    private static final class Single extends Vectors {
        private final Floats vectors;
        private final boolean owned;

        Single(Floats vectors, int dimension, boolean owned) {
            super(dimension);
            this.vectors = vectors;
            this.owned = owned;
        }

        @Override
        Vectors room(int count) {
            return single(count, dimension);
        }

        @Override
        void copy(int at, Vectors source, int sourceAt) {
            vectors.copy(at * dimension, ((Single) source).vectors, sourceAt * dimension, dimension);
        }

        @Override
        void multiply(Vectors rows, int row, int count, int first, int width, Floats product, int to, int stride) {
            Blas.multiply(
                    1,
                    Matrix.of(((Single) rows).vectors, row * dimension, count, dimension, dimension),
                    Matrix.of(vectors, first * dimension, width, dimension, dimension)
                            .transposed(),
                    0,
                    Matrix.of(product, to, count, width, stride));
        }

        @Override
        float zero() {
            return 0;
        }

        @Override
        float unit(int vector) {
            return 1;
        }

        @Override
        double doubt(int vector, double length, double error) {
            return 0;
        }

        @Override
        public void close() {
            if (owned) {
                vectors.close();
            }
        }
    }

    private static final class Eight extends Vectors {
        private final QuantizedVectors vectors;
        private final boolean owned;

        Eight(QuantizedVectors vectors, int dimension, boolean owned) {
            super(dimension);
            this.vectors = vectors;
            this.owned = owned;
        }

        @Override
        Vectors room(int count) {
            return rounded(count, dimension);
        }

        @Override
        void copy(int at, Vectors source, int sourceAt) {
            vectors.copy(at, ((Eight) source).vectors, sourceAt);
        }

        @Override
        void multiply(Vectors rows, int row, int count, int first, int width, Floats product, int to, int stride) {
            Int8.gemm(
                    count,
                    width,
                    dimension,
                    ((Eight) rows).vectors.values,
                    row * dimension,
                    dimension,
                    vectors.values,
                    first * dimension,
                    dimension,
                    product,
                    to,
                    stride);
        }

        @Override
        float zero() {
            return Int8.ZERO;
        }

        @Override
        float unit(int vector) {
            return vectors.step[vector];
        }

        @Override
        double doubt(int vector, double length, double error) {
            return length * vectors.error[vector] + error * vectors.length[vector];
        }

        @Override
        public void close() {
            if (owned) {
                vectors.close();
            }
        }
    }
}
