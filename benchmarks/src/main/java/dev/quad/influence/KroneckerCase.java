// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.NumericalException;
import dev.quad.Precision;
import dev.quad.linalg.Blas;
import dev.quad.linalg.Floats;
import dev.quad.linalg.Matrix;
import dev.quad.linalg.SymmetricEigen;
import java.util.Arrays;
import java.util.Random;
import org.bytedeco.openblas.global.openblas;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@code (G ⊗ A + λI)⁻¹ vec(V)} of one shape with made-up factors, computed in several ways. Close it. */
final class KroneckerCase implements AutoCloseable {
    private static final double RELATIVE_DAMPING = 0.1;

    private final int outputs;
    private final int inputs;
    private final double[] outputFactor;
    private final double[] inputFactor;
    private final double lambda;
    private final float[] values;
    private final Floats v;
    private final Floats outputVectors;
    private final Floats inputVectors;
    private final Floats products;
    private final LayerInverse inverse;
    private final KroneckerCholesky triangles;
    private final double[] outputValues;
    private final double[] inputValues;
    private @Nullable Nd4jCase nd4j;

    private KroneckerCase(int outputs, int inputs) {
        this.outputs = outputs;
        this.inputs = inputs;
        Random random = new Random(1);
        this.outputFactor = factor(outputs, random);
        this.inputFactor = factor(inputs, random);
        SymmetricEigen g = SymmetricEigen.of(outputFactor, outputs, "G");
        SymmetricEigen a = SymmetricEigen.of(inputFactor, inputs, "A");
        this.lambda = RELATIVE_DAMPING * mean(g) * mean(a);
        this.inverse = new LayerInverse(
                LayerCurvature.product(new LayerShape("the case", inputs, outputs), g, a, 1),
                Damping.absolute(lambda),
                Precision.SINGLE);
        this.values = new float[outputs * inputs];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        float[] gVectors = floats(g.vectors());
        float[] aVectors = floats(a.vectors());
        this.v = Floats.of(values);
        this.outputVectors = Floats.of(gVectors);
        this.inputVectors = Floats.of(aVectors);
        this.products = Floats.allocate(2 * outputs, inputs);
        this.triangles = KroneckerCholesky.factored(
                "the case", outputFactor, outputs, inputFactor, inputs, lambda, Precision.SINGLE);
        this.outputValues = g.values();
        this.inputValues = a.values();
    }

    private static double mean(SymmetricEigen factor) {
        return Arrays.stream(factor.values()).average().orElseThrow();
    }

    /**
     * Makes a case.
     *
     * @param shape such as {@code 384x128}: outputs, then inputs
     */
    static KroneckerCase of(String shape) {
        String[] sizes = shape.split("x", -1);
        return new KroneckerCase(Integer.parseInt(sizes[0]), Integer.parseInt(sizes[1]));
    }

    /** Quad's kernel. The caller closes the result. */
    Floats kernel() {
        return (Floats) inverse.solve(v);
    }

    /** The kernel for factored damping, which is another matrix. The caller closes the result. */
    Floats triangles() {
        return (Floats) triangles.solve(v);
    }

    /**
     * Only the four matrix products of the kernel, one call each, on OpenBLAS's own threads; the result means nothing.
     */
    float products() {
        Matrix g = Matrix.of(outputVectors, outputs, outputs);
        Matrix a = Matrix.of(inputVectors, inputs, inputs);
        Matrix first = Matrix.of(products, outputs, inputs);
        Matrix second = Matrix.of(products, outputs * inputs, outputs, inputs, inputs);
        Blas.multiply(1, g.transposed(), Matrix.of(v, outputs, inputs), 0, first);
        Blas.multiply(1, first, a, 0, second);
        Blas.multiply(1, second, a.transposed(), 0, first);
        Blas.multiply(1, g, first, 0, second);
        return products.get(outputs * inputs);
    }

    /** The same formula in ND4J. */
    INDArray nd4j() {
        Nd4jCase work = nd4j;
        if (work == null) {
            float[] grid = grid(outputValues, inputValues, lambda);
            work = new Nd4jCase(outputs, inputs, values, outputVectors.toArray(), inputVectors.toArray(), grid);
            nd4j = work;
        }
        return work.solve();
    }

    /** The whole matrix {@code G ⊗ A + λI}, row-major: {@code (outputs·inputs)²} values. */
    float[] dense() {
        return dense(0, 0, lambda);
    }

    /** {@code (G + √λ/π·I) ⊗ (A + π√λ·I)}. */
    float[] denseFactored() {
        double split = Math.sqrt(mean(inputFactor, inputs) / mean(outputFactor, outputs));
        return dense(Math.sqrt(lambda) / split, Math.sqrt(lambda) * split, 0);
    }

    private static double mean(double[] factor, int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += factor[i * n + i];
        }
        return sum / n;
    }

    private float[] dense(double outputDamping, double inputDamping, double damping) {
        int n = outputs * inputs;
        float[] matrix = new float[n * n];
        for (int row = 0; row < n; row++) {
            for (int column = 0; column < n; column++) {
                int i = row / inputs;
                int j = column / inputs;
                int k = row % inputs;
                int l = column % inputs;
                double g = outputFactor[i * outputs + j] + (i == j ? outputDamping : 0);
                double a = inputFactor[k * inputs + l] + (k == l ? inputDamping : 0);
                matrix[row * n + column] = (float) (g * a + (row == column ? damping : 0));
            }
        }
        return matrix;
    }

    /** Solves with the whole matrix, which is overwritten by its Cholesky factor. */
    float[] cholesky(float[] dense) {
        float[] solution = values.clone();
        int n = solution.length;
        int info = openblas.LAPACKE_sposv(openblas.LAPACK_ROW_MAJOR, (byte) 'L', n, 1, dense, n, solution, 1);
        if (info != 0) {
            throw new NumericalException("LAPACK sposv gave up on the damped Kronecker product (info " + info + ")");
        }
        return solution;
    }

    /** A covariance whose eigenvalues fall as those of layer inputs do. */
    private static double[] factor(int n, Random random) {
        double[] samples = new double[2 * n * n];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = random.nextGaussian() / Math.sqrt(1.0 + i % n);
        }
        double[] product = Blas.multiply(true, false, n, n, 2 * n, samples, samples);
        for (int i = 0; i < product.length; i++) {
            product[i] /= 2.0 * n;
        }
        return product;
    }

    private static float[] grid(double[] outputValues, double[] inputValues, double lambda) {
        float[] grid = new float[outputValues.length * inputValues.length];
        for (int i = 0; i < grid.length; i++) {
            double g = outputValues[i / inputValues.length];
            grid[i] = (float) (Math.max(0, g) * Math.max(0, inputValues[i % inputValues.length]) + lambda);
        }
        return grid;
    }

    private static float[] floats(double[] values) {
        float[] result = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = (float) values[i];
        }
        return result;
    }

    @Override
    public void close() {
        inverse.close();
        triangles.close();
        v.close();
        outputVectors.close();
        inputVectors.close();
        products.close();
    }
}
