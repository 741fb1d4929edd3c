// SPDX-License-Identifier: Apache-2.0
package dev.quad.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.pipeline.DuplicatePolicy;
import dev.quad.pipeline.QuadPipeline;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster of processes of its own: two executors, one of which dies while it applies a function. */
class ClusterTest {
    @TempDir
    private Path folder;

    /** With absolute names, since executors start in folders of their own. */
    private static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static SparkSession cluster() {
        return SparkSession.builder()
                .master("local-cluster[2,1,1024]")
                .config("spark.executor.extraClassPath", classPath())
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.ui.enabled", false)
                .config("spark.speculation", true)
                .config("spark.executor.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
                .config("spark.sql.codegen.wholeStage", false)
                .config("spark.sql.files.maxPartitionBytes", 60_000)
                .config("spark.sql.files.openCostInBytes", 1)
                .getOrCreate();
    }

    @Test
    void selection_isThatOfOneMachine_alsoWhereExecutorsDie() throws Exception {
        Path files = Corpus.write(folder.resolve("pool"), Corpus.texts(600));
        Selection expected = SparkPoolTest.onOneMachine(files, DuplicatePolicy.EXACT);
        try (SparkSession spark = cluster();
                SparkPool pool = SparkPool.builder().open(spark.read().json(files.toString()))) {
            Path died = Files.createDirectory(folder.resolve("died"));
            assertThat(select(new FailingOnce(pool, died))).isEqualTo(expected);
            try (Stream<Path> marks = Files.list(died)) {
                assertThat(marks.count()).as("executors that died").isEqualTo(2);
            }
            assertThat(pool.chosen(expected).count())
                    .isEqualTo(expected.choices().size());
        }
    }

    private static Selection select(FailingOnce pool) {
        return QuadPipeline.builder(SparkPoolTest.reference())
                .duplicates(DuplicatePolicy.EXACT)
                .build()
                .select(pool, SparkPoolTest.BUDGET, new Seed(0));
    }
}
