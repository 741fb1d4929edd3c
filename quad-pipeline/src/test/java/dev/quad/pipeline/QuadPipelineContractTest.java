// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import dev.quad.CandidatePool;
import dev.quad.DataSelector;
import dev.quad.testkit.DataSelectorContract;
import dev.quad.text.Document;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

class QuadPipelineContractTest extends DataSelectorContract<Document> {
    @TempDir
    private static Path folder;

    @BeforeAll
    static void model() {
        Small.model(folder.resolve("model"));
    }

    @Override
    protected DataSelector<Document> selector() {
        return Small.pipeline(folder.resolve("model")).build();
    }

    @Override
    protected CandidatePool<Document> pool() {
        return Small.pool();
    }
}
