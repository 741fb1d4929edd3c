// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.CandidatePool;
import dev.quad.DataSelector;
import dev.quad.ReferenceSet;
import dev.quad.testkit.DataSelectorContract;
import dev.quad.text.Document;
import dev.quad.text.NgramCoverage;
import java.util.List;
import org.junit.jupiter.api.Test;

class CoveragePipelineContractTest extends DataSelectorContract<Document> {
    private static final ReferenceSet<Document> REFERENCE = ReferenceSet.of(
            List.of(Small.pool().get(0), new Document("r", "a reference of some words that no document has")));

    @Override
    protected DataSelector<Document> selector() {
        return QuadPipeline.builder(REFERENCE).duplicates(DuplicatePolicy.KEEP).build();
    }

    @Override
    protected CandidatePool<Document> pool() {
        return Small.pool();
    }

    @Test
    void builder_nothingSet_isCoverage_andAnythingOfRoundsIsNot() {
        assertThat(QuadPipeline.builder(REFERENCE).clusters(0).build())
                .hasToString("pipeline, greedy choice by " + NgramCoverage.of(REFERENCE));
        assertThat(QuadPipeline.builder(REFERENCE).preset(Preset.QUAD).build().toString())
                .startsWith("pipeline, rounds by ");
        assertThat(QuadPipeline.builder(REFERENCE).clusters(3).build().toString())
                .startsWith("pipeline, rounds by ");
        assertThat(QuadPipeline.builder(REFERENCE).topK().build().toString()).startsWith("pipeline, the best");
        assertThatThrownBy(() -> QuadPipeline.builder(REFERENCE)
                        .greedy(NgramCoverage.of(REFERENCE))
                        .proxy(100)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("with greedy(objective) no model is trained or asked, and proxy(tokens) would do nothing;"
                        + " leave one of them out");
    }
}
