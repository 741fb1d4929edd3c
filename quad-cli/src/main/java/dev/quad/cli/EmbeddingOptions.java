// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.pipeline.EmbeddingSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What documents are clustered by. */
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class EmbeddingOptions {
    @Mixin
    private EmbedderOptions made;

    @Option(
            names = "--embedding-cache",
            paramLabel = "DIR",
            description =
                    "Keep the embeddings of a sentence model here, for other runs. Default: until the run is done.")
    private @Nullable Path cache;

    @Option(
            names = "--embeddings",
            paramLabel = "FILE",
            description = "Embeddings that are there already: NPY or safetensors, in the order of the pool or of"
                    + " --embeddings-ids; or Parquet or JSONL with --id-field and --embeddings-field.")
    private @Nullable Path file;

    @Option(
            names = "--embeddings-ids",
            paramLabel = "FILE",
            description = "Text file with the id of the document of each row of --embeddings, one a line.")
    private @Nullable Path ids;

    @Option(
            names = "--embeddings-field",
            paramLabel = "NAME",
            description = "Column or field with the embedding. Default: ${DEFAULT-VALUE}.")
    private String field = "embedding";

    /** What is asked for, with the field that holds the ids of documents, in the pool and beside its embeddings. */
    EmbeddingSource source(String idField) {
        Path rows = file;
        return rows == null
                ? made.source(Optional.ofNullable(cache))
                : EmbeddingSource.file(rows, Optional.ofNullable(ids), idField, field);
    }

    /** What does nothing beside others of these. */
    List<Useless> useless() {
        List<Useless> rules = new ArrayList<>();
        rules.add(Useless.when(
                file != null,
                "with --embeddings they are there already",
                "leave out --embeddings",
                "--embedder",
                "--embedding-tokens",
                "--embedding-cache"));
        rules.add(Useless.when(
                file == null,
                "without --embeddings they are made",
                "give --embeddings FILE",
                "--embeddings-ids",
                "--embeddings-field"));
        rules.addAll(made.useless());
        return rules;
    }

    /** What is read. */
    @Nullable
    Path[] files() {
        return new Path[] {file, ids};
    }

    /** Checks the folder that embeddings are kept in. */
    void checkCache(Outputs outputs) throws IOException {
        Path folder = cache;
        if (folder != null) {
            outputs.folder(folder, "*.rows");
        }
    }
}
