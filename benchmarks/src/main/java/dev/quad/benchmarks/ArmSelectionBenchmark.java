// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import dev.quad.Seed;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * One round's choice of arms: 50 of them, all known.
 *
 * <pre>{@code
 * mvn -B -q -pl benchmarks -am test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -cp "benchmarks/target/classes:$(cat benchmarks/target/classpath)" org.openjdk.jmh.Main ArmSelectionBenchmark
 * }</pre>
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Benchmark)
public class ArmSelectionBenchmark {
    /** See {@link ArmSelectionCase#policy}. */
    @Param({"ucb1", "tuned", "v", "kl", "thompson", "epsilon", "static", "robin", "random"})
    String policy = "";

    /** Arms. */
    @Param({"10000", "1000000"})
    int arms;

    @SuppressWarnings("NullAway.Init")
    private ArmSelectionCase work;

    private long round;

    /** Plays the first rounds. */
    @Setup
    public void make() {
        work = new ArmSelectionCase(policy, arms);
    }

    /** Chooses. */
    @Benchmark
    public int[] select() {
        return work.select(new Seed(1).stream("bandit.arms", round++));
    }
}
