// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import dev.quad.influence.GradientStore;
import dev.quad.influence.RowForm;
import java.io.IOException;
import java.util.List;
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
 * Scores of stored gradients for some queries, {@value GradientStoreCase#ITEMS} items of
 * {@value GradientStoreCase#WIDTH} values in a mapped file, in each form, beside the bare product of the same shape in
 * memory, and beside a loop over pairs.
 *
 * <p>From the repository's root, and on an idle machine:
 *
 * <pre>{@code
 * mvn -B -q -pl benchmarks -am test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -cp "benchmarks/target/classes:$(cat benchmarks/target/classpath)" org.openjdk.jmh.Main GradientStoreBenchmark
 * }</pre>
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class GradientStoreBenchmark {

    /** A file with queries. */
    @State(Scope.Benchmark)
    public static class Store {
        /** The number of queries. */
        @Param({"1", "16", "256"})
        int queries;

        /** How values lie in the file. */
        @Param({"SINGLE", "BFLOAT16", "INT8"})
        @SuppressWarnings("NullAway.Init")
        RowForm form;

        @SuppressWarnings("NullAway.Init")
        GradientStoreCase work;

        /** Writes the file. */
        @Setup
        public void make() throws IOException {
            work = GradientStoreCase.of(GradientStoreCase.ITEMS, queries, form);
        }

        /** Deletes it. */
        @TearDown
        public void close() throws IOException {
            work.close();
        }
    }

    /** What the store does. */
    @Benchmark
    public double[][] store(Store store) {
        return store.work.store();
    }

    /** The hundred best of each query. */
    @Benchmark
    public List<List<GradientStore.Ranked>> top(Store store) {
        return store.work.top(100);
    }

    /** The product alone, of memory. */
    @Benchmark
    public void product(Store store) {
        store.work.product();
    }

    /** A loop over queries and items, in double precision. */
    @Benchmark
    public double[][] loop(Store store) {
        return store.work.loop();
    }
}
