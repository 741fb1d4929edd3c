// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.InputException;
import dev.quad.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonlPoolTest {
    private static final String[] LINES = {
        "{\"id\": \"a\", \"text\": \"äx\", \"source\": \"web\", \"n\": 1.10}",
        "",
        "{\"text\": \"no id\", \"source\": null}",
        "{\"id\": 7, \"text\": \"\\ud83d\\ude00\", \"meta\": {\"lang\": \"en\"}}"
    };

    private final Path folder;

    JsonlPoolTest(@TempDir Path folder) {
        this.folder = folder;
    }

    private JsonlPool.Builder builder() {
        return JsonlPool.builder().cacheFolder(folder.resolve("cache"));
    }

    private Path plain(String name) {
        return TestFiles.write(folder, name, LINES);
    }

    private Path gzip(String name) {
        return TestFiles.write(folder, name, TestFiles.gzip(String.join("\n", LINES) + "\n"));
    }

    @Test
    void pool_plainAndGzip_giveTheSame() {
        Path plain = plain("p.jsonl");
        Path gzip = gzip("g.jsonl.gz");
        for (Path file : List.of(plain, gzip)) {
            try (JsonlPool pool = builder().open(List.of(file))) {
                assertThat(pool.size()).isEqualTo(3);
                assertThat(pool.get(0)).isEqualTo(new Document("a", "äx"));
                assertThat(pool.get(1)).isEqualTo(new Document(file.getFileName() + ":3", "no id"));
                assertThat(pool.get(2)).isEqualTo(new Document("7", "😀"));
                assertThat(pool.tokens(0)).isEqualTo(3);
                assertThat(pool.tokens(2)).isEqualTo(4);
                assertThat(new String(pool.rawRecord(2), StandardCharsets.UTF_8))
                        .isEqualTo(LINES[3]);
                assertThat(pool.field(0, "source")).contains("web");
                assertThat(pool.field(0, "n")).contains("1.10");
                assertThat(pool.field(1, "source")).isEmpty();
                assertThat(pool.field(2, "meta.lang")).contains("en");
                assertThat(pool.place(2)).isEqualTo(file + ", line 4");
            }
        }
    }

    @Test
    void fingerprint_ofSameDocuments_dependsOnNoFile() {
        Path plain = plain("p.jsonl");
        Path gzip = gzip("g.jsonl.gz");
        Path first = TestFiles.write(folder, "1.jsonl", LINES[0]);
        Path rest = TestFiles.write(folder, "2.jsonl", LINES[2], LINES[3]);
        Path other = TestFiles.write(folder, "3.jsonl", LINES[3], LINES[2]);

        assertThat(Stream.of(List.of(plain), List.of(gzip), List.of(first, rest))
                        .map(this::fingerprint))
                .containsOnly(fingerprint(List.of(plain)));
        assertThat(fingerprint(List.of(first, other))).isNotEqualTo(fingerprint(List.of(plain)));
    }

    private String fingerprint(List<Path> files) {
        try (JsonlPool pool = builder().open(files)) {
            return pool.fingerprint();
        }
    }

    @Test
    void cache_secondTime_isReusedAndBrokenOnesAreNot() throws IOException {
        Path gzip = gzip("g.jsonl.gz");
        String fingerprint = fingerprint(List.of(gzip));
        Path text = onlyFile(folder.resolve("cache"));
        byte[] whole = Files.readAllBytes(text);

        Files.setLastModifiedTime(text, FileTime.fromMillis(1));
        assertThat(fingerprint(List.of(gzip))).isEqualTo(fingerprint);
        assertThat(Files.getLastModifiedTime(text).toMillis()).isEqualTo(1);

        Files.write(text, Arrays.copyOf(whole, 10));
        assertThat(fingerprint(List.of(gzip))).isEqualTo(fingerprint);
        assertThat(onlyFile(folder.resolve("cache"))).hasBinaryContent(whole);
    }

    private static Path onlyFile(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> all = files.toList();
            assertThat(all).hasSize(1);
            return all.get(0);
        }
    }

    @Test
    void cache_afterError_holdsNothing() throws IOException {
        Path gzip = TestFiles.write(folder, "g.jsonl.gz", TestFiles.gzip(TestFiles.doc("a", "x") + "\nbad\n"));

        assertThatThrownBy(() -> builder().open(List.of(gzip))).hasMessageContaining(gzip + ", line 2: is not JSON");
        assertThat(folder.resolve("cache")).isEmptyDirectory();
    }

    @Test
    void open_gzipWithoutCacheFolder_saysSo() {
        Path gzip = gzip("g.jsonl.gz");

        assertThatThrownBy(() -> JsonlPool.builder().open(List.of(gzip)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(gzip + " is gzip")
                .hasMessageContaining("give a cache folder");
    }

    @Test
    void listener_hearsSizeOnDisk() throws IOException {
        Path plain = plain("p.jsonl");
        Path gzip = TestFiles.write(folder, "g.jsonl.gz", TestFiles.gzip(TestFiles.doc("z", "y".repeat(200_000))));
        for (int i = 0; i < 2; i++) { // the second time from the cache
            TestFiles.Ear ear = new TestFiles.Ear();
            builder().listener(ear).open(List.of(plain, gzip)).close();
            assertThat(ear.bytes).isEqualTo(Files.size(plain) + Files.size(gzip));
        }
    }

    @Test
    void ids_duplicateInGzip_areComparedThroughTheCache() {
        Path gzip = TestFiles.write(
                folder, "g.jsonl.gz", TestFiles.gzip(TestFiles.doc("a", "x") + "\n" + TestFiles.doc("a", "y") + "\n"));

        assertThatThrownBy(() -> builder().open(List.of(gzip)))
                .hasMessageContaining("line 2: has the id \"a\" of " + gzip + ", line 1");
        TestFiles.Ear ear = new TestFiles.Ear();
        JsonlOptions skipping = JsonlOptions.builder().skipBadLines(true).build();
        try (JsonlPool pool = builder().options(skipping).listener(ear).open(List.of(gzip))) {
            assertThat(pool.size()).isEqualTo(1);
            assertThat(pool.badLines()).isEqualTo(1);
            assertThat(ear.bad).hasSize(1);
        }
    }

    @Test
    void tokens_byTokenizer_leaveOutTheStart() {
        Tokenizer bytes = Tokenizer.bytes();
        for (JsonlPool.Builder counted : List.of(
                builder().tokenizer(bytes),
                builder().tokens(t -> bytes.encode(t).length() - 1))) {
            try (JsonlPool pool = counted.open(List.of(plain("p.jsonl")))) {
                assertThat(IntStream.range(0, 3).mapToLong(pool::tokens)).containsExactly(3L, 5L, 4L);
            }
        }
        assertThatThrownBy(() -> builder().tokens(t -> -1).open(List.of(plain("p.jsonl"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("document a has -1 tokens");
    }

    /** A tokenizer may refuse a text, such as one that takes its pattern too many steps. */
    @Test
    void textThatTheTokenizerRefuses_isABadLine_namedByItsId() {
        Path file = TestFiles.write(
                folder,
                "r.jsonl",
                TestFiles.doc("fine", "x"),
                "{\"id\": \"b\\u0007d\", \"text\": \"yy\"}",
                TestFiles.doc("c", "z"));
        ToLongFunction<String> tokens = text -> {
            if (text.length() > 1) {
                throw new InputException("the text of 2 characters is too long");
            }
            return 1;
        };
        String place = file + ", line 2: document \"b\\u0007d\": the text of 2 characters is too long";

        assertThatThrownBy(() -> builder().tokens(tokens).open(List.of(file)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(place);
        TestFiles.Ear ear = new TestFiles.Ear();
        JsonlOptions skipping = JsonlOptions.builder().skipBadLines(true).build();
        try (JsonlPool pool =
                builder().options(skipping).tokens(tokens).listener(ear).open(List.of(file))) {
            assertThat(IntStream.range(0, pool.size()).mapToObj(i -> pool.get(i).id()))
                    .containsExactly("fine", "c");
            assertThat(ear.bad)
                    .singleElement()
                    .satisfies(bad -> assertThat(bad.message()).isEqualTo(place));
        }
    }

    @Test
    void get_onInterruptedThread_works() {
        try (JsonlPool pool = builder().open(List.of(plain("p.jsonl")))) {
            Thread.currentThread().interrupt();
            assertThat(pool.get(0).id()).isEqualTo("a");
            assertThat(Thread.interrupted()).isTrue();
            assertThat(pool.get(2).id()).isEqualTo("7");
        }
    }

    @Test
    void get_byManyThreads_givesTheSame() {
        String[] lines = IntStream.range(0, 2000)
                .mapToObj(i -> TestFiles.doc("d" + i, "text " + i))
                .toArray(String[]::new);
        try (JsonlPool pool = builder().open(List.of(TestFiles.write(folder, "m.jsonl", lines)))) {
            assertThat(IntStream.range(0, 8000)
                            .parallel()
                            .allMatch(i -> pool.get(i % 2000).equals(new Document("d" + i % 2000, "text " + i % 2000))))
                    .isTrue();
        }
    }

    @Test
    void get_wrongOrdinalChangedFileOrClosedPool_isRefused() throws IOException {
        Path file = plain("p.jsonl");
        JsonlPool pool = builder().open(List.of(file));
        assertThatThrownBy(() -> pool.get(3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> pool.tokens(-1)).isInstanceOf(IndexOutOfBoundsException.class);

        TestFiles.write(folder, "p.jsonl", "x".repeat(70));
        assertThatThrownBy(() -> pool.get(0))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(file + ", line 1 is not what it was");
        Files.write(file, new byte[3]);
        assertThatThrownBy(() -> pool.get(0))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is shorter than it was");
        pool.close();
        assertThatThrownBy(() -> pool.get(0))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("the pool is closed");
    }

    /** Bytes that took the place of others; of a packed file those of the copy of its text. */
    @Test
    void record_ofTheSameLengthButOtherBytes_isRefused() throws IOException {
        Path plain = plain("p.jsonl");
        Path gzip = gzip("g.jsonl.gz");
        Path text = TestFiles.write(folder, "t.txt", "a whole text");
        for (Path file : List.of(plain, gzip, text)) {
            try (JsonlPool pool = builder().open(List.of(file))) {
                Path read = file.equals(gzip) ? onlyFile(folder.resolve("cache")) : file;
                String before = Files.readString(read);
                Files.writeString(read, before.replace("web", "net").replace("whole", "split"));

                assertThatThrownBy(() -> pool.get(0))
                        .isInstanceOf(InputException.class)
                        .hasMessageContaining("is not what it was when the pool was opened")
                        .hasMessageContainingAll(file.toString(), read.toString());
                assertThatThrownBy(() -> pool.rawRecord(0)).isInstanceOf(InputException.class);
                Files.writeString(read, before);
                assertThat(pool.rawRecord(0)).isNotEmpty();
            }
        }
    }

    /** Else the text of the one would be kept under the digest of the other. */
    @Test
    void open_packedFileThatIsWrittenMeanwhile_isRefusedAndNotKept() {
        Path gzip = gzip("g.jsonl.gz");
        ReadListener writing = new ReadListener() {
            @Override
            public void onBytesRead(long bytes) {
                try {
                    Files.setLastModifiedTime(gzip, FileTime.fromMillis(1));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };

        assertThatThrownBy(() -> builder().listener(writing).open(List.of(gzip)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(gzip + " changed while it was read");
        assertThat(folder.resolve("cache")).isEmptyDirectory();
    }

    @Test
    void open_noDocument_namesTheFiles() {
        Path file = TestFiles.write(folder, "e.jsonl", "");

        assertThatThrownBy(() -> builder().open(List.of(file)))
                .isInstanceOf(InputException.class)
                .hasMessage("at least one document is needed, and there is none in " + file);
    }
}
