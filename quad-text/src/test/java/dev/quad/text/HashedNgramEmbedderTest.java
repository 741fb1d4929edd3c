// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quad.CandidatePool;
import dev.quad.Embeddings;
import dev.quad.Seed;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ForkJoinPool;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HashedNgramEmbedderTest {
    private static final List<String> SENTENCES = sentences(300);

    private static List<String> sentences(int count) {
        String[][] kinds = {
            {"the", "queen", "walked", "home", "under", "grey", "skies", "with", "her", "dog"},
            {"int", "x", "=", "(y", "+", "1);", "return", "x;", "}", "while"},
            {"3", "+", "14", "=", "17,", "so", "solve", "for", "x", "^2"}
        };
        RandomGenerator random = new Seed(1).stream("test");
        List<String> sentences = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String[] words = kinds[i % kinds.length];
            sentences.add(String.join(
                    " ",
                    IntStream.range(0, 30)
                            .mapToObj(w -> words[random.nextInt(words.length)])
                            .toList()));
        }
        return sentences;
    }

    private static HashedNgramOptions.Builder options() {
        return HashedNgramOptions.builder();
    }

    private static float[] rows(HashedNgramEmbedder embedder, List<String> texts) {
        FloatBuffer target = FloatBuffer.allocate(texts.size() * embedder.dimension());
        embedder.embed(texts, target);
        assertThat(target.hasRemaining()).isFalse();
        return target.array();
    }

    @Test
    void rows_anyThreadsAndBatches_areTheSame() {
        HashedNgramEmbedder embedder =
                HashedNgramEmbedder.fit(SENTENCES, options().build());
        float[] rows = on(1, () -> rows(embedder, SENTENCES));

        assertThat(on(4, () -> rows(HashedNgramEmbedder.fit(SENTENCES, options().build()), SENTENCES)))
                .isEqualTo(rows);
        FloatBuffer single = FloatBuffer.allocate(rows.length);
        SENTENCES.forEach(text -> embedder.embed(List.of(text), single));
        assertThat(single.array()).isEqualTo(rows);
    }

    private static <V> V on(int threads, Callable<V> work) {
        ForkJoinPool pool = new ForkJoinPool(threads);
        try {
            return pool.submit(work).join();
        } finally {
            pool.shutdown();
        }
    }

    @Test
    void rows_all_haveLengthOne() {
        HashedNgramEmbedder embedder =
                HashedNgramEmbedder.fit(SENTENCES, options().build());
        float[] rows = rows(embedder, List.of("The Queen", "x", "", " \n", "日本語 😀", "zzz".repeat(5000)));

        for (int r = 0; r < 6; r++) {
            double squares = 0;
            for (int j = 0; j < 256; j++) {
                squares += rows[r * 256 + j] * (double) rows[r * 256 + j];
            }
            assertThat(squares).isCloseTo(1, within(1e-5));
        }
    }

    @Test
    void rows_ofThreeKindsOfText_areNearestToTheirKind() {
        HashedNgramEmbedder embedder =
                HashedNgramEmbedder.fit(SENTENCES, options().build());

        assertThat(Neighbours.accuracy(rows(embedder, SENTENCES), 256, 5, i -> "kind" + i % 3))
                .isEqualTo(1.0);
    }

    @Test
    void text_beyondMaxChars_doesNotCount() {
        HashedNgramEmbedder embedder =
                HashedNgramEmbedder.fit(SENTENCES, options().maxChars(20).build());
        String start = "exactly twenty chars";

        assertThat(rows(embedder, List.of(start + "and more"))).isEqualTo(rows(embedder, List.of(start + "but else")));
    }

    @Test
    void id_ofOtherSeedSampleOrOptions_differs() {
        List<String> ids = List.of(
                HashedNgramEmbedder.fit(SENTENCES, options().build()).id(),
                HashedNgramEmbedder.fit(SENTENCES, options().seed(new Seed(1)).build())
                        .id(),
                HashedNgramEmbedder.fit(SENTENCES, options().dimension(64).build())
                        .id(),
                HashedNgramEmbedder.fit(SENTENCES, options().maxChars(50).build())
                        .id(),
                HashedNgramEmbedder.fit(SENTENCES.subList(0, 9), options().build())
                        .id());

        assertThat(ids).doesNotHaveDuplicates();
        assertThat(ids.get(0)).startsWith("hashed-ngrams-1(dimension=256, maxChars=4096, seed=0, fit=");
    }

    @Test
    void pool_embedded_hasOneRowADocumentAndTellsProgress() {
        List<Document> documents = new ArrayList<>();
        for (int i = 0; i < 2500; i++) {
            documents.add(new Document("d" + i, SENTENCES.get(i % SENTENCES.size())));
        }
        CandidatePool<Document> pool = CandidatePool.of(documents, d -> 1, "test");
        HashedNgramEmbedder embedder = HashedNgramEmbedder.fit(
                pool, options().dimension(32).sampleSize(100).build());
        List<Integer> progress = new ArrayList<>();

        Embeddings embeddings = PoolEmbeddings.inMemory(pool, new DocumentEmbedder(embedder), progress::add);

        assertThat(embeddings.rows()).isEqualTo(2500);
        assertThat(progress).containsExactly(1024, 2048, 2500);
        FloatBuffer row = FloatBuffer.allocate(32);
        embeddings.read(2400, 1, row);
        assertThat(row.array())
                .isEqualTo(rows(embedder, List.of(documents.get(2400).text())));
    }

    @Test
    void fit_emptySampleOrOptionsOutOfRange_isRefused() {
        assertThatThrownBy(() -> HashedNgramEmbedder.fit(List.of(), options().build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the sample is empty");
        assertThatThrownBy(() -> options().dimension(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("dimension is 1; allowed is 2 to 65536");
    }
}
