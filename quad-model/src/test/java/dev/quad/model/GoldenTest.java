// SPDX-License-Identifier: Apache-2.0
package dev.quad.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.quad.TokenSequence;
import dev.quad.linalg.Floats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A trained checkpoint against numbers of an independent program in double precision. For each token sequence of the
 * golden file are compared, with a tolerance of 1e-4:
 *
 * <ul>
 *   <li>{@code tokenLosses}: the loss of each token but the first, in nats; relative, or 1e-5 where they are below 0.1
 *   <li>{@code lossSum}: their sum; relative; alone and with all sequences in one batch
 *   <li>{@code lastLogits}: what predicts the last token; relative to the largest
 *   <li>{@code gradNorm}: for each tensor the norm of the gradient of {@code lossSum}; relative
 *   <li>{@code gradFirstRow}: the first entries of that gradient's first row; relative to the largest of them, or to
 *       the root mean square of the tensor's gradient where that is larger
 * </ul>
 *
 * <p>{@link ReferenceDecoder} is held to the losses and logits too, to 1e-9.
 *
 * <p>Looks for {@code shared/data/stories260k} in the working directory and those above it, and is skipped where it is
 * not found. {@code -Dquad.golden=FILE} and {@code -Dquad.checkpoint=FOLDER} put others in their place, and then it is
 * not skipped.
 */
class GoldenTest {
    private static final double TOLERANCE = 1e-4;

    private static Optional<Decoder> opened = Optional.empty();
    private static List<Golden> sequences = List.of();

    private static final class Golden {
        final TokenSequence ids;
        final double[] tokenLosses;
        final double lossSum;
        final double[] lastLogits;
        final Map<String, Double> gradientNorms = new LinkedHashMap<>();
        final Map<String, double[]> gradientStarts = new LinkedHashMap<>();

        Golden(Map<?, ?> fields) {
            int[] numbers = Arrays.stream(doubles(field(fields, "ids")))
                    .mapToInt(id -> (int) id)
                    .toArray();
            ids = TokenSequence.of(numbers);
            tokenLosses = doubles(field(fields, "tokenLosses"));
            lossSum = (Double) field(fields, "lossSum");
            lastLogits = doubles(field(fields, "lastLogits"));
            ((Map<?, ?>) field(fields, "gradNorm"))
                    .forEach((name, norm) -> gradientNorms.put((String) name, (Double) norm));
            ((Map<?, ?>) field(fields, "gradFirstRow"))
                    .forEach((name, row) -> gradientStarts.put((String) name, doubles(row)));
        }
    }

    @BeforeAll
    static void open() throws IOException {
        Path folder = place("quad.checkpoint", "");
        Path golden = place("quad.golden", "golden.json");
        boolean asked = System.getProperty("quad.checkpoint") != null || System.getProperty("quad.golden") != null;
        assumeTrue(asked || (Files.exists(folder) && Files.exists(golden)), "no data at " + folder + " and " + golden);
        opened = Optional.of(Decoder.read(folder));
        List<?> all = (List<?>) field((Map<?, ?>) json(golden), "sequences");
        sequences = all.stream().map(fields -> new Golden((Map<?, ?>) fields)).toList();
    }

    @AfterAll
    static void close() {
        opened.ifPresent(Decoder::close);
    }

    static Path place(String property, String file) {
        String set = System.getProperty(property);
        if (set != null) {
            return Path.of(set);
        }
        Path above = Path.of("").toAbsolutePath();
        while (above != null) {
            Path folder = above.resolve("shared/data/stories260k");
            if (Files.isDirectory(folder)) {
                return folder.resolve(file);
            }
            above = above.getParent();
        }
        return Path.of("shared/data/stories260k", file);
    }

    private static Decoder decoder() {
        return opened.orElseThrow();
    }

    @Test
    void golden_hasSequencesAndTensors() {
        assertThat(sequences).isNotEmpty();
        Set<String> names = slots().keySet();
        for (Golden golden : sequences) {
            assertThat(golden.gradientNorms).isNotEmpty();
            assertThat(golden.gradientNorms.keySet()).isSubsetOf(names);
            assertThat(golden.gradientStarts).containsOnlyKeys(golden.gradientNorms.keySet());
            assertThat(golden.tokenLosses).hasSize(golden.ids.length() - 1);
        }
    }

    @Test
    void tokenLosses_agree() {
        for (Golden golden : sequences) {
            float[] losses = decoder().tokenLosses(List.of(golden.ids)).get(0);
            for (int t = 0; t < golden.tokenLosses.length; t++) {
                double expected = golden.tokenLosses[t];
                assertThat((double) losses[t])
                        .as("token %s", t + 1)
                        .isCloseTo(expected, within(TOLERANCE * Math.max(0.1, expected)));
            }
        }
    }

