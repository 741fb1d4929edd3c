// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.Embedder;
import dev.quad.MismatchException;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
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
        embedder.asked.clear();
        try (EmbeddingCache cache = EmbeddingCache.open(folder, embedder)) {
            assertThat(rows(cache, "one", "two")).containsExactly(3, 'o' / 3f, 3, 't' / 3f);
            assertThat(embedder.asked).containsExactly("one");
        }
    }

    @Test
    void records_ofZeros_areMadeAgainAndShiftNoOther() throws IOException {
        Counting embedder = new Counting("a");
        String[] texts = {"a", "bb", "ccc", "dddd", "eeeee"};
        float[] expected;
        try (EmbeddingCache cache = EmbeddingCache.open(folder, embedder)) {
            expected = rows(cache, texts);
        }
        byte[] bytes = Files.readAllBytes(file());
        Arrays.fill(bytes, 0, bytes.length / 5 * 2, (byte) 0);
        Files.write(file(), bytes);
        embedder.asked.clear();
        try (EmbeddingCache cache = EmbeddingCache.open(folder, embedder)) {
            assertThat(rows(cache, texts)).containsExactly(expected);
            assertThat(embedder.asked).containsExactly("a", "bb");
        }
        try (EmbeddingCache cache = EmbeddingCache.open(folder, new Counting("a"))) {
            assertThat(rows(cache, texts)).containsExactly(expected);
            assertThat(cache.hits()).isEqualTo(5);
        }
    }

    @Test
    void cache_inUseOnTheSameThread_isRefused() {
        try (EmbeddingCache cache = EmbeddingCache.open(folder, new Counting("a"))) {
            assertThatThrownBy(() -> EmbeddingCache.open(folder, new Counting("a")))
                    .isInstanceOf(MismatchException.class)
                    .hasMessageContaining("in use by another run on this thread");
            assertThat(rows(cache, "x")).hasSize(2);
        }
    }

    @Test
    void cache_inUseByAnotherThread_isWaitedFor_andHasItsRows() throws Exception {
        CountDownLatch waits = new CountDownLatch(1);
        Counting second = new Counting("a");
        CompletableFuture<Long> other;
        try (EmbeddingCache cache = EmbeddingCache.open(folder, new Counting("a"))) {
            other = CompletableFuture.supplyAsync(() -> {
                try (EmbeddingCache waited = EmbeddingCache.open(folder, second, path -> waits.countDown())) {
                    rows(waited, "one");
                    return waited.hits();
                }
            });
            waits.await();
            rows(cache, "one");
        }
        assertThat(other.get()).isEqualTo(1);
        assertThat(second.asked).isEmpty();
    }

    @Test
    void cache_inUseByAnotherProcess_isWaitedFor_andHasItsRows() throws Exception {
        Process child;
        try (EmbeddingCache cache = EmbeddingCache.open(folder, new Counting("a"))) {
            child = new ChildJvm().options("-Xmx64m").start(Waiter.class, folder);
            assertThat(child.inputReader().readLine()).isEqualTo("waits for " + file());
            rows(cache, "one");
        }
        assertThat(child.inputReader().readLine()).isEqualTo("found 1");
        assertThat(child.waitFor()).isZero();
    }

    /** Runs in another JVM. */
    static final class Waiter {
        private Waiter() {}

        public static void main(String[] args) {
            Counting embedder = new Counting("a");
            try (EmbeddingCache cache =
                    EmbeddingCache.open(Path.of(args[0]), embedder, path -> System.out.println("waits for " + path))) {
                rows(cache, "one");
                System.out.println("found " + cache.hits());
            }
        }
    }

    @Test
    void wait_interrupted_ends() throws Exception {
        CountDownLatch waits = new CountDownLatch(1);
        AtomicReference<Exception> thrown = new AtomicReference<>();
        Thread waiter = new Thread(() -> {
            try (EmbeddingCache cache = EmbeddingCache.open(folder, new Counting("a"), path -> waits.countDown())) {
                rows(cache, "one");
            } catch (MismatchException e) {
                thrown.set(e);
            }
        });
        try (EmbeddingCache cache = EmbeddingCache.open(folder, new Counting("a"))) {
            waiter.start();
            waits.await();
            waiter.interrupt();
            waiter.join();
            rows(cache, "two");
        }
        assertThat(thrown.get())
                .hasMessageContaining("the wait for another run")
                .hasMessageContaining("was ended");
    }
}
