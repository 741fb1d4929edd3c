// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import picocli.CommandLine.Option;

/** What makes embeddings of texts. */
final class EmbedderOptions {
    @Option(
            names = "--embedder",
            paramLabel = "NAME|DIR",
            description =
                    "What makes the embeddings: hashed (word and character n-grams, no model), bge-small, or a folder"
                            + " with a sentence model (model.onnx, tokenizer.json, 1_Pooling/config.json). Default:"
                            + " ${DEFAULT-VALUE}.")
    String embedder = PoolEmbedding.HASHED;

    @Option(
            names = "--embedding-tokens",
            paramLabel = "N",
            description = "Tokens of a text that bge-small looks at; fewer are faster. Default: ${DEFAULT-VALUE}.")
    int tokens = PoolEmbedding.DEFAULT.tokens();
}
