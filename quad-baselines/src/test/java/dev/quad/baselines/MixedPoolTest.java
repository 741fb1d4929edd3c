// SPDX-License-Identifier: Apache-2.0
package dev.quad.baselines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.quad.Budget;
import dev.quad.DocumentScorer;
import dev.quad.Draw;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.text.Document;
import dev.quad.text.Jsonl;
import dev.quad.text.JsonlPool;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On real documents of many sources, where they stand beside the checkout. */
class MixedPoolTest {
    private static final Path FOLDER = Path.of("../../shared/data/mixed");

    /** The reference is of one source, of which 23 % of the documents of the pool are. */
    @Test
    void documentsOfTheReferencesSource_areChosen(@TempDir Path folder) {
        assumeThat(Files.exists(FOLDER)).as(FOLDER + " is there").isTrue();
        List<Document> reference = Jsonl.read(List.of(FOLDER.resolve("reference-math.jsonl")));
        try (JsonlPool pool = JsonlPool.builder().cacheFolder(folder).open(List.of(FOLDER.resolve("pool.jsonl.gz")))) {
            for (DocumentScorer<Document> scorer : List.of(Dsir.fast(), MooreLewis.ofBytes(), new LinearClassifier())) {
                Selection selection = ScoredSelector.of(scorer, reference, Draw.top())
                        .select(pool, Budget.documents(500), new Seed(1));
                long sums = selection.choices().stream()
                        .filter(choice ->
                                new String(pool.rawRecord(choice.ordinal()), StandardCharsets.UTF_8).contains("gsm8k"))
                        .count();
                assertThat(sums).as(scorer.id() + ", of 500").isGreaterThan(350);
            }
        }
    }
}
