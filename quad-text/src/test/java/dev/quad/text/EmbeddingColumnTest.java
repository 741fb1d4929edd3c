// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.QuadException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmbeddingColumnTest {
    private static final String ROW_B = "{\"key\": \"b\", \"e\": {\"v\": [1.5, -2]}}";
    private static final String ROW_Z = "{\"key\": \"z\", \"e\": {\"v\": [7, 7]}}";
    private static final String ROW_A = "{\"key\": \"a\", \"e\": {\"v\": [0.1, 3e2]}}";

    private final Path folder;
    private JsonlPool pool;

    EmbeddingColumnTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @BeforeEach
    void open() {
        pool = JsonlPool.builder()
                .open(List.of(TestFiles.write(folder, "pool.jsonl", TestFiles.doc("a", "x"), TestFiles.doc("b", "y"))));
    }

    @AfterEach
    void close() {
        pool.close();
    }

    private Path parquet(String... rows) {
        Path file = folder.resolve("v.parquet");
        try (RecordWriter writer = RecordWriter.create(file, "quad")) {
            for (String row : rows) {
                writer.write(row.getBytes(StandardCharsets.UTF_8), fields -> {});
            }
            writer.commit();
        }
        return file;
    }

    /** What is given, in the order that it is given in: the ordinal, then the row. */
    private List<String> read(Path... files) {
        EmbeddingColumn column = EmbeddingColumn.open(pool, List.of(files), "key", "e.v");
        assertThat(column.dimension()).isEqualTo(2);
        List<String> given = new ArrayList<>();
        column.read((row, ordinal) -> given.add(ordinal + " " + Arrays.toString(row)));
        return given;
    }

    @Test
    void column_ofAnyFormat_andOfSeveralFiles_isReadInTheOrderOfTheFiles() {
        String[] expected = {"1 [1.5, -2.0]", "0 [0.1, 300.0]"};
        assertThat(read(TestFiles.write(folder, "v.jsonl", ROW_B, ROW_Z, "", ROW_A)))
                .containsExactly(expected);
        assertThat(read(TestFiles.write(
                        folder, "v.jsonl.gz", TestFiles.gzip(String.join("\n", ROW_B, ROW_Z, ROW_Z, ROW_A)))))
                .containsExactly(expected);
        assertThat(read(parquet(ROW_B, ROW_Z, ROW_A))).containsExactly(expected);
        assertThat(read(parquet(ROW_B), TestFiles.write(folder, "w.jsonl", "", ROW_A)))
                .containsExactly(expected);
    }

    @Test
    void document_thatComesTwice_isNamedWithBothPlaces() {
        Path first = parquet(ROW_Z, ROW_B);
        Path second = TestFiles.write(folder, "w.jsonl", "", ROW_A, ROW_B);
        assertThatThrownBy(() -> read(first, second))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining(second + ", line 3: has the id \"b\", as has " + first + ", row 2");
    }

    @Test
    void document_withoutRow_isNamed() {
        Path file = TestFiles.write(folder, "v.jsonl", ROW_A, ROW_Z);
        assertThatThrownBy(() -> read(file))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("the document \"b\" (" + folder.resolve("pool.jsonl")
                        + ", line 2) has no row in the field \"e.v\" of " + file);
        Path empty = TestFiles.write(folder, "empty.jsonl", "");
        assertThatThrownBy(() -> read(empty))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("\"e.v\" of " + empty + " has no record");
    }

    /** In the first record and in the second, of JSONL and of Parquet where it can have that. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '%',
            value = {
                "{\"key\": \"b\", \"e\": {\"v\": [1, 2, 3]}} | has 3 values",
                "{\"key\": \"b\", \"e\": {\"v\": [1]}} | has 1 values",
                "{\"key\": \"b\", \"e\": {\"v\": []}} | has 0 values",
                "{\"key\": \"b\", \"e\": {\"v\": [1, null]}} | value 1 of \"e.v\" is null",
                "{\"key\": \"b\", \"e\": {\"v\": [1e99, 1]}} | value 0 of \"e.v\" is 1e99",
                "{\"key\": \"b\", \"e\": {\"v\": \"x\"}} | has no list of numbers in the field \"e.v\"",
                "{\"key\": \"b\"} | has no list of numbers in the field \"e.v\"",
                "{\"e\": {\"v\": [1, 2]}} | has no id in the field \"key\"",
                "{\"key\": \"b\", \"e\": {\"v\": [1, 2 | ends inside a list",
                "key,1,2 | is not JSON: unexpected key",
            })
    void record_thatIsNoEmbedding_isNamed(String record, String words) {
        Path file = TestFiles.write(folder, "v.jsonl", ROW_A, record);
        assertThatThrownBy(() -> read(file))
                .isInstanceOf(QuadException.class)
                .hasMessageContaining(file + ", line 2: " + words);
    }

    @Test
    void firstRecord_thatIsNoEmbedding_isNamed() {
        Path file = TestFiles.write(folder, "v.jsonl", "", "{\"key\": \"a\", \"e\": {\"v\": []}}");
        assertThatThrownBy(() -> read(file))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining(file + ", line 2: has 0 values");
    }
}
