// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.Embeddings;
import dev.quad.InputException;
import dev.quad.MismatchException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrecomputedEmbeddingsTest {
    private final Path folder;

    PrecomputedEmbeddingsTest(@TempDir Path folder) {
        this.folder = folder;
    }

    private JsonlPool pool() {
        return JsonlPool.builder()
                .open(List.of(TestFiles.write(folder, "pool.jsonl", TestFiles.doc("a", "x"), TestFiles.doc("b", "y"))));
    }

    private static float[] values(Embeddings rows) {
        FloatBuffer target = FloatBuffer.allocate(rows.rows() * rows.dimension());
        rows.read(0, rows.rows(), target);
        return target.array();
    }

    @Test
    void rows_areMatchedById() {
        try (JsonlPool pool = pool()) {
            Embeddings rows = Embeddings.of(new float[] {1, 2, 3, 4, 5, 6}, 2);

            assertThat(values(PrecomputedEmbeddings.matched(pool, rows, List.of("b", "z", "a"))))
                    .containsExactly(5, 6, 1, 2);
            assertThatThrownBy(() -> PrecomputedEmbeddings.matched(pool, rows, List.of("b", "a")))
                    .isInstanceOf(MismatchException.class)
                    .hasMessageContaining("3 rows of embeddings and 2 ids");
            assertThatThrownBy(() -> PrecomputedEmbeddings.matched(pool, rows, List.of("b", "a", "b")))
                    .hasMessageContaining("rows 0 and 2 of the embeddings have the same id \"b\"");
            assertThatThrownBy(() -> PrecomputedEmbeddings.matched(pool, rows, List.of("b", "c", "d")))
                    .isInstanceOf(MismatchException.class)
                    .hasMessageContaining(
                            "the document \"a\" (" + folder.resolve("pool.jsonl") + ", line 1) has no row");
        }
    }

    @Test
    void column_ofJsonlAndParquet_isRead() {
        Path lines = TestFiles.write(
                folder,
                "v.jsonl",
                "{\"key\": \"b\", \"e\": {\"v\": [1.5, -2]}}",
                "{\"key\": \"a\", \"e\": {\"v\": [0.1, 3e2]}}");
        Path parquet = folder.resolve("v.parquet");
        try (RecordWriter writer = RecordWriter.create(parquet, "quad")) {
            writer.write("{\"key\": \"b\", \"e\": {\"v\": [1.5, -2]}}".getBytes(StandardCharsets.UTF_8), f -> {});
            writer.write("{\"key\": \"a\", \"e\": {\"v\": [0.1, 3e2]}}".getBytes(StandardCharsets.UTF_8), f -> {});
            writer.commit();
        }
        try (JsonlPool pool = pool()) {
            for (Path file : List.of(lines, parquet)) {
                assertThat(values(PrecomputedEmbeddings.column(pool, List.of(file), "key", "e.v")))
                        .containsExactly(0.1f, 300, 1.5f, -2);
            }
        }
    }

    @Test
    void column_notOfNumbers_isNamed() {
        try (JsonlPool pool = pool()) {
            assertRefused(pool, "{\"id\": \"a\", \"v\": [1]}\n{\"id\": \"b\", \"v\": [1, 2]}", "line 2: has 2 values");
            assertRefused(pool, "{\"id\": \"a\", \"v\": []}", "line 1: has 0 values");
            assertRefused(pool, "{\"id\": \"a\", \"v\": [1, null]}", "line 1: value 1 of \"v\" is null");
            assertRefused(pool, "{\"id\": \"a\", \"v\": [1e99]}", "line 1: value 0 of \"v\" is 1e99");
            assertRefused(pool, "{\"id\": \"a\", \"v\": \"x\"}", "line 1: has no list of numbers in the field \"v\"");
            assertRefused(pool, "{\"v\": [1]}", "line 1: has no id in the field \"id\"");
        }
    }

    private void assertRefused(JsonlPool pool, String lines, String words) {
        Path file = TestFiles.write(folder, "v.jsonl", lines.getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> PrecomputedEmbeddings.column(pool, List.of(file), "id", "v"))
                .isInstanceOfAny(InputException.class, MismatchException.class)
                .hasMessageContaining(file + ", " + words);
    }
}