    @Test
    void lossSum_agrees() {
        double[] packed = DecoderCase.sums(
                decoder().losses(sequences.stream().map(golden -> golden.ids).toList()));
        for (int s = 0; s < packed.length; s++) {
            Golden golden = sequences.get(s);
            double alone = decoder().losses(List.of(golden.ids)).sum(0);
            assertThat(alone).isCloseTo(golden.lossSum, within(TOLERANCE * golden.lossSum));
            assertThat(packed[s]).isCloseTo(golden.lossSum, within(TOLERANCE * golden.lossSum));
        }
    }

    @Test
    void lastLogits_agree() {
        for (Golden golden : sequences) {
            int[] ids = new int[golden.ids.length() - 1];
            Arrays.setAll(ids, golden.ids::id);
            DecoderLaws.close(decoder().logits(TokenSequence.of(ids)), golden.lastLogits, TOLERANCE, "last logits");
        }
    }

    /** The model left in its file is the same to the bit. */
    @Test
    void mapped_givesTheSameBits() throws IOException {
        try (Decoder mapped = Decoder.map(place("quad.checkpoint", ""))) {
            assertThat(mapped.fingerprint()).isEqualTo(decoder().fingerprint());
            for (Golden golden : sequences) {
                assertThat(mapped.tokenLosses(List.of(golden.ids)).get(0))
                        .isEqualTo(decoder().tokenLosses(List.of(golden.ids)).get(0));
            }
        }
    }

    /** Fused, as in some files, or each on its own: the golden file may name either. */
    private static Map<String, CheckpointFolder.Slot> slots() {
        DecoderConfig config = decoder().config();
        Layout layout = decoder().layout();
        Map<String, CheckpointFolder.Slot> slots = new LinkedHashMap<>(CheckpointFolder.slots(config, layout));
        slots.putAll(CheckpointFolder.slots(
                config,
                layout,
                Set.of("model.layers.0.self_attn.qkv_proj.weight", "model.layers.0.mlp.gate_up_proj.weight")));
        return slots;
    }

    @Test
    void gradients_agree() {
        int size = decoder().parameters().length();
        for (Golden golden : sequences) {
            try (Floats gradient = Floats.allocate(size)) {
                decoder().addGradient(List.of(golden.ids), gradient);
                slots().forEach((name, slot) -> {
                    if (!golden.gradientNorms.containsKey(name)) {
                        return;
                    }
                    float[] values = new float[DecoderCase.size(slot)];
                    gradient.get(slot.position(), values, 0, values.length);
                    check(name, values, golden);
                });
            }
        }
    }

    private static void check(String name, float[] gradient, Golden golden) {
        double expected = golden.gradientNorms.getOrDefault(name, Double.NaN);
        double norm = 0;
        for (float value : gradient) {
            norm = Math.hypot(norm, value);
        }
        assertThat(norm).as("norm of %s", name).isCloseTo(expected, within(TOLERANCE * expected));
        double[] start = golden.gradientStarts.getOrDefault(name, new double[0]);
        assertThat(start).as("start of %s", name).isNotEmpty();
        double largest = Arrays.stream(start).map(Math::abs).max().orElseThrow();
        double scale = Math.max(largest, expected / Math.sqrt(gradient.length));
        for (int i = 0; i < start.length; i++) {
            assertThat((double) gradient[i])
                    .as("entry %s of the gradient of %s", i, name)
                    .isCloseTo(start[i], within(TOLERANCE * scale));
        }
    }

    @Test
    void referenceDecoder_agrees() {
        ReferenceDecoder reference = new ReferenceDecoder(decoder());
        for (Golden golden : sequences) {
            assertThat(reference.tokenLosses(golden.ids)).containsExactly(golden.tokenLosses, within(1e-9));
            List<double[]> logits = reference.logits(golden.ids);
            assertThat(logits.get(golden.ids.length() - 2)).containsExactly(golden.lastLogits, within(1e-9));
        }
    }

    private static Object field(Map<?, ?> fields, String name) {
        return Objects.requireNonNull(fields.get(name), name);
    }

    private static double[] doubles(Object list) {
        return ((List<?>) list).stream().mapToDouble(value -> (Double) value).toArray();
    }

    private static Object json(Path file) throws IOException {
        try (JsonParser parser = new JsonFactory().createParser(file.toFile())) {
            parser.nextToken();
            return value(parser);
        }
    }

    /** The value at the current token: a map, a list, a number or a text. */
    private static Object value(JsonParser parser) throws IOException {
        if (parser.currentToken() == JsonToken.START_OBJECT) {
            Map<String, Object> map = new LinkedHashMap<>();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                map.put(name, value(parser));
            }
            return map;
        }
        if (parser.currentToken() == JsonToken.START_ARRAY) {
            List<Object> list = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                list.add(value(parser));
            }
            return list;
        }
        return parser.currentToken().isNumeric() ? (Object) parser.getDoubleValue() : parser.getText();
    }
}
