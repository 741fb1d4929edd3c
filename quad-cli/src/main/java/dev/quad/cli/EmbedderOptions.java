// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.InputException;
import dev.quad.pipeline.EmbeddingSource;
import dev.quad.pipeline.SentenceEmbedding;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What makes embeddings of texts. */
final class EmbedderOptions {
    private static final String HASHED = "hashed";
    private static final String BGE_SMALL = "bge-small";

    @Option(
            names = "--embedder",
            paramLabel = "NAME|DIR",
            description =
                    "What makes the embeddings: hashed (word and character n-grams, no model), bge-small, or a folder"
                            + " with a sentence model (model.onnx, tokenizer.json, 1_Pooling/config.json). Default:"
                            + " ${DEFAULT-VALUE}.")
    String embedder = HASHED;

    @Option(
            names = "--embedding-tokens",
            paramLabel = "N",
            description = "Tokens of a text that bge-small looks at; fewer are faster. Default: "
                    + SentenceEmbedding.DEFAULT_TOKENS + ".")
    private @Nullable Integer tokens;

    /**
     * What is asked for.
     *
     * @param cache where the rows of a sentence model are kept for other runs
     * @throws InputException if it is neither a name nor a folder, or tokens are given to what takes none
     */
    EmbeddingSource source(Optional<Path> cache) {
        if (tokens != null && !embedder.equals(BGE_SMALL)) {
            throw new InputException("--embedding-tokens is " + tokens + ", which only " + BGE_SMALL
                    + " takes, and --embedder is " + embedder + "; leave it out, or give --embedder " + BGE_SMALL);
        }
        if (embedder.equals(HASHED)) {
            return EmbeddingSource.hashedNgrams();
        }
        return model().cache(
                        cache,
                        rows -> Progress.standard()
                                .say("waiting for another run, which has the embeddings in " + rows));
    }

    private SentenceEmbedding model() {
        if (embedder.equals(BGE_SMALL)) {
            return SentenceEmbedding.bgeSmall(Objects.requireNonNullElse(tokens, SentenceEmbedding.DEFAULT_TOKENS));
        }
        Path folder = Path.of(embedder);
        if (!Files.isDirectory(folder)) {
            throw new InputException("--embedder is " + embedder + ", which is no folder; allowed are " + HASHED + ", "
                    + BGE_SMALL + " and a folder with a sentence model");
        }
        return SentenceEmbedding.of(folder);
    }
}
