// SPDX-License-Identifier: Apache-2.0
package dev.quad.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.Budget;
import dev.quad.CandidatePool;
import dev.quad.InfluenceScores;
import dev.quad.Selection;
import dev.quad.text.Document;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OtherMethodsTest {
    private static final List<Document> DOCUMENTS = IntStream.range(0, 90)
            .mapToObj(i -> new Document(
                    "d" + i,
                    i % 3 == 0
                            ? i + " plus " + 7 * i + " is " + 8 * i
                            : "ferry " + i + " left the harbour at dawn and drifted past the cape"))
            .toList();
    private static final CandidatePool<Document> POOL = CandidatePool.of(DOCUMENTS, document -> 10, "ninety");
    private static final List<Document> SUMS =
            List.of(new Document("a", "12 plus 30 is 42"), new Document("b", "5 plus 5 is 10"));

    @Test
    void resampled_areSums() {
        Selection selection = OtherMethods.resampled(POOL, SUMS, Budget.documents(20));
        assertThat(selection.choices()).hasSize(20).allMatch(choice -> choice.ordinal() % 3 == 0);
    }

    @Test
    void classified_areSumsRatherThanFerries(@TempDir Path folder) {
        InfluenceScores scores = OtherMethods.classified(
                POOL,
                SUMS,
                folder.resolve("classifier.safetensors"),
                List.of(new Document("later", "3 plus 4 is 7"), new Document("other", "the ferry at the harbour")));
        assertThat(scores.value(0)).isGreaterThan(scores.value(1));
    }
}
