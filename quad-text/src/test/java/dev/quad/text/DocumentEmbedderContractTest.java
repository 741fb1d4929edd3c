// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.Embedder;
import dev.quad.Seed;
import dev.quad.testkit.EmbedderContract;
import java.util.List;
import java.util.Optional;

class DocumentEmbedderContractTest extends EmbedderContract<Document> {
    private static Embedder<Document> embedder(long seed) {
        return new DocumentEmbedder(HashedNgramEmbedder.fit(
                List.of("the sum of two primes", "she said that she would come"),
                HashedNgramOptions.builder().dimension(16).seed(new Seed(seed)).build()));
    }

    @Override
    protected Embedder<Document> embedder() {
        return embedder(1);
    }

    @Override
    protected Optional<Embedder<Document>> other() {
        return Optional.of(embedder(2));
    }

    @Override
    protected List<Document> items() {
        return List.of(
                new Document("a", "a sum of primes"),
                new Document("b", ""),
                new Document("c", "she would come"),
                new Document("d", "a sum of primes"));
    }
}
