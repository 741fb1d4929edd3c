// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.InputException;
import dev.quad.pipeline.EmbeddingSource;
import dev.quad.pipeline.SentenceEmbedding;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
     * @throws InputException if it is neither a name nor a folder
     */
    EmbeddingSource source(Optional<Path> cache) {
        if (embedder.equals(HASHED)) {
            return EmbeddingSource.hashedNgrams();
        }
        return model().cache(
                        cache,
                        rows -> Progress.standard()
                                .say("waiting for another run, which has the embeddings in " + rows));
    }

    /** What does nothing beside others of these. */
    List<Useless> useless() {
        return List.of(
                Useless.when(
                        !embedder.equals(BGE_SMALL),
                        "--embedder is " + embedder + ", and only " + BGE_SMALL + " takes a number of tokens",
                        "give --embedder " + BGE_SMALL,
                        "--embedding-tokens"),
                Useless.when(
                        embedder.equals(HASHED),
                        "--embedder is " + HASHED + ", whose embeddings are made anew for each pool",
                        "give --embedder " + BGE_SMALL,
                        "--embedding-cache"));
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
