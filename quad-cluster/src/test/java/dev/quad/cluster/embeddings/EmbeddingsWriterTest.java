// SPDX-License-Identifier: Apache-2.0
package dev.quad.cluster.embeddings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.CandidatePool;
import dev.quad.Embedder;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.NumericalException;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EmbeddingsWriterTest {
    private static final int ROWS = 3000;
    private static final int DIMENSION = 7;

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"x.npy, FLOAT32", "x.npy, FLOAT16", "x.safetensors, FLOAT32", "x.safetensors, FLOAT16"})
    void write_rows_areReadBack(String name, ElementType type) {
        float[] values = values();
        Path target = folder.resolve("sub").resolve(name);
        try (EmbeddingsWriter writer = EmbeddingsWriter.open(target, ROWS, DIMENSION, type, Map.of("a", "b"))) {
            writer.write(FloatBuffer.wrap(values, 0, 5 * DIMENSION));
            writer.write(FloatBuffer.wrap(values, 5 * DIMENSION, values.length - 5 * DIMENSION));
        }
        EmbeddingsFile file = EmbeddingsFile.open(target);
        assertThat(file.type()).isEqualTo(type);
        assertThat(file.rows()).isEqualTo(ROWS);
        assertThat(file.metadata()).isEqualTo(name.endsWith("npy") ? Map.of() : Map.of("a", "b"));
        FloatBuffer read = FloatBuffer.allocate(values.length);
        file.read(0, ROWS, read);
        for (int i = 0; i < values.length; i++) {
            assertThat(read.get(i)).isCloseTo(values[i], within(type == ElementType.FLOAT32 ? 0 : 0x1p-10f));
        }
    }

    @Test
    void write_npyOfTheSameValues_hasTheBytesOfNumpy() throws IOException {
        Path target = folder.resolve("single.npy");
        try (EmbeddingsWriter writer = EmbeddingsWriter.open(target, 4, 3, ElementType.FLOAT32, Map.of())) {
            float[] values = new float[12];
            for (int i = 0; i < 12; i++) {
                values[i] = (i - 5) / 8f;
            }
            writer.write(FloatBuffer.wrap(values));
        }
        assertThat(Files.readAllBytes(target))
                .isEqualTo(Files.readAllBytes(Path.of("src/test/resources/dev/quad/cluster/embeddings/single.npy")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"x.npy", "x.safetensors"})
    void embed_endedAtAnyPlace_goesOnToTheSameBytes(String name) throws IOException {
        Path whole = folder.resolve("whole").resolve(name);
        EmbeddingsWriter.embed(pool(ROWS), new Counting(-1), whole, ElementType.FLOAT32, rows -> {});
        for (int fatal : new int[] {0, 1, 2}) {
            Path target = folder.resolve("killed" + fatal).resolve(name);
            assertThatThrownBy(() -> EmbeddingsWriter.embed(
                            pool(ROWS), new Counting(fatal), target, ElementType.FLOAT32, rows -> {}))
                    .hasMessage("killed");
            assertThat(target).doesNotExist();
            Path part = part(folder.resolve("killed" + fatal));
            // a kill may leave part of a row
            Files.write(part, Arrays.copyOf(Files.readAllBytes(part), (int) Files.size(part) + 7));
            Counting embedder = new Counting(-1);
            EmbeddingsWriter.embed(pool(ROWS), embedder, target, ElementType.FLOAT32, rows -> {});
            assertThat(embedder.items).isEqualTo(ROWS - 1024 * fatal);
            assertThat(Files.readAllBytes(target)).isEqualTo(Files.readAllBytes(whole));
            assertThat(only(folder.resolve("killed" + fatal))).isEqualTo(target);
        }
    }

    @Test
    void embed_aSecondTime_opensTheFile() {
        Path target = folder.resolve("x.safetensors");
        EmbeddingsWriter.embed(pool(10), new Counting(-1), target, ElementType.FLOAT16, rows -> {});
        Counting embedder = new Counting(-1);
        EmbeddingsFile file = EmbeddingsWriter.embed(pool(10), embedder, target, ElementType.FLOAT16, rows -> {});
        assertThat(embedder.items).isZero();
        assertThat(file.rows()).isEqualTo(10);
        assertThatThrownBy(() -> EmbeddingsWriter.embed(pool(11), embedder, target, ElementType.FLOAT16, rows -> {}))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining(pool(10).fingerprint())
                .hasMessageContaining(pool(11).fingerprint());
    }

    @Test
    void open_whatMustNotBe_isRefused() throws IOException {
        Path target = folder.resolve("x.npy");
        Map<String, String> none = Map.of();
        assertThatThrownBy(() -> EmbeddingsWriter.open(folder.resolve("x.bin"), 1, 1, ElementType.FLOAT32, none))
                .hasMessageContaining(".npy or .safetensors");
        assertThatThrownBy(() -> EmbeddingsWriter.open(target, 1, 0, ElementType.FLOAT32, none))
                .hasMessageContaining("1 rows of 0");
        assertThatThrownBy(() -> EmbeddingsWriter.open(target, 1, 1, ElementType.FLOAT64, none))
                .hasMessageContaining("FLOAT64");
        try (EmbeddingsWriter first = EmbeddingsWriter.open(target, 1, 1, ElementType.FLOAT32, none)) {
            assertThatThrownBy(() -> EmbeddingsWriter.open(target, 1, 1, ElementType.FLOAT32, none))
                    .isInstanceOf(MismatchException.class)
                    .hasMessageContaining("another writer");
            assertThatThrownBy(() -> first.write(FloatBuffer.allocate(2))).hasMessageContaining("2 values");
        }
        Files.write(target, new byte[1]);
        assertThatThrownBy(() -> EmbeddingsWriter.open(target, 1, 1, ElementType.FLOAT32, none))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("not overwritten");
    }

    @Test
    void write_valueThatDoesNotFit_namesTheRow() {
        float[] values = values();
        values[2000 * DIMENSION + 3] = 65520;
        try (EmbeddingsWriter writer =
                EmbeddingsWriter.open(folder.resolve("x.npy"), ROWS, DIMENSION, ElementType.FLOAT16, Map.of())) {
            assertThatThrownBy(() -> writer.write(FloatBuffer.wrap(values)))
                    .isInstanceOf(NumericalException.class)
                    .hasMessageContaining("row 2000 ")
                    .hasMessageContaining("column 3");
        }
    }

    @ParameterizedTest
    @CsvSource({"x.npy, FLOAT32", "x.safetensors, FLOAT16"})
    void put_inAnyOrder_givesTheFileOfThatInOrder_andBeginsAgainAfterAKill(String name, ElementType type)
            throws IOException {
        float[] values = values();
        Path inOrder = folder.resolve("order").resolve(name);
        try (EmbeddingsWriter writer = EmbeddingsWriter.open(inOrder, ROWS, DIMENSION, type, Map.of("a", "b"))) {
            writer.write(FloatBuffer.wrap(values));
        }
        Path target = folder.resolve("any").resolve(name);
        for (int last : new int[] {0, ROWS - 1, ROWS}) {
            assertThat(target).doesNotExist();
            try (EmbeddingsWriter writer =
                    EmbeddingsWriter.openForAnyOrder(target, ROWS, DIMENSION, type, Map.of("a", "b"))) {
                assertThat(writer.rowsDone()).isZero();
                for (int i = 0; i < last; i++) {
                    int row = (int) (i * 7L % ROWS); // 7 and 3000 have no divisor in common
                    writer.put(row, Arrays.copyOfRange(values, row * DIMENSION, (row + 1) * DIMENSION));
                }
                assertThat(writer.rowsDone()).isEqualTo(last);
            }
        }
        assertThat(only(folder.resolve("any"))).hasSameBinaryContentAs(inOrder);
    }

    @Test
    void put_whatDoesNotFit_isRefused() {
        try (EmbeddingsWriter any =
                        EmbeddingsWriter.openForAnyOrder(folder.resolve("x.npy"), 2, 2, ElementType.FLOAT32, Map.of());
                EmbeddingsWriter inOrder =
                        EmbeddingsWriter.open(folder.resolve("y.npy"), 2, 2, ElementType.FLOAT32, Map.of())) {
            any.put(1, new float[2]);
            assertThatThrownBy(() -> any.put(0, new float[3])).hasMessageContaining("3 values were given for row 0");
            assertThatThrownBy(() -> any.put(2, new float[2])).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> any.put(0, new float[] {1, Float.NaN}))
                    .isInstanceOf(NumericalException.class)
                    .hasMessageContaining("row 0 ")
                    .hasMessageContaining("column 1");
            any.put(0, new float[2]);
            assertThatThrownBy(() -> any.put(0, new float[2])).hasMessageContaining("each once");
            assertThatThrownBy(() -> any.write(FloatBuffer.allocate(2))).hasMessageContaining("put");
            assertThatThrownBy(() -> inOrder.put(0, new float[2])).hasMessageContaining("write");
        }
    }

    private static Path part(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".part"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** What was damaged between a kill and the next run is made again. */
    @ParameterizedTest
    @CsvSource({"bit, 1", "zeros, 0", "cut, 1", "log, 0", "logBit, 2"})
    void embed_goneOnWithAfterDamage_makesTheSameBytes(String damage, int blocksKept) throws IOException {
        Path whole = folder.resolve("whole").resolve("x.safetensors");
        EmbeddingsWriter.embed(pool(ROWS), new Counting(-1), whole, ElementType.FLOAT32, rows -> {});
        Path place = folder.resolve("killed");
        Path target = place.resolve("x.safetensors");
        assertThatThrownBy(() ->
                        EmbeddingsWriter.embed(pool(ROWS), new Counting(2), target, ElementType.FLOAT32, rows -> {}))
                .hasMessage("killed");
        Path part = part(place);
        Path log = part.resolveSibling(part.getFileName() + ".log");
        byte[] bytes = Files.readAllBytes(part);
        byte[] lines = Files.readAllBytes(log);
        switch (damage) {
            case "bit" -> bytes[bytes.length - 5] ^= 4;
            case "zeros" -> Arrays.fill(bytes, (byte) 0);
            case "cut" -> bytes = Arrays.copyOf(bytes, bytes.length - 1);
            case "log" -> lines = new byte[0];
            default -> lines[3] ^= 1;
        }
        Files.write(part, bytes);
        Files.write(log, lines);

        Counting embedder = new Counting(-1);
        EmbeddingsWriter.embed(pool(ROWS), embedder, target, ElementType.FLOAT32, rows -> {});

        assertThat(embedder.items).isEqualTo(ROWS - 1024 * blocksKept);
        assertThat(Files.readAllBytes(target)).isEqualTo(Files.readAllBytes(whole));
        assertThat(only(place)).isEqualTo(target);
    }

    private static Path only(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> all = files.toList();
            assertThat(all).hasSize(1);
            return all.get(0);
        }
    }

    private static float[] values() {
        Random random = new Random(1);
        float[] values = new float[ROWS * DIMENSION];
        for (int i = 0; i < values.length; i++) {
            values[i] = 2 * random.nextFloat() - 1;
        }
        return values;
    }

    private static CandidatePool<String> pool(int size) {
        return CandidatePool.of(
                new ArrayList<>(
                        IntStream.range(0, size).mapToObj(i -> "text " + i).toList()),
                text -> 1,
                "p" + size);
    }

    /** Fails in a batch of choice, as if killed there. */
    private static final class Counting implements Embedder<String> {
        private final int fatalBatch;
        private int batches;
        private int items;

        Counting(int fatalBatch) {
            this.fatalBatch = fatalBatch;
        }

        @Override
        public int dimension() {
            return 3;
        }

        @Override
        public void embed(List<? extends String> texts, FloatBuffer target) {
            if (batches++ == fatalBatch) {
                throw new IllegalStateException("killed");
            }
            items += texts.size();
            for (String text : texts) {
                target.put(text.hashCode() % 1000).put(text.length()).put(1);
            }
        }

        @Override
        public String id() {
            return "counting";
        }
    }
}
