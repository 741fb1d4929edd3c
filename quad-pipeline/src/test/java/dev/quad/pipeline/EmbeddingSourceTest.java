// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.CandidatePool;
import dev.quad.Embeddings;
import dev.quad.InputException;
import dev.quad.Seed;
import dev.quad.cluster.embeddings.EmbeddingsFile;
import dev.quad.files.OutputLock;
import dev.quad.text.Document;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Embedding a pool into a file, and clustering it, as {@code quad embed} and {@code quad cluster} do. */
class EmbeddingSourceTest {
    private static final Seed SEED = new Seed(1);

    @TempDir
    private Path folder;

    private final CandidatePool<Document> pool = Small.pool();

    private static float[] numbers(Embeddings rows) {
        FloatBuffer all = FloatBuffer.allocate(rows.rows() * rows.dimension());
        rows.read(0, rows.rows(), all);
        return all.array();
    }

    @Test
    void write_rowsMadeHereOrElsewhere_areThoseInMemory() throws IOException {
        EmbeddingSource hashed = EmbeddingSource.hashedNgrams();
        Embeddings memory = hashed.of(pool, SEED, Optional.empty(), rows -> {});
        Embeddings file = hashed.write(folder.resolve("a.npy"), pool, SEED, folder, rows -> {});
        assertThat(file).isInstanceOf(EmbeddingsFile.class);
        assertThat(numbers(file)).isEqualTo(numbers(memory));
        Embeddings copied = EmbeddingSource.rows(memory, "mine")
                .write(folder.resolve("b.safetensors"), pool, SEED, folder, rows -> {});
        assertThat(numbers(copied)).isEqualTo(numbers(memory));
        assertThat(numbers(hashed.write(folder.resolve("b.safetensors"), pool, SEED, folder, rows -> {})))
                .as("what is there is opened")
                .isEqualTo(numbers(memory));
    }

    @Test
    void file_ofAPoolInMemory_saysWhatToGive() {
        EmbeddingSource given = EmbeddingSource.file(folder.resolve("rows.npy"), Optional.empty(), "id", "embedding");
        assertThat(given.isGiven()).isTrue();
        assertThatThrownBy(() -> given.of(pool, SEED, Optional.empty(), rows -> {}))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("give a JsonlPool, or the rows themselves");
        assertThatThrownBy(() -> SentenceEmbedding.of(folder.resolve("nowhere")).id())
                .isInstanceOf(InputException.class)
                .hasMessageEndingWith("nowhere is no folder; give one with a sentence model");
    }

    @Test
    void clusters_ofAFile_areToldAndKept() throws IOException {
        Path file = folder.resolve("rows.npy");
        EmbeddingSource.hashedNgrams().write(file, pool, SEED, folder, rows -> {});
        EmbeddingClusters clusters = EmbeddingClusters.of(file, "", SEED);
        assertThat(clusters.rows()).isEqualTo(pool.size());
        assertThat(clusters.suggested()).isBetween(1, pool.size());
        for (EmbeddingClusters each :
                List.of(clusters, clusters.spherical(true).twoLevels(1).iterations(5))) {
            Path out = folder.resolve(each == clusters ? "one" : "two");
            try (OutputLock lock = OutputLock.ofFolder(out)) {
                String table =
                        each.into(List.of(4, 9), number -> out.resolve("k" + number), lock, PipelineListener.NONE);
                assertThat(table.lines()).hasSize(3);
                assertThat(each.into(List.of(4, 9), number -> out.resolve("k" + number), lock, PipelineListener.NONE))
                        .as("again, from what is kept")
                        .isEqualTo(table);
            }
            assertThat(out.resolve("k9/assignment.npy")).isNotEmptyFile();
        }
    }
}
