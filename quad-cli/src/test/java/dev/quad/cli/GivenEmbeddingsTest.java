// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.cluster.embeddings.ElementType;
import dev.quad.cluster.embeddings.EmbeddingsFile;
import dev.quad.cluster.embeddings.EmbeddingsWriter;
import dev.quad.text.JsonlPool;
import dev.quad.text.RecordWriter;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code quad select} by embeddings that were computed elsewhere. */
class GivenEmbeddingsTest {
    private static final String EMBEDDINGS = "work/embeddings.safetensors";

    @TempDir
    private Path folder;

    private SmallRun small;
    private final List<String> ids = new ArrayList<>();
    private float[][] rows = {};
    /** Documents in another order, and one that is not in the pool. */
    private List<Integer> shuffled = List.of();

    @BeforeEach
    void makeFiles() {
        small = new SmallRun(folder);
        try (JsonlPool pool = JsonlPool.builder().open(List.of(small.pool))) {
            IntStream.range(0, pool.size()).forEach(i -> ids.add(pool.get(i).id()));
        }
        ids.add("of no document");
        rows = rows(ids.size(), 6);
        shuffled = new ArrayList<>(IntStream.range(0, ids.size()).boxed().toList());
        Collections.shuffle(shuffled, new Random(2));
    }

    private static float[][] rows(int count, int dimension) {
        SplittableRandom random = new SplittableRandom(1);
        float[][] rows = new float[count][dimension];
        for (float[] row : rows) {
            for (int j = 0; j < dimension; j++) {
                row[j] = (float) random.nextDouble(-1, 1);
            }
        }
        return rows;
    }

    private Path npy(String name, List<Integer> order) {
        Path file = folder.resolve(name);
        try (EmbeddingsWriter out =
                EmbeddingsWriter.open(file, order.size(), rows[0].length, ElementType.FLOAT32, Map.of())) {
            order.forEach(i -> out.write(FloatBuffer.wrap(rows[i])));
        }
        return file;
    }

    private Path inOrder() {
        return npy("rows.npy", IntStream.range(0, ids.size() - 1).boxed().toList());
    }

    private String record(int i) {
        return record("id", i);
    }

    private String record(String idField, int i) {
        return "{\"" + idField + "\": \"" + ids.get(i) + "\", \"v\": " + Arrays.toString(rows[i]) + "}";
    }

    private Path jsonl(String name) throws IOException {
        return Files.write(
                folder.resolve(name), shuffled.stream().map(this::record).toList());
    }

    private Object[] arguments(Path run, Object... options) {
        return small.select(
                run,
                Stream.concat(Stream.of("--embeddings-field", "v", "--clusters", 8, "--resume"), Arrays.stream(options))
                        .toArray());
    }

    private Path select(String name, Object... options) {
        Path run = folder.resolve(name);
        Outcome outcome = Outcome.of(arguments(run, options));
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        return run;
    }

    private static void assertSame(Path run, Path expected) {
        for (String name : List.of(ResultFiles.SELECTED, "rounds.jsonl")) {
            assertThat(run.resolve(name)).hasSameBinaryContentAs(expected.resolve(name));
        }
    }

    @Test
    void select_rowsInOrder_byIds_orOfAColumn_choosesTheSame() throws IOException {
        Path expected = select("in-order", "--embeddings", inOrder());

        Path names = Files.write(
                folder.resolve("ids.txt"), shuffled.stream().map(ids::get).toList());
        assertSame(
                select("by-ids", "--embeddings", npy("shuffled.npy", shuffled), "--embeddings-ids", names), expected);
        assertSame(select("jsonl", "--embeddings", jsonl("v.jsonl")), expected);
        Path parquet = folder.resolve("v.parquet");
        try (RecordWriter writer = RecordWriter.create(parquet, "quad")) {
            for (int i : shuffled) {
                writer.write(record(i).getBytes(StandardCharsets.UTF_8), fields -> {});
            }
            writer.commit();
        }
        assertSame(select("parquet", "--embeddings", parquet), expected);
        assertThat(expected.resolve("work")).doesNotExist();
    }

