// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.Embedder;
import dev.quad.Seed;
import dev.quad.testkit.EmbedderContract;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** Each cache begins empty, so that rows are made at first and found later. */
class EmbeddingCacheContractTest extends EmbedderContract<String> {
    private final Path folder;
    private final Queue<EmbeddingCache> open = new ConcurrentLinkedQueue<>();

    EmbeddingCacheContractTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @AfterEach
    void closeAll() {
        open.forEach(EmbeddingCache::close);
    }

    private Embedder<String> embedder(long seed) {
        EmbeddingCache cache = EmbeddingCache.open(
                folder.resolve("cache-" + open.size()),
                HashedNgramEmbedder.fit(
                        List.of("the sum of two primes", "she said that she would come"),
                        HashedNgramOptions.builder()
                                .dimension(16)
                                .seed(new Seed(seed))
                                .build()));
        open.add(cache);
        return cache;
    }

    @Override
    protected Embedder<String> embedder() {
        return embedder(1);
    }

    @Override
    protected Optional<Embedder<String>> other() {
        return Optional.of(embedder(2));
    }

    @Override
    protected List<String> items() {
        return List.of("a sum of primes", "", "she would come", "数据选择", "int y = x + 2; ".repeat(400));
    }
}
