// SPDX-License-Identifier: Apache-2.0
package dev.quad.influence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.Precision;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.files.SafetensorsWriter;
import dev.quad.linalg.Doubles;
import dev.quad.linalg.Reals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CaptureFolderTest {
    private static final ArraySource SOURCE =
            new ArraySource(List.of(new LayerShape("one", 4, 3), new LayerShape("two", 6, 5, true)));
    private static final List<ArraySource.Item> ITEMS =
            IntStream.range(0, 12).mapToObj(i -> SOURCE.random(1 + i % 5, i)).toList();

    @TempDir
    private Path folder;

    private Path captures() {
        return folder.resolve("captures");
    }

    private CaptureFolder written(int batchTokens) throws IOException {
        CaptureFolder.write(
                SOURCE,
                ITEMS,
                item -> "id " + ITEMS.indexOf(item),
                Fisher.empirical(),
                captures(),
                batchTokens,
                n -> {});
        return CaptureFolder.open(captures());
    }

    private static InfluenceScores score(CaptureFolder source, ReferenceDirection direction, List<Integer> items) {
        try (InfluenceEstimator<Integer> influence =
                Influence.of(source).direction(direction).batchTokens(9).estimator()) {
            return influence.score(items);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1000})
    void score_ofTheFiles_isThatOfTheSource(int batchTokens) throws IOException {
        CaptureFolder captures = written(batchTokens);
        KroneckerFactors factors = KroneckerFactors.fit(captures, captures.items(), Fisher.empirical(), 9, n -> {});
        try (ReferenceDirection gradient = ReferenceDirection.gradient(SOURCE, ReferenceSet.of(ITEMS.subList(0, 3)));
                ReferenceDirection same = ReferenceDirection.gradient(
                        captures, ReferenceSet.of(captures.items().subList(0, 3)));
                ReferenceDirection direction = same.precondition(factors, Damping.relative(0.1));
                InfluenceEstimator<ArraySource.Item> direct =
                        Influence.of(SOURCE).direction(direction).batchTokens(9).estimator()) {
            assertThat(same.fingerprint()).isEqualTo(gradient.fingerprint());
            assertThat(score(captures, direction, captures.items())).isEqualTo(direct.score(ITEMS));
            // apart, across files and backwards
            List<Integer> some = new ArrayList<>(List.of(11, 3, 4, 0, 7, 8, 9, 2));
            assertThat(score(captures, direction, some))
                    .isEqualTo(direct.score(some.stream().map(ITEMS::get).toList()));
            Collections.reverse(some);
            assertThat(score(captures, direction, some))
                    .isEqualTo(direct.score(some.stream().map(ITEMS::get).toList()));
        }
        assertThat(captures.items())
                .extracting(captures::id)
                .startsWith("id 0", "id 1")
                .endsWith("id 11");
        assertThatThrownBy(() -> captures.positions(0)).hasMessageContaining("\"positions\"");
        assertThatThrownBy(() -> captures.id(12)).hasMessageContaining("no item 12 among the 12");
    }

    @Test
    void dataFingerprint_dependsOnItemsOnly() throws IOException {
        String one = written(7).dataFingerprint();
        Path other = folder.resolve("other");
        CaptureFolder.write(SOURCE, ITEMS, i -> "id " + ITEMS.indexOf(i), Fisher.empirical(), other, 99, n -> {});
        assertThat(CaptureFolder.open(other).dataFingerprint()).isEqualTo(one);
        Path fewer = folder.resolve("fewer");
        CaptureFolder.write(
                SOURCE, ITEMS.subList(0, 11), i -> "id " + ITEMS.indexOf(i), Fisher.empirical(), fewer, 99, n -> {});
        assertThat(CaptureFolder.open(fewer).dataFingerprint()).isNotEqualTo(one);
    }

    @Test
    void capture_labelsThatWereNotCaptured_areRefused() throws IOException {
        CaptureFolder.write(
                SOURCE, ITEMS, i -> "" + ITEMS.indexOf(i), Fisher.sampled(new Seed(5), 2), captures(), 9, n -> {});
        CaptureFolder captures = CaptureFolder.open(captures());
        KroneckerFactors.fit(captures, captures.items(), Fisher.sampled(new Seed(5), 2));
        for (Fisher fisher :
                List.of(Fisher.sampled(new Seed(6), 1), Fisher.sampled(new Seed(5), 3), Fisher.exact(1, 2))) {
            assertThatThrownBy(() -> KroneckerFactors.fit(captures, captures.items(), fisher))
                    .isInstanceOf(MismatchException.class)
                    .hasMessageContaining("2 draws with the seed 5");
        }
    }

    @Test
    void write_toAFolderThatHoldsSomething_isRefused() throws IOException {
        written(9);
        assertThatThrownBy(() -> written(9)).isInstanceOf(InputException.class).hasMessageContaining("is not empty");
    }

    @Test
    void open_partOfAFolder_saysWhatIsMissing() throws IOException {
        assertThatThrownBy(() -> CaptureFolder.open(captures())).hasMessageContaining("is no folder");
        Files.createDirectories(captures());
        assertThatThrownBy(() -> CaptureFolder.open(captures())).hasMessageContaining("has no file captures-");
        Files.delete(captures());
        written(9);
        Files.copy(captures().resolve("captures-00001.safetensors"), captures().resolve("captures-x.safetensors"));
        assertThatThrownBy(() -> CaptureFolder.open(captures())).hasMessageContaining("both say that they are shard 1");
        Files.delete(captures().resolve("captures-x.safetensors"));
        Files.delete(captures().resolve("captures-00001.safetensors"));
        assertThatThrownBy(() -> CaptureFolder.open(captures()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("has no shard 1, but shard 2");
    }

    @Test
    void open_withoutTheLastFile_saysThatTheWriterHasNotFinished() throws IOException {
        CaptureFolder captures = written(1000);
        assertThat(captures.items()).hasSize(12);
        rewrite(new HashMap<>(Map.of("last", "false")), Map.of());
        assertThatThrownBy(() -> CaptureFolder.open(captures()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("the writer has not finished");
    }

    /** Writes a folder of one file with two items of 1 and 2 rows, one layer 2 → 1, with some things changed. */
    private void rewrite(Map<String, String> metadata, Map<String, Object> tensors) throws IOException {
        Map<String, String> entries = new HashMap<>(Map.of(
                "format",
                "quad.captures.1",
                "model",
                "m",
                "layers",
                "a",
                "loss",
                "sum",
                "mask",
                "gradient",
                "draws",
                "0",
                "shard",
                "0",
                "last",
                "true"));
        entries.putAll(metadata);
        entries.values().removeIf(String::isEmpty);
        Map<String, Object> all = new HashMap<>(Map.of(
                "rows", new int[] {0, 1, 3},
                "tokens", new int[] {1, 2},
                "loss", new double[] {0.5, 1},
                "ids", "x\ny",
                "a.x", new double[][] {{1, 2}, {3, 4}, {5, 6}},
                "a.delta", new double[][] {{1}, {2}, {3}}));
        all.putAll(tensors);
        SafetensorsWriter writer = new SafetensorsWriter(entries);
        for (Map.Entry<String, Object> entry : all.entrySet()) {
            add(writer, entry.getKey(), entry.getValue());
        }
        Files.createDirectories(captures());
        writer.write(captures().resolve("captures-00000.safetensors"));
    }

    private static void add(SafetensorsWriter writer, String name, Object value) {
        if (value instanceof int[] ints) {
            writer.add(name, ints, ints.length);
        } else if (value instanceof double[] doubles) {
            writer.add(name, doubles, doubles.length);
        } else if (value instanceof String text) {
            if (!text.equals("none")) {
                writer.add(name, text);
            }
        } else if (value instanceof float[][] matrix) { // upper halves
            Iterator<Float> values = Arrays.stream(matrix)
                    .flatMap(row -> IntStream.range(0, row.length).mapToObj(i -> row[i]))
                    .iterator();
            SafetensorsWriter.Source halves = (target, count) -> {
                for (int i = 0; i < count; i++) {
                    target.putShort((short) (Float.floatToRawIntBits(values.next()) >> 16));
                }
            };
            writer.add(name, "BF16", 2, halves, matrix.length, matrix[0].length);
        } else if (value instanceof double[][] matrix) {
            double[] flat =
                    Arrays.stream(matrix).flatMapToDouble(Arrays::stream).toArray();
            writer.add(name, flat, matrix.length, matrix.length == 0 ? 1 : matrix[0].length);
        }
    }

    @ParameterizedTest
    @CsvSource({"0,1", "1,0"})
    void capture_inBrainFloats_isWidenedExactly(int first, int second) throws IOException {
        float[][] x = {{1, -2}, {0x1.02p100f, 4}, {-0x1.fep-126f, 6}};
        rewrite(Map.of(), Map.of("a.x", x, "a.delta", new float[][] {{0.5f}, {-3}, {7}}));
        CaptureFolder captures = CaptureFolder.open(captures());
        assertThat(captures.precision()).isEqualTo(Precision.SINGLE);
        double[][] items = {{1, -2}, {0x1.02p100, 4, -0x1.fep-126, 6}};
        captures.capture(List.of(first, second), Targets.observed(), capture -> {
            try (Reals inputs = capture.rawInputs()) {
                assertThat(inputs.toDoubles())
                        .containsExactly(DoubleStream.concat(Arrays.stream(items[first]), Arrays.stream(items[second]))
                                .toArray());
            }
        });
    }

    @Test
    void capture_handWritten_isRead() throws IOException {
        rewrite(Map.of(), Map.of("positions", new int[] {7, 0, 4}, "a.rows", new int[] {0, 2, 3}));
        CaptureFolder captures = CaptureFolder.open(captures());
        assertThat(captures.precision()).isEqualTo(Precision.DOUBLE);
        assertThat(captures.fingerprint()).isEqualTo("m");
        assertThat(captures.layers()).containsExactly(new LayerShape("a", 2, 1));
        assertThat(captures.positions(1)).containsExactly(0, 4);
        assertThat(captures.tokens(1)).isEqualTo(2);
        captures.capture(List.of(1, 0), Targets.observed(), capture -> {
            assertThat(capture.firstRow(1)).isEqualTo(1); // the layer's own rows
            try (Reals x = capture.rawInputs()) {
                assertThat(x).isInstanceOf(Doubles.class);
                assertThat(x.toDoubles()).containsExactly(5, 6, 1, 2, 3, 4);
            }
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "format | other              | has the format entry \"other\"",
                "model  | ''                 | has no entry \"model\"",
                "layers | ''                 | has no entry \"layers\"",
                "layers | 'a,a'              | no tensor \"a,a.x\"",
                "loss   | mean               | \"loss\" is \"mean\"",
                "mask   | attention          | \"mask\" is \"attention\"",
                "draws  | -1                 | allowed are 0 to 1000",
                "draws  | 9                  | no entry \"seed\"",
                "draws  | many               | not a whole number: many",
                "shard  | 1                  | has no shard 0, but shard 1",
                "shard  | 99999999999        | has no shard 0",
                "last   | maybe              | \"last\" is \"maybe\"",
            })
    void open_entryThatCannotBe_namesIt(String key, String value, String message) throws IOException {
        rewrite(Map.of(key, value), Map.of());
        refused(message);
    }

    private void refused(String message) {
        assertThatThrownBy(() -> CaptureFolder.open(captures()))
                .isInstanceOfAny(InputException.class, MismatchException.class)
                .hasMessageContaining(captures().toString())
                .hasMessageContaining(message);
    }

    private void refused(String tensor, Object value, String message) throws IOException {
        rewrite(Map.of(), Map.of(tensor, value));
        refused(message);
    }

    @Test
    void open_tensorThatCannotBe_namesIt() throws IOException {
        refused("rows", new int[] {0, 1}, "\"rows\" has 2 values");
        refused("rows", new int[] {1, 1, 3}, "from 1 on");
        refused("rows", new int[] {0, 4, 3}, "falls from 4 to 3 at item 1");
        refused("rows", new int[] {0, 1, 4}, "\"a.x\" has the shape [3, 2]");
        refused("rows", new double[] {0, 1, 3}, "I32 is needed");
        refused("tokens", new int[] {1, -2}, "item 1 has -2 tokens");
        refused("tokens", new int[] {1, 2, 3}, "\"rows\" has 3 values");
        refused("rows", new int[] {0, 0, 3}, "item 0 has 1 tokens to predict and 0 rows");
        refused("loss", new double[] {1}, "\"loss\" has 1 values for 2 items");
        refused("ids", "x", "1 lines for 2 items");
        refused("ids", "x\nx", "an item \"x\", and there is one before it");
        refused("ids", "none", "no tensor \"ids\"");
        refused("a.x", new double[][] {{1, 2}, {3, 4}}, "[3, 2] and F64 are needed");
        refused("a.x", new double[] {1, 2, 3}, "rows and columns of type F64 are needed");
        refused("a.x", "text", "has type U8; F32, F64 or BF16 is needed");
        refused("a.x", "none", "no tensor \"a.x\"");
        refused("a.delta", new double[][] {{1}, {2}}, "\"a.delta\" has the shape [2, 1]");
        refused("a.delta", "none", "no tensor \"a.delta\"");
        refused("a.rows", new int[] {0, 1, 2}, "[2, 2] and F64 are needed");
        refused("positions", new int[] {0}, "\"positions\" has 1 values for 3 rows");
        rewrite(Map.of("draws", "1", "seed", "3"), Map.of());
        refused("no tensor \"a.delta.0\"");
        rewrite(Map.of("layers", "a\na"), Map.of());
        refused("names a layer twice");
        rewrite(Map.of("bias", "1"), Map.of());
        assertThat(CaptureFolder.open(captures()).layers()).containsExactly(new LayerShape("a", 2, 1, true));
    }

    @Test
    void open_filesOfTwoModels_namesBoth() throws IOException {
        written(9);
        Path foreign = captures().resolve("captures-00001.safetensors");
        rewrite(Map.of("shard", "1", "last", "false"), Map.of());
        Files.move(
                captures().resolve("captures-00000.safetensors"),
                foreign,
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        rewrite(Map.of("last", "false"), Map.of("a.x", new double[][] {{1, 2, 0}, {3, 4, 0}, {5, 6, 0}}));
        refused("a folder is of one model, with one set of layers");
    }

    @Test
    void fit_valueThatIsNotFinite_namesLayerAndItem() throws IOException {
        rewrite(Map.of(), Map.of("a.delta", new double[][] {{1}, {Double.NaN}, {3}}));
        CaptureFolder captures = CaptureFolder.open(captures());
        assertThatThrownBy(() -> KroneckerFactors.fit(captures, captures.items(), Fisher.empirical()))
                .isInstanceOf(dev.quad.NumericalException.class)
                .hasMessageContaining("output gradients of layer a hold NaN at item 1");
    }
}
