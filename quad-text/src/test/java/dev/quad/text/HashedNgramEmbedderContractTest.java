// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.Embedder;
import dev.quad.Seed;
import dev.quad.testkit.EmbedderContract;
import java.util.List;
import java.util.Optional;

class HashedNgramEmbedderContractTest extends EmbedderContract<String> {
    private static final List<String> SAMPLE =
            List.of("the sum of two primes", "a prime is odd or two", "she said that she would come", "int x = 2;");

    private static Embedder<String> embedder(long seed) {
        return HashedNgramEmbedder.fit(
                SAMPLE,
                HashedNgramOptions.builder().dimension(16).seed(new Seed(seed)).build());
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
        return List.of("a sum of primes", "", "x", "she would come", "数据选择", "int y = x + 2; ".repeat(400));
    }
}
