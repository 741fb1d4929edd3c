// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
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
 * Scores and factors beside the bare product of the same layer: the column {@code gigaflop} is the rate of each, so
 * that their quotient with that of {@code product} is the share of the hardware that is used.
 *
 * <pre>{@code
 * mvn -B -q -pl benchmarks -am test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -cp "benchmarks/target/classes:$(cat benchmarks/target/classpath)" org.openjdk.jmh.Main EngineBenchmark
 * }</pre>
 *
 * <p>From the repository's root, and on an idle machine. The solve has a benchmark of its own,
 * {@link KroneckerInverseBenchmark}. Decompositions are made before the measurement; that of 5632 takes half a minute.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 2)
public class EngineBenchmark {

    /** A layer. */
    @State(Scope.Benchmark)
    public static class Layer {
        /** Outputs, then inputs. */
        @Param({"768x768", "2304x768", "3072x768", "2048x2048", "5632x2048"})
        String shape = "";

        @SuppressWarnings("NullAway.Init")
        EngineCase work;

        /** Makes the captures. */
        @Setup
        public void make() {
            work = EngineCase.of(shape);
        }

        /** Frees the memory. */
        @TearDown
        public void close() {
            work.close();
        }
    }

    /** Counts operations. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Rate {
        /** Billions of floating-point operations. */
        public double gigaflop;

        /** Starts an iteration. */
        @Setup(Level.Iteration)
        public void reset() {
            gigaflop = 0;
        }
    }

    /** The bare product. */
    @Benchmark
    public void product(Layer layer, Rate rate) {
        rate.gigaflop += layer.work.product() / 1e9;
    }

    /** Scores along a direction. */
    @Benchmark
    public void score(Layer layer, Rate rate) {
        rate.gigaflop += layer.work.score() / 1e9;
    }

    /** K-FAC factors. */
    @Benchmark
    public void covariance(Layer layer, Rate rate) {
        rate.gigaflop += layer.work.covariance() / 1e9;
    }

    /** EK-FAC eigenvalues. */
    @Benchmark
    public void ekfac(Layer layer, Rate rate) {
        rate.gigaflop += layer.work.ekfac() / 1e9;
    }
}
