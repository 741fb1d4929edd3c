// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import dev.quad.Budget;
import dev.quad.ReferenceSet;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.pipeline.QuadPipeline;
import dev.quad.pipeline.SelectionFile;
import dev.quad.text.Jsonl;
import dev.quad.text.JsonlPool;
import java.nio.file.Path;
import java.util.List;

/**
 * What {@code ./quad select} does, from Java: the same files, budget and seed give the same bytes of
 * {@code selected.jsonl.gz}. Called again after a kill, it goes on where it was.
 *
 * <p>Run it with {@code mvn -q -Dquick -pl examples -am test -Dtest=PipelineInTenLinesTest
 * -Dsurefire.failIfNoSpecifiedTests=false}.
 */
public final class PipelineInTenLines {
    private PipelineInTenLines() {}

    /**
     * Selects from a file of documents for a file of references.
     *
     * @param work folder for what is expensive, such as the model that is trained
     * @param selected file for the chosen records
     */
    public static Selection run(Path documents, Path references, Path work, Path selected) {
        // tag::pipeline[]
        var reference = ReferenceSet.of(Jsonl.read(List.of(references)));
        try (var pool = JsonlPool.builder().open(List.of(documents))) {
            Selection selection = QuadPipeline.builder(reference)
                    .work(work) // kept and resumed; left out: in memory
                    .build()
                    .select(pool, Budget.tokens(4_000), new Seed(1));
            SelectionFile.write(selected, pool, selection);
            return selection;
        }
        // end::pipeline[]
    }
}
