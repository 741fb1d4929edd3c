// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same documents, whatever they come in. */
class FormatsTest {
    private static final String TWO = TestFiles.doc("a", "one \uD83D\uDE00") + "\n" + TestFiles.doc("b", "two") + "\n";

    private final Path folder;

    FormatsTest(@TempDir Path folder) {
        this.folder = folder;
    }

    private JsonlPool open(Path... files) {
        return JsonlPool.builder().cacheFolder(folder.resolve(".cache")).open(List.of(files));
    }

    private static List<String> ids(JsonlPool pool) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < pool.size(); i++) {
            ids.add(pool.get(i).id());
        }
        return ids;
    }

    @Test
    void samePool_inEveryFormat_hasTheSameFingerprint() {
        Path plain = TestFiles.write(folder, "pool.jsonl", TWO);
        Path parquet = folder.resolve("pool.parquet");
        try (JsonlPool pool = open(plain);
                RecordWriter writer = RecordWriter.create(parquet, "quad")) {
            writer.write(pool.rawRecord(0), f -> {});
            writer.write(pool.rawRecord(1), f -> {});
            writer.commit();
            for (Path file : List.of(
                    TestFiles.write(folder, "pool.jsonl.gz", TestFiles.gzip(TWO)),
                    TestFiles.write(folder, "pool.jsonl.zst", TestFiles.zstd(TWO)),
                    TestFiles.write(
                            folder,
                            "frames.zst",
                            TestFiles.join(TestFiles.zstd(TWO.substring(0, 30)), TestFiles.zstd(TWO.substring(30)))),
                    TestFiles.write(folder, "gzip-called.jsonl", TestFiles.gzip(TWO)),
                    TestFiles.write(folder, "zstd-called.gz", TestFiles.zstd(TWO)),
                    parquet)) {
                for (String time : List.of("first", "from the cache")) {
                    try (JsonlPool other = open(file)) {
                        assertThat(other.fingerprint()).as(file + " " + time).isEqualTo(pool.fingerprint());
                        assertThat(other.get(0)).isEqualTo(new Document("a", "one \uD83D\uDE00"));
                        assertThat(other.get(1)).isEqualTo(new Document("b", "two"));
                    }
                }
                assertThat(Jsonl.read(List.of(file), JsonlOptions.defaults(), ReadListener.NONE))
                        .containsExactly(new Document("a", "one \uD83D\uDE00"), new Document("b", "two"));
            }
        }
    }

    @Test
    void listener_hearsTheSizeOfPackedFiles() throws IOException {
        Path file = TestFiles.write(folder, "pool.jsonl.zst", TestFiles.zstd(TWO.repeat(1)));
        for (String time : List.of("first", "from the cache")) {
            TestFiles.Ear ear = new TestFiles.Ear();
            JsonlPool.builder()
                    .cacheFolder(folder.resolve(".cache"))
                    .listener(ear)
                    .open(List.of(file))
                    .close();
            assertThat(ear.bytes).as(time).isEqualTo(Files.size(file));
        }
    }

    @Test
    void textFiles_areOneDocumentEach() throws IOException {
        Path texts = Files.createDirectories(folder.resolve("texts/deep"));
        TestFiles.write(
                texts, "b.txt", "line \"one\"\nline\ttwo \\ \u0001 \uD83D\uDE00\n".getBytes(StandardCharsets.UTF_8));
        TestFiles.write(texts, "a.md.gz", TestFiles.gzip("# Title\r\n"));
        TestFiles.write(texts, ".hidden.txt", "no".getBytes(StandardCharsets.UTF_8));
        TestFiles.write(texts, "c.csv", "no".getBytes(StandardCharsets.UTF_8));
        TestFiles.write(folder.resolve("texts"), "mark.txt", "\uFEFFmarked".getBytes(StandardCharsets.UTF_8));
        Path records = TestFiles.write(folder, "two.jsonl", TWO);

        try (JsonlPool pool = open(folder.resolve("texts"), records)) {
            assertThat(ids(pool)).containsExactly("a.md.gz", "b.txt", "mark.txt", "a", "b");
            assertThat(pool.get(0).text()).isEqualTo("# Title\r\n");
            assertThat(pool.get(1).text()).isEqualTo("line \"one\"\nline\ttwo \\ \u0001 \uD83D\uDE00\n");
            assertThat(pool.get(2).text()).isEqualTo("marked");
            assertThat(pool.place(1)).isEqualTo(texts.resolve("b.txt").toString());
            Files.writeString(texts.resolve("b.txt"), "changed");
            assertThatThrownBy(() -> pool.get(1))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("b.txt");
        }
        JsonlOptions nested = JsonlOptions.builder().textField("meta.body").build();
        assertThat(Jsonl.read(List.of(texts.resolve("b.txt")), nested, ReadListener.NONE))
                .containsExactly(new Document("b.txt", "changed"));
    }

    @Test
    void patternsAndFolders_comeInTheOrderOfTheirNames() throws IOException {
        for (String name : List.of("p-2.jsonl", "p-1.jsonl", "q.jsonl", "deep/p-3.jsonl")) {
            Files.createDirectories(folder.resolve(name).getParent());
            TestFiles.write(folder, name, TestFiles.doc(name, "x") + "\n");
        }
        try (JsonlPool pool = open(folder.resolve("p-[12].jsonl"))) {
            assertThat(ids(pool)).containsExactly("p-1.jsonl", "p-2.jsonl");
        }
        try (JsonlPool pool = open(folder.resolve("**.jsonl"), folder.resolve("q.jsonl"))) {
            assertThat(ids(pool)).containsExactly("deep/p-3.jsonl", "p-1.jsonl", "p-2.jsonl", "q.jsonl");
        }
        Path brace = TestFiles.write(folder, "{x}.jsonl", TestFiles.doc("brace", "x"));
        try (JsonlPool pool = open(brace)) {
            assertThat(ids(pool)).containsExactly("brace");
        }
    }

    @Test
    void shards_holdAtMostTheirSize_andAreNamedByTheirNumber() throws IOException {
        Path source = TestFiles.write(folder, "pool.jsonl", (TWO + TestFiles.doc("c", "three")));
        for (String ending : List.of(".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet")) {
            Path target = folder.resolve("out" + ending);
            List<Path> written;
            try (JsonlPool pool = open(source);
                    RecordWriter writer =
                            RecordWriter.builder(target, "quad").shardBytes(110).open()) {
                for (int i = 0; i < pool.size(); i++) {
                    int rank = i;
                    writer.write(pool.rawRecord(i), f -> f.put("rank", rank));
                }
                assertThat(target.resolveSibling("out-00000-of-00002" + ending)).doesNotExist();
                written = writer.commit();
            }
            assertThat(written)
                    .containsExactly(
                            target.resolveSibling("out-00000-of-00002" + ending),
                            target.resolveSibling("out-00001-of-00002" + ending));
            assertThat(target).doesNotExist();
            try (JsonlPool pool = open(folder.resolve("out-*" + ending))) {
                assertThat(ids(pool)).containsExactly("a", "b", "c");
                assertThat(pool.field(2, "quad.rank")).contains("2");
            }
        }
        assertThat(folder.toFile().list((dir, name) -> name.endsWith(".made-by-quad")))
                .isEmpty();
    }
}
