// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files made after bug reports of other tools; {@code resources/cases}. */
class PublicCasesTest {
    @TempDir
    private Path folder;

    private Path file(String name) throws IOException {
        Path copy = folder.resolve(name);
        try (InputStream in =
                Objects.requireNonNull(PublicCasesTest.class.getResourceAsStream("/cases/" + name), name)) {
            Files.copy(in, copy);
        }
        return copy;
    }

    private static List<Document> read(Path file, JsonlOptions options) {
        return Jsonl.read(List.of(file), options, ReadListener.NONE);
    }

    private static List<String> ids(int count) {
        return IntStream.range(0, count).mapToObj(i -> "d" + i).toList();
    }

    @Test
    void markOfAJoinedFile_isNoContent() throws IOException {
        assertThat(read(file("B02_bom_in_the_middle.jsonl"), JsonlOptions.defaults()))
                .extracting(Document::id)
                .isEqualTo(ids(30));
    }

    @Test
    void nanOfAnotherField_staysByteForByte() throws IOException {
        Path file = file("B04_nan.jsonl");
        List<String> lines = Files.readAllLines(file);
        assertThat(lines).anyMatch(line -> line.contains("NaN"));

        try (JsonlPool pool = JsonlPool.builder().open(List.of(file))) {
            assertThat(IntStream.range(0, pool.size())
                            .mapToObj(i -> new String(pool.rawRecord(i), StandardCharsets.UTF_8))
                            .toList())
                    .isEqualTo(lines);
            Path parquet = folder.resolve("out.parquet");
            try (RecordWriter writer =
                    RecordWriter.builder(parquet, "quad").source(pool).open()) {
                for (int i = 0; i < pool.size(); i++) {
                    writer.write(pool.rawRecord(i), fields -> fields.put("round", 0L));
                }
                writer.commit();
            }
            try (JsonlPool written =
                    JsonlPool.builder().cacheFolder(folder.resolve("cache")).open(List.of(parquet))) {
                assertThat(written.fingerprint()).isEqualTo(pool.fingerprint());
                assertThat(ParquetLines.schema(parquet)
                                .getType("ppl")
                                .asPrimitiveType()
                                .getPrimitiveTypeName())
                        .hasToString("DOUBLE");
            }
        }
        JsonlOptions read = JsonlOptions.builder().idField("ppl").build();
        assertThatThrownBy(() -> read(file, read))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("has a \"ppl\" that is NaN, and NaN is no JSON; write null");
    }

    @Test
    void prettyPrintedFile_isTakenForThat() throws IOException {
        Path file = file("B09_pretty.json");

        assertThatThrownBy(() -> read(file, JsonlOptions.defaults()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(file + ", line 1: ends inside an object: {; ")
                .hasMessageContaining("is the file pretty-printed? jq -c . makes lines of it")
                .hasMessageNotContainingAny("Source", "REDACTED", "Feature");
    }

    @Test
    void fieldNamesWithDots_areFound_inLinesAndColumns() throws IOException {
        Path file = file("B10_dotted.jsonl");
        JsonlOptions options =
                JsonlOptions.builder().textField("data.text").idField("meta.id").build();
        try (JsonlPool pool = JsonlPool.builder().options(options).open(List.of(file))) {
            Path parquet = folder.resolve("dotted.parquet");
            try (RecordWriter writer =
                    RecordWriter.builder(parquet, "quad").source(pool).open()) {
                for (int i = 0; i < pool.size(); i++) {
                    writer.write(pool.rawRecord(i), fields -> fields.put("round", 0L));
                }
                writer.commit();
            }
            try (JsonlPool columns = JsonlPool.builder()
                    .options(options)
                    .cacheFolder(folder.resolve("cache"))
                    .open(List.of(parquet))) {
                assertThat(columns.fingerprint()).isEqualTo(pool.fingerprint());
                assertThat(columns.get(3).id()).isEqualTo("d3");
            }
        }
    }

    @Test
    void zstdWithAWindowOf2GiB_isRead() throws IOException {
        assertThat(read(file("B17_window_2gib.jsonl.zst"), JsonlOptions.defaults()))
                .hasSize(30)
                .extracting(Document::id)
                .isEqualTo(ids(30));
    }

    @Test
    void arrowStream_isNamed() throws IOException {
        Path file = file("B30_stream.arrow");
        JsonlOptions skipping = JsonlOptions.builder().skipBadLines(true).build();

        assertThatThrownBy(() -> read(file, skipping))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(file + " is an Arrow stream: write it as Parquet");
    }

    @ParameterizedTest
    @ValueSource(strings = {"b46.jsonl", "b46.parquet", "b46.jsonl.gz", "b46.txt"})
    void pointers_areNamed_whateverTheyAreCalled(String name) {
        String pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n";
        Path plain = TestFiles.write(folder, name, pointer);
        Path gzip = TestFiles.write(folder, "packed-" + name + ".gz", TestFiles.gzip(pointer));
        Path zstd = TestFiles.write(folder, "packed-" + name + ".zst", TestFiles.zstd(pointer));

        assertThatThrownBy(() -> read(plain, JsonlOptions.defaults()))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(
                        plain + " is a Git LFS pointer, not the file that it stands for: run `git lfs pull` there");
        for (Path packed : List.of(gzip, zstd)) {
            assertThatThrownBy(() -> read(packed, JsonlOptions.defaults()))
                    .isInstanceOf(InputException.class)
                    .hasMessageStartingWith(packed + ", unpacked, is a Git LFS pointer");
        }
    }

    @Test
    void otherFiles_areNamed_packedOrNot_andMarkupInATextIsText() {
        byte[] page = "\n<!DOCTYPE html><p>404".getBytes(StandardCharsets.UTF_8);
        for (String name : List.of("page.jsonl", "page.parquet", "page.jsonl.gz")) {
            Path file = TestFiles.write(folder, name, page);
            assertThatThrownBy(() -> read(file, JsonlOptions.defaults()))
                    .hasMessageContaining("is an HTML page, such as a site's error page: look into it");
        }
        byte[] tar = Arrays.copyOf("a.jsonl".getBytes(StandardCharsets.UTF_8), 512);
        System.arraycopy("ustar".getBytes(StandardCharsets.UTF_8), 0, tar, 257, 5);
        Path archive = TestFiles.write(folder, "a.tar.gz", TestFiles.gzip(new String(tar, StandardCharsets.US_ASCII)));
        assertThatThrownBy(() -> read(archive, JsonlOptions.defaults()))
                .hasMessageStartingWith(archive + ", unpacked, is a tar archive: unpack it");
        Path text = TestFiles.write(folder, "page.txt", page);
        assertThat(read(text, JsonlOptions.defaults()))
                .singleElement()
                .satisfies(document -> assertThat(document.text()).startsWith("\n<!DOCTYPE"));
        Path packed = TestFiles.write(folder, "page.md.gz", TestFiles.gzip("<html>"));
        assertThat(read(packed, JsonlOptions.defaults())).hasSize(1);
    }
}
