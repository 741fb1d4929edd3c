// SPDX-License-Identifier: Apache-2.0
package dev.quad.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Budget;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.pipeline.DuplicatePolicy;
import dev.quad.pipeline.QuadPipeline;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code docs/spark.md} shows. */
class GuideTest {
    @TempDir
    private static Path folder;

    private static SparkSession spark;
    private static String lake;

    @BeforeAll
    static void start() throws IOException {
        spark = SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", false)
                .config("spark.sql.codegen.wholeStage", false)
                .getOrCreate();
        lake = folder.toString();
        spark.read()
                .json(Corpus.write(folder.resolve("files"), Corpus.texts(300)).toString())
                .write()
                .parquet(lake + "/pool");
        spark.createDataset(Corpus.reference(), Encoders.STRING())
                .toDF("text")
                .write()
                .json(lake + "/reference");
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    @Test
    void shortest() {
        Dataset<Row> pool = spark.read().parquet(lake + "/pool"); // columns text and, if there are ids, id
        Dataset<Row> reference = spark.read().json(lake + "/reference");
        Dataset<Row> chosen = QuadSpark.select(pool, reference, Budget.tokens(20_000));
        chosen.write().parquet(lake + "/chosen"); // all columns, and quad.rank, .score, .weight

        assertThat(spark.read()
                        .parquet(lake + "/chosen")
                        .select("quad.rank")
                        .distinct()
                        .count())
                .isGreaterThan(20);
    }

    @Test
    void withMoreToSay() {
        Dataset<Row> reference = spark.read().json(lake + "/reference");
        Dataset<Row> rows = spark.read()
                .parquet(lake + "/pool")
                .select(
                        functions.col("text").as("content"),
                        functions.col("id").as("url"),
                        functions.expr("length(text) div 4").as("n_tokens"),
                        functions.lit("de").as("lang"));
        try (SparkPool opened =
                SparkPool.builder().text("content").id("url").tokens("n_tokens").open(rows)) {
            Selection selection = QuadPipeline.builder(QuadSpark.reference(reference, "text"))
                    .duplicates(DuplicatePolicy.NEAR)
                    .build()
                    .select(opened, Budget.tokens(5_000), new Seed(1));
            opened.marked(selection)
                    .write()
                    .partitionBy("lang")
                    .parquet(lake + "/marked"); // quad is null where not chosen
        }

        Dataset<Row> marked = spark.read().parquet(lake + "/marked");
        assertThat(marked.count()).isEqualTo(rows.count());
        assertThat(marked.where("quad is not null").count()).isGreaterThan(10);
    }
}
