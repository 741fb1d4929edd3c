// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import dev.quad.influence.Curvature;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
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
 * The eigendecomposition of both factors of a layer as the engine does it, {@link Curvature#kfac}, beside LAPACK's own
 * {@code dsyevd} for each, on OpenBLAS's threads: one for each processor, unless OPENBLAS_NUM_THREADS says otherwise.
 * The engine's bits do not depend on the number of threads; the library's do.
 *
 * <p>From the repository's root, and on an idle machine:
 *
 * <pre>{@code
 * mvn -B -q -pl benchmarks -am test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -cp "benchmarks/target/classes:$(cat benchmarks/target/classpath)" org.openjdk.jmh.Main EigenBenchmark
 * }</pre>
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2)
@Measurement(iterations = 3)
public class EigenBenchmark {

    /** A layer. */
    @State(Scope.Benchmark)
    public static class Layer {
        /** Outputs, then inputs. */
        @Param({"768x768", "2304x768", "3072x768", "2048x2048", "5632x2048"})
        String shape = "";

        @SuppressWarnings("NullAway.Init")
        EigenCase work;

        /** Makes the factors. */
        @Setup
        public void make() {
            work = EigenCase.of(shape);
        }

        /** Frees the memory. */
        @TearDown
        public void close() {
            work.close();
        }
    }

    /** Both factors as the engine decomposes them. */
    @Benchmark
    public Curvature engine(Layer layer) {
        return layer.work.engine();
    }

    /** Both factors, one after the other, by the library. */
    @Benchmark
    public void bare(Layer layer) {
        layer.work.bare();
    }
}
