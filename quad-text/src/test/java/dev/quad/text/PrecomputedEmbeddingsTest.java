// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.Embeddings;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.NumericalException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrecomputedEmbeddingsTest {
    private static final Embeddings ROWS = Embeddings.of(new float[] {1, 2, 3, 4, 5, 6}, 2);

    private final Path folder;
    private JsonlPool pool;

    PrecomputedEmbeddingsTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @BeforeEach
    void open() {
        pool = JsonlPool.builder()
                .open(List.of(TestFiles.write(folder, "pool.jsonl", TestFiles.doc("a", "x"), TestFiles.doc("b", "y"))));
    }

    @AfterEach
    void close() {
        pool.close();
    }

    private static float[] values(Embeddings rows) {
        FloatBuffer target = FloatBuffer.allocate(rows.rows() * rows.dimension());
        rows.read(0, rows.rows(), target);
        return target.array();
    }

    private Embeddings matched(Embeddings rows, String... ids) {
        return PrecomputedEmbeddings.matched(pool, rows, "r.npy", TestFiles.write(folder, "ids.txt", ids));
    }

    @Test
    void rows_areMatchedById() {
        assertThat(values(matched(ROWS, "b", "z", "a"))).containsExactly(5, 6, 1, 2);
        assertThat(values(matched(ROWS, "z", "b", "a"))).containsExactly(5, 6, 3, 4);
        assertThat(values(matched(ROWS, "\uFEFFb\r", "z", "\uFEFFa"))).containsExactly(5, 6, 1, 2);
        assertThat(values(PrecomputedEmbeddings.matched(
                        pool, ROWS, "r.npy", TestFiles.write(folder, "ids.gz", TestFiles.gzip("b\nz\na")))))
                .containsExactly(5, 6, 1, 2);
    }

    @Test
    void ids_thatAreNoText_areNamedAsWhatTheyAre() {
        Path pointer = TestFiles.write(folder, "ids.txt", "version https://git-lfs.github.com/spec/v1");
        assertThatThrownBy(() -> PrecomputedEmbeddings.matched(pool, ROWS, "r.npy", pointer))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is a Git LFS pointer");
        Path latin = TestFiles.write(folder, "latin.txt", new byte[] {'a', '\n', (byte) 0xE9, '\n'});
        assertThatThrownBy(() -> PrecomputedEmbeddings.matched(pool, ROWS, "r.npy", latin))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(latin + ", line 2: is not UTF-8");
    }

    @Test
    void ids_thatDoNotFit_areNamedByLine() {
        Path ids = folder.resolve("ids.txt");
        assertThatThrownBy(() -> matched(ROWS, "b", "a"))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("r.npy has 3 rows and " + ids + " 2 ids");
        assertThatThrownBy(() -> matched(ROWS, "b", "a", "b"))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining(ids + ", line 3: has the id \"b\", as has " + ids + ", line 1");
        assertThatThrownBy(() -> matched(ROWS, "b", "c", "d"))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining(
                        "the document \"a\" (" + folder.resolve("pool.jsonl") + ", line 1) has no row in r.npy");
        assertThatThrownBy(() -> PrecomputedEmbeddings.matched(pool, ROWS, "r.npy", folder.resolve("none.txt")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("none.txt");
    }

    @Test
    void rowsInOrder_areThemselves_andAsManyAsDocuments() {
        Embeddings two = Embeddings.of(new float[] {1, 2, 3, 4}, 2);
        assertThat(values(PrecomputedEmbeddings.inOrder(pool, two, "r.npy"))).containsExactly(1, 2, 3, 4);
        assertThatThrownBy(() -> PrecomputedEmbeddings.inOrder(pool, ROWS, "r.npy"))
                .isInstanceOf(MismatchException.class)
                .hasMessageContaining("r.npy has 3 rows and the pool 2 documents");
    }

    @Test
    void rowsThatAreNotFinite_areNamed_wherePoolHasThem() {
        Embeddings bad = Embeddings.of(new float[] {1, 2, Float.POSITIVE_INFINITY, 4, 5, Float.NaN}, 2);
        String document = "of the document at " + folder.resolve("pool.jsonl");
        assertThat(values(matched(Embeddings.of(new float[] {1, 2, 3, 4, 5, Float.NaN}, 2), "a", "b", "z")))
                .containsExactly(1, 2, 3, 4);
        assertThatThrownBy(() -> values(matched(bad, "b", "z", "a")))
                .isInstanceOf(NumericalException.class)
                .hasMessageContaining("r.npy, row 2 (counted from 0), " + document + ", line 1, has NaN in column 1");
        assertThatThrownBy(() -> values(PrecomputedEmbeddings.inOrder(
                        pool, Embeddings.of(new float[] {1, 2, Float.POSITIVE_INFINITY, 4}, 2), "r.npy")))
                .isInstanceOf(NumericalException.class)
                .hasMessageContaining("r.npy, row 1 (counted from 0), " + document + ", line 2, has Infinity");
    }
}