    /** The folder is as before, so that the same command with the right file begins. */
    @Test
    void select_embeddingsAreRefused_leavesTheFolderToTheNext() throws IOException {
        Path run = folder.resolve("refused");
        Path right = inOrder();
        List<Path> wrong = List.of(
                npy("short.npy", List.of(0, 1, 2)),
                Files.writeString(folder.resolve("short.jsonl"), record(0) + "\n"),
                withNaN(right));
        for (Path file : wrong) {
            Outcome outcome = Outcome.of(small.select(run, "--embeddings-field", "v", "--embeddings", file));
            assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.BAD_INPUT);
            assertThat(run).doesNotExist();
        }
        Outcome outcome = Outcome.of(small.select(run, "--embeddings", right));
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
    }

    private Path withNaN(Path right) throws IOException {
        byte[] bytes = Files.readAllBytes(right);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat(bytes.length - Float.BYTES, Float.NaN);
        return Files.write(folder.resolve("nan.npy"), bytes);
    }

    @Test
    void select_ofAColumn_isMatchedByTheIdFieldOfThePool() throws IOException {
        Path expected = select("by-id", "--embeddings", jsonl("v.jsonl"));
        Path pool = Files.writeString(
                folder.resolve("named.jsonl"), Files.readString(small.pool).replace("\"id\":", "\"name\":"));
        Path column = Files.write(
                folder.resolve("named-v.jsonl"),
                shuffled.stream().map(i -> record("name", i)).toList());
        Path run = folder.resolve("by-name");

        Outcome outcome = Outcome.of(small.selectFrom(
                pool,
                small.reference,
                run,
                "--id-field",
                "name",
                "--embeddings",
                column,
                "--embeddings-field",
                "v",
                "--clusters",
                8));

        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(Quad.DONE);
        assertThat(run.resolve("rounds.jsonl")).hasSameBinaryContentAs(expected.resolve("rounds.jsonl"));
    }

    /** Killed while the column is read, when it has been, and later; it is read once more after the first kill only. */
    @Test
    void select_ofAColumn_killedAndResumed_givesTheSameBytes() throws Exception {
        rows = rows(ids.size(), 4_000);
        Path column = jsonl("v.jsonl");
        Path whole = select("whole", "--embeddings", column);
        Path killed = folder.resolve("killed");
        Object[] arguments = arguments(killed, "--embeddings", column);

        BooleanSupplier read = () -> Files.exists(killed.resolve(EMBEDDINGS));
        BooleanSupplier rounds = () -> Files.exists(killed.resolve("rounds.jsonl"));
        Path log = folder.resolve("log");
        WatchedProcess.killOnce(
                log, killed, () -> parts(killed).stream().anyMatch(GivenEmbeddingsTest::isBegun), arguments);
        assertThat(parts(killed)).hasSize(1);
        assertThat(killed.resolve(EMBEDDINGS)).doesNotExist();
        WatchedProcess.killOnce(log, killed, read, arguments);
        assertThat(parts(killed)).isEmpty();
        var written = Files.getLastModifiedTime(killed.resolve(EMBEDDINGS));
        WatchedProcess.killOnce(log, killed, rounds, arguments);
        assertThat(killed.resolve(ResultFiles.SELECTED)).doesNotExist();
        assertThat(Files.getLastModifiedTime(killed.resolve(EMBEDDINGS))).isEqualTo(written);
        EmbeddingsFile file = EmbeddingsFile.open(killed.resolve(EMBEDDINGS));
        FloatBuffer row = FloatBuffer.allocate(file.dimension());
        for (int i = 0; i < file.rows(); i++) {
            file.read(i, 1, row.clear());
            assertThat(row.array()).isEqualTo(rows[i]);
        }
        Outcome resumed = Outcome.of(arguments);

        assertThat(resumed.code()).as(resumed.toString()).isEqualTo(Quad.DONE);
        assertSame(killed, whole);
    }

    private static boolean isBegun(Path part) {
        return part.toFile().length() > 0;
    }

    private static List<Path> parts(Path run) {
        try (Stream<Path> files =
                Files.exists(run.resolve("work")) ? Files.list(run.resolve("work")) : Stream.empty()) {
            return files.filter(file -> file.toString().endsWith(".part")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The rows alone are three times the heap. */
    @Test
    void select_ofAColumnThatIsLargerThanTheHeap_isDone() throws Exception {
        int documents = 21_000;
        int dimension = 1_000;
        SplittableRandom random = new SplittableRandom(3);
        Path pool = folder.resolve("large.jsonl");
        Path column = folder.resolve("large-vectors.jsonl");
        try (BufferedWriter texts = Files.newBufferedWriter(pool);
                BufferedWriter vectors = Files.newBufferedWriter(column)) {
            for (int i = 0; i < documents; i++) {
                texts.write("{\"id\": \"d" + i + "\", \"text\": \"number " + random.nextInt() + "\"}\n");
                vectors.write("{\"id\": \"d" + (documents - 1 - i) + "\", \"embedding\": [" + i % 7);
                for (int j = 1; j < dimension; j++) {
                    vectors.write("," + random.nextInt(10));
                }
                vectors.write("]}\n");
            }
        }
        Object[] arguments =
                small.selectFrom(pool, small.reference, folder.resolve("run"), "--embeddings", column, "--clusters", 8);

        int code = OwnProcess.run(folder, List.of("-Xmx28m", "-XX:+UseSerialGC"), arguments);

        assertThat(code).as(Files.readString(folder.resolve("process.log"))).isEqualTo(Quad.DONE);
    }

    @Test
    void select_rowsThatDoNotFit_areNamedWithFileAndPlace() throws IOException {
        Path file = inOrder();
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat(bytes.length - Float.BYTES, Float.NaN);
        Files.write(file, bytes);
        assertRefused(
                file + ", row 99 (counted from 0), of the document at " + small.pool
                        + ", line 100, has NaN in column 5",
                "--embeddings",
                file);
        assertRefused(
                "shuffled.npy has 101 rows and the pool 100 documents; give the ids of the rows with --embeddings-ids",
                "--embeddings",
                npy("shuffled.npy", shuffled));
        Path column = jsonl("v.jsonl");
        Files.writeString(column, record(7) + "\n", StandardOpenOption.APPEND);
        assertRefused(
                column + ", line 102: has the id \"" + ids.get(7) + "\", as has " + column + ", line "
                        + (shuffled.indexOf(7) + 1),
                "--embeddings",
                column);
        assertRefused(
                "has no row in the field \"v\" of " + folder.resolve("one.jsonl"),
                "--embeddings",
                Files.writeString(folder.resolve("one.jsonl"), record(7) + "\n"));
    }

    /** Before a proxy is trained, which is asked for here. */
    private void assertRefused(String words, Object... options) {
        Path run = folder.resolve("refused" + words.hashCode());
        List<Object> arguments = new ArrayList<>(List.of(arguments(run, options)));
        int model = arguments.indexOf("--model");
        arguments.subList(model, model + 2).clear();
        Outcome outcome = Outcome.of(arguments.toArray());
        assertThat(outcome.code()).isEqualTo(Quad.BAD_INPUT);
        assertThat(outcome.err()).contains(words).doesNotContain("\tat ").doesNotContain("training the proxy");
        assertThat(run.resolve("proxy")).doesNotExist();
    }
}
