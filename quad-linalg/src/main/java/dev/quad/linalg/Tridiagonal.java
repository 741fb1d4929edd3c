// SPDX-License-Identifier: Apache-2.0
package dev.quad.linalg;

import dev.quad.Precision;

/**
 * A symmetric matrix as {@code S = H T Hᵀ} with T tridiagonal and H a product of Householder reflectors, in panels as
 * LAPACK's {@code sytrd} (Dongarra, Sorensen and Hammarling, 1989), but cut into tasks by shape, so that several
 * threads help and the bits do not depend on their number.
 *
 * <p>Half of the {@code 4/3·n³} operations are products of the trailing matrix with a vector, bound by memory: a tile
 * of the upper triangle is read once for its two products, {@code y_R += T x_C} and {@code y_C += Tᵀ x_R}. The other
 * half are matrix products, as is the back transformation. Not safe for use by several threads. Owns native memory:
 * close it.
 */
final class Tridiagonal implements AutoCloseable {
    private static final int PANEL = 32;
    private static final int BACK_PANEL = 96;
    private static final int STRIP = 96;
    /** Bytes of a row of a tile: a tile of one strip is read twice, the second time from the processor's own cache. */
    private static final int TILE_BYTES = 8192;

    private static final int UPDATE_ROWS = 128;
    private static final int BACK_ROWS = 384;
    /** Below, the threads would wait for each other longer than they work. */
    private static final int SERIAL = 768;

    private final int n;
    private final int ld; // distance between rows of a, left and right
    private final Reals a; // row-major, upper triangle; row c keeps reflector c from column c + 1 on
    private final double[] diagonal;
    private final double[] beside;
    private final double[] tau;
    private final Reals left; // of a panel: rows v₀ w₀ v₁ w₁ …
    private final Reals right; // rows w₀ v₀ w₁ v₁ …
    private final Reals products;
    private final Reals coefficients;
    private final Reals triangles; // of the blocks of the back transformation

    /**
     * Reduces a matrix, row-major {@code n × n} with {@code ld} from row to row, which is overwritten and the caller's
     * to close. Call from a task of {@link Workers}.
     */
    Tridiagonal(Reals matrix, int n, int ld) {
        this.n = n;
        this.ld = ld;
        this.a = matrix;
        this.diagonal = new double[n];
        this.beside = new double[Math.max(1, n - 1)];
        this.tau = new double[Math.max(1, n - 1)];
        this.left = Reals.allocate(matrix.precision(), 2 * PANEL, ld);
        this.right = Reals.allocate(matrix.precision(), 2 * PANEL, ld);
        this.products = Reals.allocate(matrix.precision(), cuts(n).length - 1, n);
        this.coefficients = Reals.allocate(matrix.precision(), 2 * PANEL);
        this.triangles = Reals.allocate(matrix.precision(), Math.max(1, blocks()), BACK_PANEL * BACK_PANEL);
        try (SpinningWorkers workers = new SpinningWorkers()) {
            for (int first = 0; first < n - 1; first += PANEL) {
                int columns = Math.min(PANEL, n - 1 - first);
                for (int c = first; c < first + columns; c++) {
                    column(c, c - first, workers);
                }
                update(first + columns, 2 * columns, workers);
            }
        }
        diagonal[n - 1] = a.value((n - 1) * ld + n - 1);
    }

    /** T's diagonal. */
    double[] diagonal() {
        return diagonal;
    }

    /** T's other diagonal. */
    double[] beside() {
        return beside;
    }

