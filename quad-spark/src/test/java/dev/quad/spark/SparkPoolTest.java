// SPDX-License-Identifier: Apache-2.0
package dev.quad.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.Budget;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.pipeline.DuplicatePolicy;
import dev.quad.pipeline.QuadPipeline;
import dev.quad.text.Document;
import dev.quad.text.JsonlPool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.storage.StorageLevel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparkPoolTest {
    static final Budget BUDGET = Budget.tokens(15_000);

    @TempDir
    private static Path folder;

    private static Path files;
    private static SparkSession spark;

    @BeforeAll
    static void start() throws IOException {
        files = Corpus.write(folder.resolve("pool"), Corpus.texts(900));
        spark = SparkSession.builder()
                .master("local[4]")
                .config("spark.ui.enabled", false)
                .config("spark.sql.shuffle.partitions", 2)
                .config("spark.sql.codegen.wholeStage", false)
                .config("spark.sql.warehouse.dir", folder.resolve("warehouse").toString())
                .getOrCreate();
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    private static Dataset<Row> cutInto(int bytes) {
        spark.conf().set("spark.sql.files.maxPartitionBytes", bytes);
        spark.conf().set("spark.sql.files.openCostInBytes", 1);
        return spark.read().schema("id STRING, text STRING, score LONG").json(files.toString());
    }

    static ReferenceSet<Document> reference() {
        List<Document> documents = new ArrayList<>();
        Corpus.reference().forEach(text -> documents.add(new Document("r" + documents.size(), text)));
        return ReferenceSet.of(documents);
    }

    static Selection onOneMachine(Path files, DuplicatePolicy duplicates) {
        try (JsonlPool pool = JsonlPool.builder().open(List.of(files))) {
            return pipeline(duplicates).select(pool, BUDGET, new Seed(0));
        }
    }

    private static QuadPipeline pipeline(DuplicatePolicy duplicates) {
        return QuadPipeline.builder(reference()).duplicates(duplicates).build();
    }

    /**
     * Choices, scores, costs and manifest, however the files are cut, and whether near-copies are looked for or not.
     */
    @Test
    void selection_isThatOfOneMachine() {
        for (DuplicatePolicy duplicates : List.of(DuplicatePolicy.EXACT, DuplicatePolicy.NEAR)) {
            Selection expected = onOneMachine(files, duplicates);
            assertThat(expected.choices()).hasSizeGreaterThan(50);
            for (int bytes :
                    duplicates == DuplicatePolicy.NEAR ? new int[] {50_000} : new int[] {1 << 20, 70_000, 30_000}) {
                Dataset<Row> rows = cutInto(bytes);
                try (SparkPool pool = SparkPool.builder().open(rows)) {
                    assertThat(pipeline(duplicates).select(pool, BUDGET, new Seed(0)))
                            .as("%s, %s partitions", duplicates, rows.rdd().getNumPartitions())
                            .isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void documents_areThoseOfOneMachine() {
        try (JsonlPool expected = JsonlPool.builder().open(List.of(files));
                SparkPool pool = SparkPool.builder().open(cutInto(30_000))) {
            assertThat(pool.size()).isEqualTo(expected.size());
            assertThat(pool.fingerprint()).isEqualTo(expected.fingerprint());
            int[] ordinals = {0, 1, 700, 809, 810, pool.size() - 1};
            List<Document> found = new ArrayList<>();
            pool.map(ordinals, SparkPoolTest::texts, some -> {
                for (int i = 0; i < some.length; i += 2) {
                    found.add(new Document(some[i], some[i + 1]));
                }
            });
            for (int i = 0; i < ordinals.length; i++) {
                assertThat(found.get(i)).isEqualTo(expected.get(ordinals[i]));
                assertThat(pool.tokens(ordinals[i])).isEqualTo(expected.tokens(ordinals[i]));
            }
            assertThat(pool.get(700)).isEqualTo(expected.get(700));
            assertThat(pool.place(812)).isEqualTo("row 3 of " + files.resolve("c.jsonl"));
            assertThatThrownBy(() -> pool.get(pool.size())).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    private static String[] texts(List<Document> documents) {
        return documents.stream()
                .flatMap(document -> Stream.of(document.id(), document.text()))
                .toArray(String[]::new);
    }

    /** Rows that were shared out anew are in the order of their ids, as a pool that was written so. */
    @Test
    void rowsThatWereShuffled_areInTheOrderOfTheirIds() throws IOException {
        Path sorted = folder.resolve("sorted.jsonl");
        try (Stream<String> lines = Files.lines(files.resolve("b large.jsonl"))) {
            Files.write(sorted, lines.sorted().toList()); // they begin with their ids
        }
        Dataset<Row> rows = cutInto(30_000).where("score < 810");
        try (JsonlPool oneMachine = JsonlPool.builder().open(List.of(sorted));
                SparkPool others = SparkPool.builder().open(rows.repartition(3));
                SparkPool pool =
                        SparkPool.builder().storage(StorageLevel.NONE()).open(rows.repartition(7))) {
            assertThat(others.fingerprint()).isEqualTo(oneMachine.fingerprint());
            assertThat(pool.fingerprint()).isEqualTo(oneMachine.fingerprint());
            assertThat(pool.place(2)).isEqualTo("row 3, by the ids,");
            Selection selection = pipeline(DuplicatePolicy.EXACT).select(pool, BUDGET, new Seed(0));
            assertThat(selection).isEqualTo(pipeline(DuplicatePolicy.EXACT).select(oneMachine, BUDGET, new Seed(0)));
            assertThat(pool.chosen(selection).count())
                    .isEqualTo(selection.choices().size());
        }
    }

    /** All columns stay, those of folders too, and what was chosen is told in one more. */
    @Test
    void chosenRows_haveAllColumnsAndTheirScores() throws IOException {
        Path parquet = folder.resolve("parquet");
        cutInto(30_000)
                .withColumn("lang", functions.expr("if(score % 2 = 0, 'de', 'en')"))
                .withColumn("when", functions.expr("timestamp_seconds(score)"))
                .write()
                .partitionBy("lang")
                .parquet(parquet.toString());
        Dataset<Row> rows = spark.read().parquet(parquet.toString());
        try (SparkPool pool = SparkPool.builder().open(rows)) {
            Selection selection = pipeline(DuplicatePolicy.EXACT).select(pool, BUDGET, new Seed(0));
            Dataset<Row> chosen = pool.chosen(selection);
            assertThat(chosen.columns()).containsExactly("id", "text", "score", "when", "lang", "quad");
            assertThat(chosen.drop("quad").schema()).isEqualTo(rows.schema());
            List<Row> inRank = chosen.orderBy("quad.rank").collectAsList();
            assertThat(inRank).hasSameSizeAs(selection.choices());
            for (int i = 0; i < inRank.size(); i++) {
                Selection.Choice choice = selection.choices().get(i);
                Row row = inRank.get(i);
                assertThat(new Document(row.getString(0), row.getString(1))).isEqualTo(pool.get(choice.ordinal()));
                assertThat(row.getStruct(5))
                        .isEqualTo(RowFactory.create(i, choice.score().orElseThrow(), null, null, 1));
                if (i == 9) {
                    break; // each get is a job
                }
            }
            assertThat(pool.marked(selection).count()).isEqualTo(pool.size());
        }
    }

    @Test
    void simplestCall_chooses() {
        Dataset<Row> reference =
                spark.createDataset(Corpus.reference(), Encoders.STRING()).toDF("text");
        Dataset<Row> chosen = QuadSpark.select(cutInto(30_000), reference, BUDGET);
        assertThat(chosen.count())
                .isEqualTo(onOneMachine(files, DuplicatePolicy.EXACT).choices().size());
    }

    @Test
    void whatCannotBeChosenFrom_isRefusedWithItsPlace() throws IOException {
        Dataset<Row> rows = cutInto(30_000);
        refuses(SparkPool.builder().text("body"), rows, "there is no column \"body\" for the text; there are id, text");
        refuses(SparkPool.builder().text("score"), rows, "the column \"score\" is of the type bigint");
        refuses(SparkPool.builder().tokens("n"), rows, "there is no column \"n\" for the tokens");
        refuses(
                SparkPool.builder(),
                rows.withColumn("text", functions.expr("if(score = 812, null, text)")),
                "row 3 of " + files.resolve("c.jsonl") + " has no text");
        refuses(
                SparkPool.builder().tokens("n"),
                rows.withColumn("n", functions.expr("score - 7")),
                "row 1 of " + files.resolve("b large.jsonl") + " has -7 tokens; allowed is 0 to");
        refuses(
                SparkPool.builder(),
                rows.withColumn("id", functions.expr("if(score = 811, 'd0', id)")),
                "row 2 of " + files.resolve("c.jsonl") + " has the id \"d0\" of row 1 of "
                        + files.resolve("b large.jsonl"));
        refuses(SparkPool.builder(), rows.where("score < 0"), "at least one document is needed, and there is no row");
        refuses(SparkPool.builder(), rows.drop("id").repartition(3), "have no order");
        assertThatThrownBy(() -> QuadSpark.reference(rows.where("score < 0"), "text"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("the reference has no row");
    }

    private static void refuses(SparkPool.Builder builder, Dataset<Row> rows, String message) {
        assertThatThrownBy(() -> builder.open(rows))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(message);
    }

    @Test
    void rowsThatChange_andSelectionsOfOthers_areRefused() throws IOException {
        Path own = Corpus.write(folder.resolve("changing"), Corpus.texts(300));
        Dataset<Row> rows = spark.read().schema("id STRING, text STRING").json(own.toString());
        try (SparkPool pool = SparkPool.builder().open(rows)) {
            Selection selection = pipeline(DuplicatePolicy.EXACT).select(pool, Budget.tokens(2000), new Seed(0));
            try (SparkPool other = SparkPool.builder().open(cutInto(30_000))) {
                assertThatThrownBy(() -> other.chosen(selection))
                        .isInstanceOf(MismatchException.class)
                        .hasMessageContaining("give the pool that was chosen from");
            }
            Path file = own.resolve("b large.jsonl");
            Files.writeString(file, Files.readString(file).replace("w", "v"));
            assertThatThrownBy(() -> pool.chosen(selection).count())
                    .hasStackTraceContaining(file + " changed since the pool was opened");
        }
        Object here = new Object();
        assertThatThrownBy(() -> Sent.of(documents -> here.hashCode()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must be Serializable");
    }
}
