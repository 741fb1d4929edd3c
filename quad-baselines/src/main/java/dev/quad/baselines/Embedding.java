// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import dev.quad.CandidatePool;
import dev.quad.Embedder;
import dev.quad.Seed;
import dev.quad.text.Document;
import dev.quad.text.HashedNgramEmbedder;
import dev.quad.text.HashedNgramOptions;
import java.util.Objects;

/** What texts are compared by: an embedder that is given, or hashed n-grams with weights learned from the pool. */
interface Embedding {
    Embedding HASHED_NGRAMS = new Embedding() {
        @Override
        public Embedder<? super String> of(CandidatePool<Document> pool, Seed seed) {
            return HashedNgramEmbedder.fit(
                    pool, HashedNgramOptions.builder().seed(seed).build());
        }

        @Override
        public String id() {
            return "hashed n-grams";
        }
    };

    Embedder<? super String> of(CandidatePool<Document> pool, Seed seed);

    String id();

    static Embedding by(Embedder<? super String> embedder) {
        Objects.requireNonNull(embedder, "the embedder is null");
        return new Embedding() {
            @Override
            public Embedder<? super String> of(CandidatePool<Document> pool, Seed seed) {
                return embedder;
            }

            @Override
            public String id() {
                return embedder.id();
            }
        };
    }
}
