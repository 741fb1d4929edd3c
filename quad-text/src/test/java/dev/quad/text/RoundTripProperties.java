// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;

/** What comes in goes out, byte for byte, whatever JSON it is. */
class RoundTripProperties {
    private Path folder = Path.of("");

    @BeforeTry
    void makeFolder() throws IOException {
        folder = Files.createTempDirectory("quad-text");
    }

    @AfterTry
    void removeFolder() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
    }

    @Provide
    Arbitrary<String> records() {
        Arbitrary<String> text = strings().ofMinLength(1).filter(s -> !s.isBlank());
        Arbitrary<List<String>> others = field().list().ofMaxSize(4);
        return Combinators.combine(text, others, spaces()).as((t, fields, space) -> {
            String quoted = space + "\"text\"" + space + ":" + space + quote(t);
            return "{" + Stream.concat(fields.stream(), Stream.of(quoted)).collect(Collectors.joining(",")) + space
                    + "}";
        });
    }

    private static Arbitrary<String> field() {
        Arbitrary<String> name = strings().filter(s -> !s.equals("text") && !s.equals("id") && !s.equals("quad"));
        return Combinators.combine(spaces(), name, value(2)).as((space, n, v) -> space + quote(n) + ":" + space + v);
    }

    private static Arbitrary<String> value(int depth) {
        Arbitrary<String> scalar = Arbitraries.oneOf(
                Arbitraries.of("1e400", "1.10", "-0", "0.0", "true", "false", "null", "\"\\ud800\"", "1E+09"),
                Arbitraries.bigIntegers().map(Object::toString),
                strings().map(RoundTripProperties::quote));
        if (depth == 0) {
            return scalar;
        }
        Arbitrary<String> array = value(depth - 1).list().ofMaxSize(3).map(v -> "[" + String.join(", ", v) + "]");
        Arbitrary<String> object =
                Combinators.combine(strings(), value(depth - 1)).as((n, v) -> "{ " + quote(n) + " : " + v + "}");
        return Arbitraries.oneOf(scalar, array, object);
    }

    private static net.jqwik.api.arbitraries.StringArbitrary strings() {
        return Arbitraries.strings()
                .withChars("aZ0 \"\\{}[],:\n\t")
                .withCharRange('\u00A0', '\uD7FF')
                .ofMaxLength(12);
    }

    private static Arbitrary<String> spaces() {
        return Arbitraries.of("", " ", "\t", "  ");
    }

    private static String quote(String text) {
        return '"' + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }

    /** In columns a null is the same as no field, and a number may be written another way. */
    @Property(tries = 100)
    void records_throughParquet_keepEveryFieldNumberAndCharacter(
            @ForAll @Size(min = 1, max = 4) List<@From("records") String> records) throws IOException {
        Path target = folder.resolve("out.parquet");
        List<String> distinct =
                records.stream().filter(RoundTripProperties::namesOnce).toList();
        Assume.that(!distinct.isEmpty());
        try (RecordWriter writer = RecordWriter.create(target, "quad")) {
            for (String record : distinct) {
                writer.write(record.getBytes(StandardCharsets.UTF_8), f -> f.put("rank", 1));
            }
            writer.commit();
        }

        try (JsonlPool pool =
                JsonlPool.builder().cacheFolder(folder.resolve("cache")).open(List.of(target))) {
            assertThat(pool.size()).isEqualTo(distinct.size());
            for (int i = 0; i < distinct.size(); i++) {
                String before = distinct.get(i).strip();
                byte[] expected = (before.substring(0, before.length() - 1) + ",\"quad\":{\"rank\":1}}")
                        .getBytes(StandardCharsets.UTF_8);
                JsonTrees.assertSame(JsonTree.parse(pool.rawRecord(i)), JsonTree.parse(expected));
            }
        }
    }

    /** The whole number whose absolute value is no {@code long}, beside a fraction in the same column. */
    @Example
    void records_throughParquet_keepTheSmallestLongBesideAFraction() throws IOException {
        records_throughParquet_keepEveryFieldNumberAndCharacter(
                List.of("{\"n\":1.5,\"text\":\"a\"}", "{\"n\":" + Long.MIN_VALUE + ",\"text\":\"b\"}"));
    }

    private static boolean namesOnce(String record) {
        JsonTree.Node node = JsonTree.parse(record.getBytes(StandardCharsets.UTF_8));
        return !node.repeatsName() && !node.fields().containsKey("");
    }

    @Property(tries = 200)
    void records_readAndWritten_areAsTheyWere(
            @ForAll("records") String record, @ForAll @Size(max = 3) List<Boolean> gaps) throws IOException {
        String blankLines =
                gaps.stream().map(windows -> windows ? "\r\n" : "\n").collect(Collectors.joining());
        Path file = Files.writeString(folder.resolve("in.jsonl"), blankLines + record + "\n" + blankLines);
        Path target = folder.resolve("out.jsonl");

        try (JsonlPool pool = JsonlPool.builder().open(List.of(file));
                RecordWriter writer = RecordWriter.create(target, "quad")) {
            assertThat(pool.size()).isEqualTo(1);
            assertThat(new String(pool.rawRecord(0), StandardCharsets.UTF_8)).isEqualTo(record);
            writer.write(pool.rawRecord(0), f -> f.put("rank", 1));
            writer.commit();
        }

        String before = record.substring(0, record.length() - 1);
        assertThat(Files.readString(target)).isEqualTo(before + ",\"quad\":{\"rank\":1}}\n");
        Path again = folder.resolve("again.jsonl");
        try (RecordWriter writer = RecordWriter.create(again, "quad")) {
            writer.write(Files.readString(target).strip().getBytes(StandardCharsets.UTF_8), f -> f.put("rank", 1));
            writer.commit();
        }
        assertThat(again).hasSameBinaryContentAs(target);
    }
}
