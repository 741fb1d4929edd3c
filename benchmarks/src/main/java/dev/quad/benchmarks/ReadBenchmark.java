// SPDX-License-Identifier: Apache-2.0
package dev.quad.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
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
 * Opening a pool of JSONL.gz (each line checked, indexed, its text copied to the cache), beside {@code zcat | wc -l},
 * which only unpacks and counts, and DuckDB, which parses and keeps nothing. Seconds for one file.
 *
 * <p>From the repository's root:
 *
 * <pre>{@code
 * mvn -B -q -pl benchmarks -am test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -cp "benchmarks/target/classes:$(cat benchmarks/target/classpath)" org.openjdk.jmh.Main ReadBenchmark
 * }</pre>
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgs = "-Xmx256m")
@Warmup(iterations = 2)
@Measurement(iterations = 3)
public class ReadBenchmark {

    /** The file, and an empty cache for each call. */
    @State(Scope.Benchmark)
    public static class Corpus {
        /** Megabytes of JSON lines. */
        @Param({"200"})
        int megabytes;

        @SuppressWarnings("NullAway.Init")
        Path folder;

        @SuppressWarnings("NullAway.Init")
        ReadCase work;

        /** Writes the file. */
        @Setup
        public void make() throws IOException {
            folder = Files.createTempDirectory("quad-read");
            work = new ReadCase(folder, megabytes * 1_000_000L);
        }

        /** Empties the cache. */
        @Setup(Level.Invocation)
        public void empty() throws IOException {
            ReadCase.remove(cache());
        }

        /** Removes everything. */
        @TearDown
        public void remove() throws IOException {
            ReadCase.remove(folder);
        }

        Path cache() {
            return folder.resolve("cache");
        }
    }

    /** Ours. */
    @Benchmark
    public long pool(Corpus corpus) {
        return corpus.work.pool(corpus.cache());
    }

    /** The least that can be done. */
    @Benchmark
    public long zcat(Corpus corpus) throws IOException {
        return corpus.work.zcat();
    }

    /** A database. */
    @Benchmark
    public long duckDb(Corpus corpus) throws SQLException {
        return corpus.work.duckDb();
    }
}
