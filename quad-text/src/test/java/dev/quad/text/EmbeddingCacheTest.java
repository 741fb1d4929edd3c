// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.Embedder;
import dev.quad.InputException;
import dev.quad.MismatchException;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddingCacheTest {
    private final Path folder;

    EmbeddingCacheTest(@TempDir Path folder) {
        this.folder = folder;
    }

    /** Length and first character, and what it was asked for. */
    private static final class Counting implements Embedder<String> {
        private final List<String> asked = new ArrayList<>();
        private final String id;

        Counting(String id) {
            this.id = id;
        }

        @Override
        public int dimension() {
            return 2;
        }

        @Override
        public void embed(List<? extends String> texts, FloatBuffer target) {
            asked.addAll(texts);
            texts.forEach(text -> target.put(text.length()).put(text.charAt(0) / 3f));
        }

        @Override
        public String id() {
            return id;
        }
    }

    private static float[] rows(Embedder<String> embedder, String... texts) {
        FloatBuffer rows = FloatBuffer.allocate(2 * texts.length);
        embedder.embed(List.of(texts), rows);
        return rows.array();
    }

    private Path file() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.findFirst().orElseThrow();
        }
    }

    @Test
    void texts_areEmbeddedOnce_acrossRuns() {
        Counting embedder = new Counting("a");
        float[] first;
        try (EmbeddingCache cache = EmbeddingCache.open(folder, embedder)) {
            first = rows(cache, "one", "two", "one");
            assertThat(embedder.asked).containsExactly("one", "two", "one");
            assertThat(rows(cache, "two")).containsExactly(3, 't' / 3f);
            assertThat(cache.hits()).isEqualTo(1);
            assertThat(cache.id()).isEqualTo("a");
        }
        try (EmbeddingCache cache = EmbeddingCache.open(folder, embedder)) {
            assertThat(rows(cache, "one", "two", "one")).containsExactly(first);
            assertThat(rows(cache, "three", "one")).containsExactly(5, 't' / 3f, 3, 'o' / 3f);
            assertThat(embedder.asked).containsExactly("one", "two", "one", "three");
        }
        try (EmbeddingCache cache = EmbeddingCache.open(folder, new Counting("b"))) {
            rows(cache, "one");
            assertThat(cache.hits()).isZero();
        }
    }

    @Test
    void tornRecord_isMadeAgain_andDamageIsFound() throws IOException {
        Counting embedder = new Counting("a");
        try (EmbeddingCache cache = EmbeddingCache.open(folder, embedder)) {
            rows(cache, "one", "two");
        }
        byte[] whole = Files.readAllBytes(file());
        Files.write(file(), new byte[] {1, 2, 3}, StandardOpenOption.APPEND);
        try (EmbeddingCache cache = EmbeddingCache.open(folder, embedder)) {
            rows(cache, "one", "two");
        }
        assertThat(file()).hasBinaryContent(whole);

        byte[] torn = whole.clone();
        torn[torn.length - 6] ^= 1;
        Files.write(file(), torn);
        embedder.asked.clear();
        try (EmbeddingCache cache = EmbeddingCache.open(folder, embedder)) {
            rows(cache, "one", "two");
            assertThat(embedder.asked).containsExactly("two");
        }
        assertThat(file()).hasBinaryContent(whole);

        torn = whole.clone();
        torn[18] ^= 1;
        Files.write(file(), torn);
        try (EmbeddingCache cache = EmbeddingCache.open(folder, embedder)) {
            assertThatThrownBy(() -> rows(cache, "one"))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("row 0 of " + file())
                    .hasMessageContaining("remove the file");
        }
    }

    @Test
    void cache_inUse_isSaid() {
        try (EmbeddingCache cache = EmbeddingCache.open(folder, new Counting("a"))) {
            assertThatThrownBy(() -> EmbeddingCache.open(folder, new Counting("a")))
                    .isInstanceOf(MismatchException.class)
                    .hasMessageContaining("in use by another run");
            assertThat(rows(cache, "x")).hasSize(2);
        }
    }
}
