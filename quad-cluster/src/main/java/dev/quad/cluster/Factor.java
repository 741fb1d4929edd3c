// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster;

import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Int8;
import dev.quad.linalg.Workers;
import org.jspecify.annotations.Nullable;

/**
 * Centres as they are multiplied with rows: in single precision, or rounded to eight bits, which is four times as fast
 * where {@link Int8#isFast}. A product with a rounded row reads as {@code zero + x·c / (row's step · unit)}; see
 * {@link Rounded} for what it can be wrong by. Close it.
 */
abstract sealed class Factor implements AutoCloseable {
    /** With fewer centres, rounding a row takes as long as it saves. */
    private static final int FEWEST = 64;
    /** With fewer products, loading the library takes longer than it saves. */
    private static final double LEAST_WORK = 1e9;
    /** Centres that are rounded at once. */
    private static final int PIECE = 64;

    /** Whether so many rows are best rounded to be compared with so many centres. */
    static boolean rounds(int rows, int centres, int dimension) {
        return centres >= FEWEST && (double) rows * centres * dimension >= LEAST_WORK && Int8.isFast();
    }

    /** These centres, which are not copied and not closed with it. */
    static Factor single(Floats centres, int dimension) {
        return new Single(centres, dimension, false);
    }

    /** These vectors, which are not copied and not closed with it, in eight bits where they are rounded. */
    static Factor view(Floats vectors, @Nullable Rounded rounded, int dimension) {
        return rounded == null ? new Single(vectors, dimension, false) : new Eight(rounded, dimension, false);
    }

    /** A copy of these centres. */
    static Factor rounded(float[] centres, int dimension) {
        int count = centres.length / dimension;
        Rounded result = new Rounded(count, dimension);
        Workers.forBlocks(count, PIECE, (from, length) -> {
            Rounded.Pen pen = new Rounded.Pen(dimension);
            float[] centre = new float[dimension];
            for (int c = from; c < from + length; c++) {
                System.arraycopy(centres, c * dimension, centre, 0, dimension);
                result.set(c, centre, Distance.squaredNorm(centre), pen);
            }
        });
        return new Eight(result, dimension, true);
    }

    /** Room for so many centres in single precision. */
    static Factor single(int count, int dimension) {
        return new Single(Floats.scratch(Math.multiplyExact(count, dimension)), dimension, true);
    }

    /** Room for so many rounded centres. */
    static Factor rounded(int count, int dimension) {
        return new Eight(new Rounded(count, dimension), dimension, true);
    }

    /** Room for so many centres of the same kind. */
    abstract Factor room(int count);

    /** Takes a centre of another of the same kind. */
    abstract void copy(int at, Factor source, int sourceAt);

    /**
     * Multiplies.
     *
     * @param rows rows that lie one after another
     * @param rounded the same rows; null for single precision
     * @param product receives {@code count × width} products from element {@code to} on
     */
    abstract void multiply(
            Floats rows,
            @Nullable Rounded rounded,
            int row,
            int count,
            int first,
            int width,
            Floats product,
            int to,
            int stride);

    /** What a product of zero reads as. */
    abstract float zero();

    /** What a product counts, but for the row's step. */
    abstract float unit(int centre);

    /** What products with rows can be wrong by, of which {@code length} and {@code error} bound those of {@link Rounded}. */
    abstract double doubt(int centre, double length, double error);

    @Override
    public abstract void close();

    private static final class Single extends Factor {
        private final Floats centres;
        private final int dimension;
        private final boolean owned;

        Single(Floats centres, int dimension, boolean owned) {
            this.centres = centres;
            this.dimension = dimension;
            this.owned = owned;
        }

        @Override
        Factor room(int count) {
            return single(count, dimension);
        }

        @Override
        void copy(int at, Factor source, int sourceAt) {
            centres.copy(at * dimension, ((Single) source).centres, sourceAt * dimension, dimension);
        }

        @Override
        void multiply(
                Floats rows,
                @Nullable Rounded rounded,
                int row,
                int count,
                int first,
                int width,
                Floats product,
                int to,
                int stride) {
            Blas.gemm(
                    false,
                    true,
                    count,
                    width,
                    dimension,
                    1,
                    rows,
                    row * dimension,
                    dimension,
                    centres,
                    first * dimension,
                    dimension,
                    0,
                    product,
                    to,
                    stride);
        }

        @Override
        float zero() {
            return 0;
        }

        @Override
        float unit(int centre) {
            return 1;
        }

        @Override
        double doubt(int centre, double length, double error) {
            return 0;
        }

        @Override
        public void close() {
            if (owned) {
                centres.close();
            }
        }
    }

    private static final class Eight extends Factor {
        private final Rounded centres;
        private final int dimension;
        private final boolean owned;

        Eight(Rounded centres, int dimension, boolean owned) {
            this.centres = centres;
            this.dimension = dimension;
            this.owned = owned;
        }

        @Override
        Factor room(int count) {
            return rounded(count, dimension);
        }

        @Override
        void copy(int at, Factor source, int sourceAt) {
            centres.copy(at, ((Eight) source).centres, sourceAt);
        }

        @Override
        void multiply(
                Floats rows,
                @Nullable Rounded rounded,
                int row,
                int count,
                int first,
                int width,
                Floats product,
                int to,
                int stride) {
            Int8.gemm(
                    count,
                    width,
                    dimension,
                    java.util.Objects.requireNonNull(rounded).values,
                    row * dimension,
                    dimension,
                    centres.values,
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
        float unit(int centre) {
            return centres.step[centre];
        }

        @Override
        double doubt(int centre, double length, double error) {
            return length * centres.error[centre] + error * centres.length[centre];
        }

        @Override
        public void close() {
            if (owned) {
                centres.close();
            }
        }
    }
}
