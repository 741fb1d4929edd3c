// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import dev.quad.Embeddings;
import dev.quad.testkit.EmbeddingsContract;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** Rows for a pool of the documents a, b and c. */
class PrecomputedEmbeddingsContractTest {
    private static final Embeddings ROWS = Embeddings.of(new float[] {1, 2, 3, 4, 5, 6}, 2);

    @TempDir
    private Path folder;

    private final List<JsonlPool> open = new ArrayList<>();

    @AfterEach
    void closeAll() {
        open.forEach(JsonlPool::close);
    }

    private JsonlPool pool() {
        JsonlPool pool = JsonlPool.builder()
                .open(List.of(TestFiles.write(
                        folder,
                        "pool.jsonl",
                        TestFiles.doc("a", "x"),
                        TestFiles.doc("b", "y"),
                        TestFiles.doc("c", "z"))));
        open.add(pool);
        return pool;
    }

    @Nested
    class InOrder extends EmbeddingsContract {
        @Override
        protected Embeddings embeddings() {
            return PrecomputedEmbeddings.inOrder(pool(), ROWS, "r.npy");
        }

        @Override
        protected float[] values() {
            return new float[] {1, 2, 3, 4, 5, 6};
        }
    }

    @Nested
    class Matched extends EmbeddingsContract {
        @Override
        protected Embeddings embeddings() {
            Embeddings more = Embeddings.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 2);
            Path ids = TestFiles.write(folder, "ids.txt", "c", "none", "a", "b");
            return PrecomputedEmbeddings.matched(pool(), more, "r.npy", ids);
        }

        @Override
        protected float[] values() {
            return new float[] {5, 6, 7, 8, 1, 2};
        }
    }
}
