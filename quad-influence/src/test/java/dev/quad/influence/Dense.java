// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.Seed;
import java.util.random.RandomGenerator;

/** Matrices in plain loops and double precision, row-major: what the fast code is held against. */
final class Dense {
    private Dense() {}

    static double[] gaussian(long seed, String purpose, int count) {
        RandomGenerator random = new Seed(seed).stream(purpose);
        double[] result = new double[count];
        for (int i = 0; i < count; i++) {
            result[i] = random.nextGaussian();
        }
        return result;
    }

    /** {@code 1/rows · XᵀX} of {@code rows × n}. */
    static double[] covariance(double[] x, int rows, int n) {
        double[] result = new double[n * n];
        for (int t = 0; t < rows; t++) {
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    result[i * n + j] += x[t * n + i] * x[t * n + j] / rows;
                }
            }
        }
        return result;
    }

    /** {@code G ⊗ A} of {@code o × o} and {@code i × i}. */
    static double[] kron(double[] g, int o, double[] a, int i) {
        int n = o * i;
        double[] result = new double[n * n];
        for (int row = 0; row < n; row++) {
            for (int column = 0; column < n; column++) {
                result[row * n + column] = g[(row / i) * o + column / i] * a[(row % i) * i + column % i];
            }
        }
        return result;
    }

    static double[] plusDiagonal(double[] matrix, int n, double value) {
        double[] result = matrix.clone();
        for (int i = 0; i < n; i++) {
            result[i * n + i] += value;
        }
        return result;
    }

    static double trace(double[] matrix, int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += matrix[i * n + i];
        }
        return sum;
    }

    /** {@code log det} of a positive matrix, by elimination. */
    static double logDeterminant(double[] matrix, int n) {
        double[] m = matrix.clone();
        double sum = 0;
        for (int k = 0; k < n; k++) {
            sum += Math.log(m[k * n + k]);
            for (int row = k + 1; row < n; row++) {
                double factor = m[row * n + k] / m[k * n + k];
                for (int j = k; j < n; j++) {
                    m[row * n + j] -= factor * m[k * n + j];
                }
            }
        }
        return sum;
    }

    /** {@code M⁻¹ b} by elimination with row pivots. */
    static double[] solve(double[] matrix, double[] b) {
        int n = b.length;
        double[] m = matrix.clone();
        double[] x = b.clone();
        for (int column = 0; column < n; column++) {
            int pivot = column;
            for (int row = column + 1; row < n; row++) {
                if (Math.abs(m[row * n + column]) > Math.abs(m[pivot * n + column])) {
                    pivot = row;
                }
            }
            for (int j = 0; j < n; j++) {
                double swapped = m[pivot * n + j];
                m[pivot * n + j] = m[column * n + j];
                m[column * n + j] = swapped;
            }
            double swapped = x[pivot];
            x[pivot] = x[column];
            x[column] = swapped;
            for (int row = column + 1; row < n; row++) {
                double factor = m[row * n + column] / m[column * n + column];
                for (int j = column; j < n; j++) {
                    m[row * n + j] -= factor * m[column * n + j];
                }
                x[row] -= factor * x[column];
            }
        }
        for (int row = n - 1; row >= 0; row--) {
            for (int j = row + 1; j < n; j++) {
                x[row] -= m[row * n + j] * x[j];
            }
            x[row] /= m[row * n + row];
        }
        return x;
    }

    /** {@code sum += weight·x xᵀ}. */
    static void addOuter(double[] sum, double weight, double[] x) {
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < x.length; j++) {
                sum[i * x.length + j] += weight * x[i] * x[j];
            }
        }
    }

    /** {@code A B} of two square matrices, or a square one and a column. */
    static double[] product(double[] a, double[] b, int n) {
        int columns = b.length / n;
        double[] result = new double[n * columns];
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < n; k++) {
                for (int j = 0; j < columns; j++) {
                    result[i * columns + j] += a[i * n + k] * b[k * columns + j];
                }
            }
        }
        return result;
    }

    static double[] transposed(double[] a, int n) {
        double[] result = new double[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                result[j * n + i] = a[i * n + j];
            }
        }
        return result;
    }

    /** A random orthogonal matrix, {@code n × n}: Gram and Schmidt on normal columns. */
    static double[] orthogonal(long seed, String name, int n) {
        double[] q = gaussian(seed, name, n * n);
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < i; k++) {
                double dot = 0;
                for (int j = 0; j < n; j++) {
                    dot += q[i * n + j] * q[k * n + j];
                }
                for (int j = 0; j < n; j++) {
                    q[i * n + j] -= dot * q[k * n + j];
                }
            }
            double norm = 0;
            for (int j = 0; j < n; j++) {
                norm += q[i * n + j] * q[i * n + j];
            }
            for (int j = 0; j < n; j++) {
                q[i * n + j] /= Math.sqrt(norm);
            }
        }
        return q;
    }

    /** {@code M⁻¹}, column by column. */
    static double[] inverse(double[] matrix, int n) {
        double[] result = new double[n * n];
        for (int column = 0; column < n; column++) {
            double[] unit = new double[n];
            unit[column] = 1;
            double[] solved = solve(matrix, unit);
            for (int row = 0; row < n; row++) {
                result[row * n + column] = solved[row];
            }
        }
        return result;
    }

    static double dot(double[] x, double[] y) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += x[i] * y[i];
        }
        return sum;
    }

    static double norm(double[] x) {
        return Math.sqrt(dot(x, x));
    }

    static double largest(double[] x) {
        double largest = 0;
        for (double value : x) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    /** The largest difference between two arrays of one length; NaN if there is any. */
    static double distance(double[] x, double[] y) {
        if (x.length != y.length) {
            throw new IllegalArgumentException(x.length + " values beside " + y.length);
        }
        double largest = 0;
        for (int i = 0; i < x.length; i++) {
            largest = Math.max(largest, Math.abs(x[i] - y[i]));
        }
        return largest;
    }

    static double[] scaled(double[] x, double factor) {
        double[] result = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            result[i] = x[i] * factor;
        }
        return result;
    }

    static double[] sum(double[] x, double[] y) {
        double[] result = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            result[i] = x[i] + y[i];
        }
        return result;
    }

    static float[] floats(double[] x) {
        float[] result = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            result[i] = (float) x[i];
        }
        return result;
    }

    static double[] doubles(float[] x) {
        double[] result = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            result[i] = x[i];
        }
        return result;
    }
}
