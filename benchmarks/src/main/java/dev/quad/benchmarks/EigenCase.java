// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import dev.quad.NumericalException;
import dev.quad.influence.BatchLosses;
import dev.quad.influence.CaptureSink;
import dev.quad.influence.Curvature;
import dev.quad.influence.Fisher;
import dev.quad.influence.GradientSource;
import dev.quad.influence.KroneckerFactors;
import dev.quad.influence.LayerCapture;
import dev.quad.influence.LayerShape;
import dev.quad.influence.Targets;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.openblas.global.openblas;

/** The two factors of one layer, full rank and with eigenvalues that fall off, decomposed in two ways. Close it. */
final class EigenCase implements AutoCloseable {
    private final KroneckerFactors factors;
    private final Side outputs;
    private final Side inputs;

    private EigenCase(int outputs, int inputs) {
        this.factors = KroneckerFactors.fit(
                new Source(new LayerShape("layer", inputs, outputs), 2 * Math.max(outputs, inputs)),
                List.of(0),
                Fisher.empirical());
        this.outputs = new Side(factors.outputCovariance(0), outputs);
        this.inputs = new Side(factors.inputCovariance(0), inputs);
    }

    /** @param shape such as {@code 768x768}: outputs, then inputs */
    static EigenCase of(String shape) {
        String[] sizes = shape.split("x", -1);
        return new EigenCase(Integer.parseInt(sizes[0]), Integer.parseInt(sizes[1]));
    }

    /** What the engine does before it can precondition. */
    Curvature engine() {
        return Curvature.kfac(factors);
    }

    /** The library's routine for each factor, on OpenBLAS's own threads, in place on a copy. */
    void bare() {
        outputs.decompose();
        inputs.decompose();
    }

    /** {@code g_i·a_j} of the last {@link #bare} call, row-major. */
    double[] bareEigenvalues() {
        double[] grid = new double[outputs.n * inputs.n];
        for (int i = 0; i < outputs.n; i++) {
            for (int j = 0; j < inputs.n; j++) {
                grid[i * inputs.n + j] = Math.max(0, outputs.values.get(i)) * Math.max(0, inputs.values.get(j));
            }
        }
        return grid;
    }

    @Override
    public void close() {
        outputs.close();
        inputs.close();
    }

    private static final class Side implements AutoCloseable {
        final int n;
        final DoublePointer values;
        private final double[] matrix;
        private final DoublePointer vectors;

        Side(double[] matrix, int n) {
            this.n = n;
            this.matrix = matrix;
            this.values = new DoublePointer((long) n);
            this.vectors = new DoublePointer((long) n * n);
        }

        void decompose() {
            vectors.put(matrix, 0, matrix.length);
            int info =
                    openblas.LAPACKE_dsyevd(openblas.LAPACK_COL_MAJOR, (byte) 'V', (byte) 'L', n, vectors, n, values);
            if (info != 0) {
                throw new NumericalException("LAPACK dsyevd gave up on a factor of " + n + " (info " + info + ")");
            }
        }

        @Override
        public void close() {
            values.close();
            vectors.close();
        }
    }

    /** One item with many rows. */
    private record Source(LayerShape layer, int rows) implements GradientSource<Integer> {
        @Override
        public List<LayerShape> layers() {
            return List.of(layer);
        }

        @Override
        public String fingerprint() {
            return "made up";
        }

        @Override
        public int tokens(Integer item) {
            return rows;
        }

        @Override
        public BatchLosses capture(List<? extends Integer> batch, Targets targets, CaptureSink sink) {
            Random random = new Random(1);
            sink.accept(new LayerCapture(
                    0, buffer(layer.inputs(), random), buffer(layer.outputs(), random), new int[] {0, rows}));
            return new BatchLosses(new double[1], new int[] {rows});
        }

        private FloatBuffer buffer(int width, Random random) {
            FloatBuffer buffer = ByteBuffer.allocateDirect(4 * rows * width)
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer();
            for (int i = 0; i < rows * width; i++) {
                buffer.put(i, (float) (random.nextGaussian() / Math.sqrt(1.0 + i % width)));
            }
            return buffer;
        }
    }
}
