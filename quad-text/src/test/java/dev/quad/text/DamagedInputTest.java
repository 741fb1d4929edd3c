// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.github.luben.zstd.ZstdOutputStream;
import dev.quad.InputException;
import dev.quad.Seed;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong with files, as users meet it: the message says which file, where in it, and what to do. */
class DamagedInputTest {
    private static final String LINE = TestFiles.doc("a", "one") + "\n";

    private final Path folder;

    DamagedInputTest(@TempDir Path folder) {
        this.folder = folder;
    }

    private void assertRefused(Path file, String... words) {
        for (JsonlOptions options : List.of(
                JsonlOptions.defaults(),
                JsonlOptions.builder().skipBadLines(true).build())) {
            assertThatThrownBy(() -> JsonlPool.builder()
                            .options(options)
                            .cacheFolder(folder.resolve(".cache"))
                            .open(List.of(file)))
                    .isInstanceOf(InputException.class)
                    .hasMessageContainingAll(words);
            assertThatThrownBy(() -> Jsonl.read(List.of(file), options, ReadListener.NONE))
                    .isInstanceOf(InputException.class)
                    .hasMessageContainingAll(words);
        }
        assertThat(folder.resolve(".cache").toFile().list()).isNullOrEmpty();
    }

    private static String documents(int count) {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < count; i++) {
            lines.append(TestFiles.doc("d" + i, Integer.toHexString(i * 0x9E3779B1)))
                    .append('\n');
        }
        return lines.toString();
    }

    @Test
    void cutOffFiles_nameTheLastWholeLine() {
        byte[] gzip = TestFiles.gzip(documents(10_000));
        byte[] zstd = TestFiles.zstd(documents(10_000));

        assertRefused(
                TestFiles.write(folder, "cut.jsonl.gz", Arrays.copyOf(gzip, gzip.length / 2)),
                folder.resolve("cut.jsonl.gz") + ", after line ",
                "the gzip data ends early: the file is cut off",
                "get a whole copy");
        assertRefused(
                TestFiles.write(folder, "cut.jsonl.zst", Arrays.copyOf(zstd, zstd.length - 5)),
                folder.resolve("cut.jsonl.zst") + ", after line ",
                "the zstd data ends early: the file is cut off",
                "get a whole copy");
    }

    @Test
    void damagedZstd_isFound() {
        byte[] zstd = TestFiles.zstd(documents(1000));
        assertRefused(
                TestFiles.write(folder, "tail.zst", TestFiles.join(zstd, "tail".getBytes(StandardCharsets.UTF_8))),
                "tail.zst, after line 1000",
                "the zstd data is damaged");
        byte[] flipped = zstd.clone();
        for (int i = 20; i < 60; i++) {
            flipped[i] ^= 0x55;
        }
        assertRefused(TestFiles.write(folder, "flipped.zst", flipped), "flipped.zst, after line 0", "is damaged");
    }

    @Test
    void zstdWithAWindowAbove2GiB_isRefused_notAsDamaged() {
        byte[] text = LINE.getBytes(StandardCharsets.UTF_8);
        byte[] head = {0x28, (byte) 0xB5, 0x2F, (byte) 0xFD, 0, (byte) (22 << 3)}; // a window of 2^(10 + 22) bytes
        byte[] block = {(byte) (text.length << 3 | 1), (byte) (text.length >> 5), 0}; // the last one, as it is
        Path file = TestFiles.write(folder, "long.jsonl.zst", TestFiles.join(head, block, text));

        assertRefused(file, "long.jsonl.zst: the zstd data", "window above 2 GiB", "--long=31 or less");
        assertThatThrownBy(() -> Jsonl.read(List.of(file), JsonlOptions.defaults(), ReadListener.NONE))
                .hasMessageNotContaining("whole copy");
    }

    @Test
    void wrongEndings_areSaid() {
        byte[] text = LINE.getBytes(StandardCharsets.UTF_8);
        assertRefused(TestFiles.write(folder, "a.zst", text), "named as zstd but holds something else", "28 b5 2f fd");
        assertRefused(TestFiles.write(folder, "a.parquet", text), "named as Parquet but holds something else", "PAR1");
        assertRefused(TestFiles.write(folder, "a.gz", new byte[0]), "named as gzip but holds nothing");
        assertRefused(
                TestFiles.write(folder, "zip.jsonl", new byte[] {'P', 'K', 3, 4, 0}), "is a zip archive: unpack it");
        assertRefused(
                TestFiles.write(folder, "b.jsonl", "BZh9xx".getBytes(StandardCharsets.UTF_8)), "is bzip2: unpack it");
        Path list = TestFiles.write(folder, "list.json", "[{\"text\": \"a\"}]".getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> Jsonl.read(List.of(list), JsonlOptions.defaults(), ReadListener.NONE))
                .hasMessageContaining(list + ", line 1: is not a JSON object: [{");
    }

    @Test
    void foldersAndPatterns_withoutFiles_sayWhatIsThere() throws IOException {
        Path data = Files.createDirectory(folder.resolve("data"));
        assertRefused(data, "the folder " + data + " is empty", "known are .jsonl");
        TestFiles.write(data, "x.csv", LINE);
        assertRefused(data, "has no file with a known ending, but x.csv", "by a pattern in quotes");
        assertRefused(data.resolve("*.jsonl"), "no file matches " + data.resolve("*.jsonl"), "are x.csv");
        assertRefused(folder.resolve("none/*.jsonl"), "no file matches", "there is none");
        assertRefused(folder.resolve("none.jsonl"), "none.jsonl does not exist");
    }

    /** 300 MB of one repeated line pack to less than a megabyte. */
    @Test
    void bombs_areStopped_unlessAllowed() throws IOException {
        byte[] block = LINE.replace("one", "x".repeat(10_000)).repeat(100).getBytes(StandardCharsets.UTF_8);
        Path gzip = folder.resolve("bomb.jsonl.gz");
        Path zstd = folder.resolve("bomb.jsonl.zst");
        try (OutputStream one = new GZIPOutputStream(Files.newOutputStream(gzip), 1 << 16);
                OutputStream two = new ZstdOutputStream(Files.newOutputStream(zstd))) {
            for (int i = 0; i < 300; i++) {
                one.write(block);
                two.write(block);
            }
        }
        for (Path bomb : List.of(gzip, zstd)) {
            JsonlOptions options = JsonlOptions.builder().skipBadLines(true).build();
            assertThatThrownBy(() -> JsonlPool.builder()
                            .options(options)
                            .cacheFolder(folder.resolve(".cache"))
                            .open(List.of(bomb)))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining(bomb + " holds more than 250 bytes of text for each of its own")
                    .hasMessageContaining("--max-expansion");
            assertThat(folder.resolve(".cache").toFile().list()).isNullOrEmpty();
        }
        JsonlOptions allowed = JsonlOptions.builder()
                .idField("none")
                .skipBadLines(true)
                .maxExpansion(100_000)
                .build();
        try (JsonlPool pool = JsonlPool.builder()
                .options(allowed)
                .cacheFolder(folder.resolve(".cache"))
                .open(List.of(gzip))) {
            assertThat(pool.size()).isEqualTo(30_000);
        }
    }

    /** Three documents of 20 MB in 60 kB. */
    @Test
    void smallBomb_isStopped_unlessAllowed() {
        String line = "{\"text\": \"" + "x".repeat(20_000_000) + "\"}\n";
        Path gzip = TestFiles.write(folder, "small.jsonl.gz", TestFiles.gzip(line.repeat(3)));
        assertThat(gzip.toFile().length()).isLessThan(256 << 10);

        assertRefused(gzip, gzip + " holds more than 250 bytes of text for each of its own", "--max-expansion");

        JsonlOptions allowed = JsonlOptions.builder().maxExpansion(1100).build();
        assertThat(Jsonl.read(List.of(gzip), allowed, ReadListener.NONE)).hasSize(3);
    }

    @Test
    void fewEqualLines_arePackedToNothing_andRead() {
        String lines = "{\"text\": \"the same\"}\n".repeat(45_000); // under 1 MiB
        Path zstd = TestFiles.write(folder, "same.jsonl.zst", TestFiles.zstd(lines));
        assertThat(lines.length() / zstd.toFile().length()).isGreaterThan(1000);

        assertThat(Jsonl.read(List.of(zstd), JsonlOptions.defaults(), ReadListener.NONE))
                .hasSize(45_000);
    }

    @Test
    void recordAboveOneMebibyte_isCutInRejects_withANote() throws IOException {
        String text = "\u00E9".repeat(BadLine.MAX_RECORD_BYTES);
        Path file = TestFiles.write(folder, "long.jsonl", "{\"txt\": \"x" + text + "\"}", TestFiles.doc("a", "one"));
        Path rejects = folder.resolve("rejects.jsonl");
        try (RejectFile kept = new RejectFile(rejects)) {
            Jsonl.read(List.of(file), JsonlOptions.builder().skipBadLines(true).build(), kept);
            kept.commit();
        }
        JsonTree.Node written = JsonTree.parse(Files.readAllBytes(rejects));
        String record = Objects.requireNonNull(written.fields().get("record")).text();
        assertThat(record)
                .startsWith("{\"txt\": \"x\u00E9")
                .doesNotContain("\uFFFD")
                .endsWith("\u00E9");
        assertThat(record.getBytes(StandardCharsets.UTF_8).length)
                .isBetween(BadLine.MAX_RECORD_BYTES - 3, BadLine.MAX_RECORD_BYTES);
        assertThat(Objects.requireNonNull(written.fields().get("note")).text())
                .isEqualTo("the record has " + (2 * BadLine.MAX_RECORD_BYTES + 12) + " bytes; this is its start");
    }

    /** 200 MB of zeros are 1.2 GB once they are escaped. */
    @Test
    void lineLargerThanTheHeap_isRejected() throws Exception {
        Path file = TestFiles.write(folder, "huge.jsonl", LINE);
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(200_000_000);
        }
        Path rejects = folder.resolve("rejects.jsonl");

        String said = new ChildJvm().options("-Xmx200m").run(Rejecter.class, file, rejects);

        assertThat(said).isEqualTo("1 document, 1 rejected");
        assertThat(Files.size(rejects)).isLessThan(10L << 20);
    }

    /** Runs in the small JVM. */
    static final class Rejecter {
        private Rejecter() {}

        public static void main(String[] args) {
            try (RejectFile rejects = new RejectFile(Path.of(args[1]));
                    JsonlPool pool = JsonlPool.builder()
                            .options(JsonlOptions.builder().skipBadLines(true).build())
                            .listener(rejects)
                            .open(List.of(Path.of(args[0])))) {
                rejects.commit();
                System.out.println(pool.size() + " document, " + rejects.count() + " rejected");
            }
        }
    }

    @Test
    void hundredMegabyteLine_isSkippedAndTheRestRead() throws IOException {
        Path file = folder.resolve("long.jsonl.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file), 1 << 16)) {
            out.write(LINE.getBytes(StandardCharsets.UTF_8));
            out.write("{\"text\": \"".getBytes(StandardCharsets.UTF_8));
            byte[] block = "abcdefghij".repeat(100_000).getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < 100; i++) {
                out.write(block);
            }
            out.write("\"}\n".getBytes(StandardCharsets.UTF_8));
            out.write(TestFiles.doc("b", "two").getBytes(StandardCharsets.UTF_8));
        }
        JsonlOptions options = JsonlOptions.builder().maxExpansion(2000).build();
        assertThatThrownBy(() -> Jsonl.read(List.of(file), options, ReadListener.NONE))
                .hasMessageContaining("line 2: is longer than 67108864 bytes")
                .hasMessageContaining("raise --max-line-bytes");
        assertThat(Jsonl.read(
                        List.of(file),
                        JsonlOptions.builder()
                                .maxExpansion(2000)
                                .skipBadLines(true)
                                .build(),
                        ReadListener.NONE))
                .extracting(Document::id)
                .containsExactly("a", "b");
    }

    @Test
    void rejects_areWrittenWithTheirReasons() throws IOException {
        Path lines =
                TestFiles.write(folder, "in.jsonl", LINE, "{\"text\": null}", "{\"text\": \"\\ud800\"}", LINE.strip());
        Path text = TestFiles.write(folder, "bad.txt", new byte[] {'a', (byte) 0xFF});
        Path rejects = folder.resolve("out/rejects.jsonl");
        try (RejectFile file = new RejectFile(rejects);
                JsonlPool pool = JsonlPool.builder()
                        .options(JsonlOptions.builder().skipBadLines(true).build())
                        .listener(file)
                        .open(List.of(lines, text))) {
            assertThat(pool.size()).isEqualTo(1);
            assertThat(rejects).doesNotExist();
            file.commit();
            assertThat(file.count()).isEqualTo(4);
            assertThat(file.messages()).hasSize(4);
        }
        List<JsonTree.Node> written = Files.readAllLines(rejects).stream()
                .map(line -> JsonTree.parse(line.getBytes(StandardCharsets.UTF_8)))
                .toList();
        assertThat(written.get(0).json())
                .contains("\"line\":3", "\"record\":\"{\\\"text\\\": null}\"", "that is null; allowed is a string");
        assertThat(written.get(1).json()).contains("\"line\":4", "half of a surrogate pair");
        assertThat(written.get(2).json()).contains("\"line\":5", "has the id \\\"a\\\" of " + lines + ", line 1");
        assertThat(written.get(3).json()).contains("bad.txt", "is not UTF-8").doesNotContain("\"line\"");
    }

    /** A file system of 1 MB, where one may be made. */
    @Test
    void fullDisk_isSaid_andLeavesNothing() throws Exception {
        Path small = Files.createDirectory(folder.resolve("small"));
        assumeThat(run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small.toString()))
                .as("a small file system can be made")
                .isTrue();
        try {
            Path file = TestFiles.write(folder, "big.jsonl.zst", TestFiles.zstd(documents(100_000)));
            assertThatThrownBy(() -> JsonlPool.builder().cacheFolder(small).open(List.of(file)))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("cannot write " + small)
                    .hasMessageContaining("No space left on device");
            assertThat(small.toFile().list()).isEmpty();
            for (String name : List.of("out.jsonl", "out.parquet", "out.jsonl.gz")) {
                try (RecordWriter writer = RecordWriter.create(small.resolve(name), "quad")) {
                    assertThatThrownBy(() -> {
                                for (int i = 0; i < 3000; i++) {
                                    byte[] random =
                                            TestFiles.doc("d" + i, noise(i)).getBytes(StandardCharsets.UTF_8);
                                    writer.write(random, f -> {});
                                }
                                writer.commit();
                            })
                            .isInstanceOf(UncheckedIOException.class)
                            .hasMessageContaining("cannot write " + small)
                            .hasMessageContaining("No space left on device");
                }
                assertThat(small.toFile().list()).as(name).isEmpty();
            }
        } finally {
            run("umount", small.toString());
        }
    }

    private static String noise(int seed) {
        StringBuilder text = new StringBuilder();
        new Seed(seed).stream("noise").ints(1000, 'a', 'z' + 1).forEach(c -> text.append((char) c));
        return text.toString();
    }

    private static boolean run(String... command) throws Exception {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
