// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.Embedder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Objects;

/** Embeds documents by their text. As deterministic and as safe for threads as the embedder of texts. */
public final class DocumentEmbedder implements Embedder<Document> {
    private final Embedder<String> embedder;

    /** Wraps an embedder of texts. */
    public DocumentEmbedder(Embedder<String> embedder) {
        this.embedder = Objects.requireNonNull(embedder, "the embedder is null");
    }

    @Override
    public int dimension() {
        return embedder.dimension();
    }

    @Override
    public void embed(List<? extends Document> documents, FloatBuffer target) {
        Objects.requireNonNull(documents, "the documents are null");
        Objects.requireNonNull(target, "the buffer is null");
        embedder.embed(documents.stream().map(Document::text).toList(), target);
    }

    @Override
    public String id() {
        return embedder.id();
    }

    @Override
    public String toString() {
        return "texts of documents by " + embedder;
    }
}
