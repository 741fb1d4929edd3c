// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quad.InputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

@ResourceLock(Resources.SYSTEM_PROPERTIES)
class PipesTest {
    private static final String TWO = TestFiles.doc("a", "one") + "\n" + TestFiles.doc("b", "two") + "\n";
    private static final Path STANDARD_INPUT = Path.of("-");

    private final InputStream before = System.in;

    @TempDir
    private Path folder;

    @AfterEach
    void giveBack() {
        System.setIn(before);
    }

    private JsonlPool open(Path... files) {
        return JsonlPool.builder().cacheFolder(folder.resolve("cache")).open(List.of(files));
    }

    private byte[] parquet() throws IOException {
        Path file = folder.resolve("two.parquet");
        try (RecordWriter writer = RecordWriter.create(file, "n")) {
            for (String line : TWO.split("\n", -1)) {
                if (!line.isEmpty()) {
                    writer.write(line.getBytes(StandardCharsets.UTF_8), fields -> fields.put("x", 1));
                }
            }
            writer.commit();
        }
        return Files.readAllBytes(file);
    }

    @Test
    void standardInput_ofEveryForm_isReadIntoTheCache_andLeavesNothing() throws IOException {
        String fingerprint;
        try (JsonlPool pool = JsonlPool.builder().open(List.of(TestFiles.write(folder, "plain.jsonl", TWO)))) {
            fingerprint = pool.fingerprint();
        }
        byte[] marked = ("\uFEFF" + TWO).getBytes(StandardCharsets.UTF_8);
        for (byte[] bytes : List.of(marked, TestFiles.gzip(TWO), TestFiles.zstd(TWO), parquet())) {
            System.setIn(new ByteArrayInputStream(bytes));
            try (JsonlPool pool = open(STANDARD_INPUT)) {
                assertThat(pool.fingerprint()).isEqualTo(fingerprint);
                assertThat(pool.get(1)).isEqualTo(new Document("b", "two"));
                assertThat(pool.place(1)).startsWith("-, ").endsWith(" 2");
            }
        }
        assertThat(folder.resolve("cache").toFile().list()).allMatch(name -> name.endsWith(".text"));
    }

    @Test
    void standardInput_ofAReference_isStreamed() {
        System.setIn(new ByteArrayInputStream(TestFiles.gzip(TWO)));
        assertThat(Jsonl.read(List.of(STANDARD_INPUT), JsonlOptions.defaults(), ReadListener.NONE))
                .containsExactly(new Document("a", "one"), new Document("b", "two"));
    }

    @Test
    void standardInput_forTwoThings_isRefused() {
        System.setIn(new ByteArrayInputStream(TWO.getBytes(StandardCharsets.UTF_8)));
        Jsonl.read(List.of(STANDARD_INPUT), JsonlOptions.defaults(), ReadListener.NONE);

        assertThatThrownBy(() -> open(STANDARD_INPUT))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("- (the standard input) is named twice; it can be read once only");
    }

    @Test
    void standardInput_ofNothingOrOfSomethingElse_isSaid() throws IOException {
        System.setIn(InputStream.nullInputStream());
        assertThatThrownBy(() -> open(STANDARD_INPUT))
                .hasMessage("at least one document is needed, and there is none in -");
        System.setIn(new ByteArrayInputStream("<html>".getBytes(StandardCharsets.UTF_8)));
        assertThatThrownBy(() -> open(STANDARD_INPUT)).hasMessageContaining("- is an HTML page");
        System.setIn(new ByteArrayInputStream("{\"text\": 1}".getBytes(StandardCharsets.UTF_8)));
        assertThatThrownBy(() -> open(STANDARD_INPUT))
                .hasMessageContaining("-, line 1: has a \"text\" that is a number");
        assertThat(folder.resolve("cache").toFile().list()).isNullOrEmpty();
        byte[] parquet = parquet();
        System.setIn(new ByteArrayInputStream(parquet));
        assertThatThrownBy(() -> Jsonl.read(List.of(STANDARD_INPUT), JsonlOptions.defaults(), ReadListener.NONE))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("- is Parquet that comes through a pipe");
    }

    @Test
    void pipe_withAName_isReadOnce() throws Exception {
        Path pipe = folder.resolve("pipe");
        try {
            assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0);
        } catch (IOException e) {
            assumeTrue(false, "no mkfifo");
        }
        CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> TestFiles.write(folder, "pipe", TWO));
        try (JsonlPool pool = open(pipe)) {
            writing.join();
            assertThat(pool.get(1)).isEqualTo(new Document("b", "two"));
        }
        assertThat(folder.resolve("cache").toFile().list()).isEmpty();
    }

    @Test
    void device_isRefused() {
        Path device = Path.of("/dev/null");
        assumeTrue(Files.exists(device));
        assertThatThrownBy(() -> open(device))
                .isInstanceOf(InputException.class)
                .hasMessage("/dev/null is a device; allowed are files, pipes, and - for the standard input");
    }
}
