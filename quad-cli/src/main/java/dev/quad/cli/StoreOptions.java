// SPDX-License-Identifier: Apache-2.0
package dev.quad.cli;

import dev.quad.influence.RowForm;
import dev.quad.pipeline.PoolScores;
import dev.quad.text.TableWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Gradients that are kept for later references, and how much is written of what they give. */
final class StoreOptions {
    @Option(
            names = "--store",
            paramLabel = "DIR",
            description =
                    "Folder for the gradients of the pool, by which documents are scored: written where it is empty or not"
                            + " there, and then any --reference is scored without the model going over the pool. Default:"
                            + " none are kept.")
    private @Nullable Path folder;

    @Option(
            names = "--store-rank",
            paramLabel = "N",
            description =
                    "Eigenvectors of either side of a layer along which gradients are kept. Default: ${DEFAULT-VALUE}.")
    private int rank = PoolScores.DEFAULT_STORE_RANK;

    @Option(
            names = "--store-form",
            paramLabel = "FORM",
            converter = ToForm.class,
            description = "Numbers of the store: int8, bfloat16 or single. Default: int8.")
    private RowForm form = RowForm.INT8;

    @Option(
            names = "--top",
            paramLabel = "N",
            description = "With --kind pairwise, write the N best documents for each reference document, and no others."
                    + " Default: all scores.")
    private @Nullable Integer top;

    void check(CommandSpec command, Path out) {
        Usage.check(
                command,
                top == null || TableWriter.isNamed(out),
                "--top writes rows, and --out is " + out + "; give a name that ends in .parquet or .jsonl");
    }

    /** What does nothing beside it. */
    Useless useless() {
        return Useless.when(
                folder == null, "no gradients are kept", "give --store DIR", "--store-rank", "--store-form");
    }

    void use(PoolScores.Builder scores) {
        if (folder != null) {
            scores.store(folder, rank, form);
        }
        if (top != null) {
            scores.top(top);
        }
    }

    /** The folder is none of what is read. */
    Outputs checked(Outputs outputs) throws java.io.IOException {
        return folder == null ? outputs : outputs.folder(folder, "*");
    }

    /** {@code --store-form}. */
    static final class ToForm extends Word.Choice<RowForm> {
        ToForm() {
            super(RowForm.class);
        }
    }
}