    /** Column c of T, its reflector v, and the vector w of the panel's update {@code −v wᵀ − w vᵀ}. */
    private void column(int c, int before, SpinningWorkers workers) {
        int rest = n - c - 1;
        int rows = 2 * before;
        if (rows > 0) {
            Blas.gemv(true, rows, rest + 1, -1, left, c, ld, right, c, ld, 1, a, c * ld + c);
        }
        diagonal[c] = a.value(c * ld + c);
        int at = c * ld + c + 1;
        double[] v = new double[rest];
        a.read(at, v, 0, rest);
        reflect(v, c);
        a.write(at, v, 0, rest);
        int vRow = rows * ld + c + 1;
        int wRow = vRow + ld;
        left.copy(vRow, a, at, rest);
        right.copy(wRow, a, at, rest);
        double[] w = new double[rest];
        if (tau[c] != 0) {
            times(c + 1, left, vRow, left, wRow, workers);
            if (rows > 0) {
                Blas.gemv(false, rows, rest, 1, left, c + 1, ld, left, vRow, 1, 0, coefficients, 0);
                Blas.gemv(true, rows, rest, -1, right, c + 1, ld, coefficients, 0, 1, 1, left, wRow);
            }
            left.read(wRow, w, 0, rest);
            double product = 0;
            for (int i = 0; i < rest; i++) {
                w[i] *= tau[c];
                product += w[i] * v[i];
            }
            double shift = tau[c] * product / 2;
            for (int i = 0; i < rest; i++) {
                w[i] -= shift * v[i];
            }
        }
        left.write(wRow, w, 0, rest);
        right.copy(vRow, left, wRow, rest);
    }

    /** Makes of a column the v of {@code I − τ v vᵀ}, v₀ = 1, that leaves only its first element. */
    private void reflect(double[] v, int c) {
        double tail = 0;
        for (int i = 1; i < v.length; i++) {
            tail += v[i] * v[i];
        }
        double first = v[0];
        v[0] = 1;
        beside[c] = first;
        if (tail > 0) {
            double norm = -Math.copySign(Math.sqrt(first * first + tail), first);
            for (int i = 1; i < v.length; i++) {
                v[i] /= first - norm;
            }
            beside[c] = norm;
            tau[c] = (norm - first) / norm;
        }
    }

    /** Rows at which the tasks of a product begin: as many values in each. */
    private static int[] cuts(int size) {
        int tasks = size < SERIAL ? 1 : size < 3 * SERIAL ? 4 : 8;
        int[] cuts = new int[tasks + 1];
        for (int task = 1; task < tasks; task++) {
            cuts[task] = (int) (size * (1 - Math.sqrt(1 - (double) task / tasks)));
        }
        cuts[tasks] = size;
        return cuts;
    }

    /** {@code y = S x} with the trailing matrix from row {@code start} on. */
    private void times(int start, Reals x, int xAt, Reals y, int yAt, SpinningWorkers workers) {
        int size = n - start;
        int[] cuts = cuts(size);
        int tasks = cuts.length - 1;
        if (tasks == 1) {
            Blas.symv(size, a, start * ld + start, ld, x, xAt, 0, y, yAt);
            return;
        }
        workers.run(tasks, task -> {
            int to = task * n;
            products.clear(to + cuts[task], size - cuts[task]);
            for (int row = cuts[task]; row < cuts[task + 1]; row += STRIP) {
                strip(start, row, Math.min(STRIP, cuts[task + 1] - row), x, xAt, to);
            }
        });
        double[] sum = new double[size];
        for (int task = 0; task < tasks; task++) {
            products.addTo(task * n + cuts[task], sum, cuts[task], size - cuts[task]);
        }
        y.write(yAt, sum, 0, size);
    }

    /** Adds what some rows of the upper triangle, and the columns that mirror them, give. */
    private void strip(int start, int row, int rows, Reals x, int xAt, int to) {
        int size = n - start;
        int tile = TILE_BYTES / (a.precision() == Precision.SINGLE ? Float.BYTES : Double.BYTES);
        int at = (start + row) * ld + start;
        Blas.symv(rows, a, at + row, ld, x, xAt + row, 1, products, to + row);
        for (int column = row + rows; column < size; column += tile) {
            int columns = Math.min(tile, size - column);
            Blas.gemv(false, rows, columns, 1, a, at + column, ld, x, xAt + column, 1, 1, products, to + row);
            Blas.gemv(true, rows, columns, 1, a, at + column, ld, x, xAt + row, 1, 1, products, to + column);
        }
    }

