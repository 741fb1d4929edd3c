// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import dev.quad.linalg.Floats;
import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * {@code (G ⊗ A + λI)⁻¹ vec(V)} as a run computes it ({@link LayerInverse}), beside the bare matrix products it
 * consists of ({@code 4·o·i·(o + i)} operations), {@link KroneckerCholesky}, the same formula in ND4J, and, where
 * {@code G ⊗ A} still fits in memory, a Cholesky solve with the whole matrix.
 *
 * <p>From the repository's root:
 *
 * <pre>{@code
 * mvn -B -q -pl benchmarks -am test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -cp "benchmarks/target/classes:$(cat benchmarks/target/classpath)" org.openjdk.jmh.Main KroneckerInverseBenchmark
 * }</pre>
 *
 * <p>Only on an idle machine, and not pinned to fewer processors: ND4J sets OpenBLAS to as many threads as the machine
 * has processors, and where those have to share one, each call on OpenBLAS's own threads (all methods but the kernel's)
 * takes ten to a hundred times as long. The kernel contains the products; so a table in which they are clearly slower
 * says that this happened, and nothing else. For one thread everywhere set OMP_NUM_THREADS and OPENBLAS_NUM_THREADS to
 * 1 and add {@code -jvmArgs -Djava.util.concurrent.ForkJoinPool.common.parallelism=0}; Cholesky and ND4J are steadiest
 * so.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class KroneckerInverseBenchmark {

    /** Layer shapes of middle-sized transformers. */
    @State(Scope.Benchmark)
    public static class Layer {
        /** Outputs, then inputs. */
        @Param({"768x768", "2304x768", "3072x768", "2048x2048", "5632x2048"})
        String shape = "";

        @SuppressWarnings("NullAway.Init")
        KroneckerCase work;

        /** Makes the factors. */
        @Setup
        public void make() {
            work = KroneckerCase.of(shape);
        }

        /** Frees the memory. */
        @TearDown
        public void close() {
            work.close();
        }
    }

    /** Shapes for the peer. */
    @State(Scope.Benchmark)
    public static class Middle {
        /** Outputs, then inputs. */
        @Param({"768x768", "2304x768", "3072x768"})
        String middleShape = "";

        @SuppressWarnings("NullAway.Init")
        KroneckerCase work;

        /** Makes the factors. */
        @Setup
        public void make() {
            work = KroneckerCase.of(middleShape);
        }

        /** Frees the memory. */
        @TearDown
        public void close() {
            work.close();
        }
    }

    /** Shapes whose whole matrix fits; where it is small enough, it is the quicker one. */
    @State(Scope.Benchmark)
    public static class Tiny {
        /** Outputs, then inputs. */
        @Param({"2x2", "4x4", "8x8", "16x16", "32x32", "64x32"})
        String tinyShape = "";

        @SuppressWarnings("NullAway.Init")
        KroneckerCase work;

        float[] matrix = {};
        float[] overwritten = {};

        /** Makes the factors and the matrix. */
        @Setup
        public void make() {
            work = KroneckerCase.of(tinyShape);
            matrix = work.dense();
            overwritten = new float[matrix.length];
        }

        /** Puts the matrix back, which the solve overwrites. */
        @Setup(Level.Invocation)
        public void restore() {
            System.arraycopy(matrix, 0, overwritten, 0, matrix.length);
        }

        /** Frees the memory. */
        @TearDown
        public void close() {
            work.close();
        }
    }

    /** Quad's kernel. */
    @Benchmark
    public float kernel(Layer layer) {
        try (Floats result = layer.work.kernel()) {
            return result.get(0);
        }
    }

    /** The matrix products alone. */
    @Benchmark
    public float products(Layer layer) {
        return layer.work.products();
    }

    /** Quad's kernel for factored damping: half of the operations. */
    @Benchmark
    public float triangles(Layer layer) {
        try (Floats result = layer.work.triangles()) {
            return result.get(0);
        }
    }

    /** The formula in ND4J. */
    @Benchmark
    public INDArray nd4j(Middle layer) {
        return layer.work.nd4j();
    }

    /** Quad's kernel on the shapes of {@link #cholesky}. */
    @Benchmark
    public float kernelTiny(Tiny tiny) {
        try (Floats result = tiny.work.kernel()) {
            return result.get(0);
        }
    }

    /** A dense solve. */
    @Benchmark
    public float[] cholesky(Tiny tiny) {
        return tiny.work.cholesky(tiny.overwritten);
    }
}