    /** {@code S −= Σ v wᵀ + w vᵀ} over the panel, the upper triangle from row {@code start} on. */
    private void update(int start, int rows, SpinningWorkers workers) {
        workers.run((n - start + UPDATE_ROWS - 1) / UPDATE_ROWS, task -> {
            int first = start + task * UPDATE_ROWS;
            int count = Math.min(UPDATE_ROWS, n - first);
            Blas.multiply(
                    -1,
                    Matrix.of(left, first, rows, count, ld).transposed(),
                    Matrix.of(right, first, rows, n - first, ld),
                    1,
                    Matrix.of(a, first * ld + first, count, n - first, ld));
        });
    }

    /** Calls {@code other} and, beside it, prepares {@link #back}, which needs nothing of T. */
    void prepareBack(Runnable other) {
        Workers.forEach(1 + blocks(), task -> {
            if (task == 0) {
                other.run();
            } else {
                triangle(task - 1);
            }
        });
    }

    private int blocks() {
        return (n - 1 + BACK_PANEL - 1) / BACK_PANEL;
    }

    private int reflectors(int block) {
        return Math.min(BACK_PANEL, n - 1 - block * BACK_PANEL);
    }

    /** Turns eigenvectors of T into those of S: rows of {@code z}, as the matrix. After {@link #prepareBack}. */
    void back(Reals z) {
        Workers.forBlocks(n, BACK_ROWS, (from, count) -> {
            try (Reals y = Reals.scratch(a.precision(), 2 * count * BACK_PANEL)) {
                for (int block = blocks() - 1; block >= 0; block--) {
                    int rows = reflectors(block);
                    int first = block * BACK_PANEL;
                    int columns = n - first - 1;
                    Matrix v = Matrix.of(a, first * ld + first + 1, rows, columns, ld);
                    Matrix t = Matrix.of(triangles, first * BACK_PANEL, rows, rows, rows);
                    Matrix part = Matrix.of(z, from * ld + first + 1, count, columns, ld);
                    Matrix once = Matrix.of(y, count, rows);
                    Matrix twice = Matrix.of(y, count * rows, count, rows, rows);
                    Blas.multiply(1, part, v.transposed(), 0, once);
                    Blas.multiply(1, once, t.transposed(), 0, twice);
                    Blas.multiply(-1, twice, v, 1, part);
                }
            }
        });
    }

    /**
     * The triangle T of a block {@code H₀ H₁ … = I − V T Vᵀ}, row-major; completes V, whose rows are those of the
     * matrix, with its zeros.
     */
    private void triangle(int number) {
        int first = number * BACK_PANEL;
        int rows = reflectors(number);
        int v = first * ld + first + 1;
        for (int k = 1; k < rows; k++) {
            a.clear(v + k * ld, k);
        }
        double[] gram = new double[rows * rows];
        try (Reals products = Reals.scratch(a.precision(), rows * rows)) {
            Matrix block = Matrix.of(a, v, rows, n - first - 1, ld);
            Blas.multiply(1, block, block.transposed(), 0, Matrix.of(products, rows, rows));
            products.read(0, gram, 0, gram.length);
        }
        double[] t = new double[rows * rows];
        for (int k = 0; k < rows; k++) {
            double scale = tau[first + k];
            t[k * rows + k] = scale;
            for (int i = 0; i < k; i++) {
                double sum = 0;
                for (int l = i; l < k; l++) {
                    sum += t[i * rows + l] * gram[k * rows + l];
                }
                t[i * rows + k] = -scale * sum;
            }
        }
        triangles.write(first * BACK_PANEL, t, 0, t.length);
    }

    @Override
    public void close() {
        left.close();
        right.close();
        products.close();
        coefficients.close();
        triangles.close();
    }
}
