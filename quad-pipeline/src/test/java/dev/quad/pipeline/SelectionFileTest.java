// SPDX-License-Identifier: Apache-2.0
package dev.quad.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quad.Budget;
import dev.quad.InfluenceEstimator;
import dev.quad.InfluenceScores;
import dev.quad.InputException;
import dev.quad.MismatchException;
import dev.quad.Seed;
import dev.quad.Selection;
import dev.quad.text.Document;
import dev.quad.text.JsonlPool;
import dev.quad.text.RecordWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written is what was chosen, or nothing is. */
class SelectionFileTest {
    @TempDir
    private Path folder;

    private Path target;

    @BeforeEach
    void name() {
        target = folder.resolve("out/selected.jsonl");
    }

    private Path lines(String name, String... texts) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (String text : texts) {
            lines.append("{\"text\":\"").append(text).append("\"}\n");
        }
        return Files.writeString(folder.resolve(name), lines);
    }

    private static JsonlPool open(Path file) {
        return JsonlPool.builder().open(List.of(file));
    }

    /** The score of a document is its length; then something happens. */
    private record ByLength(Runnable then) implements InfluenceEstimator<Document> {
        @Override
        public InfluenceScores score(List<? extends Document> items) {
            InfluenceScores scores = InfluenceScores.of(items.stream()
                    .mapToDouble(document -> document.text().length())
                    .toArray());
            then.run();
            return scores;
        }

        @Override
        public String fingerprint() {
            return "length";
        }
    }

    private static Selection longest(JsonlPool pool, Runnable then) {
        return QuadPipeline.scoredBy(new ByLength(then)).topK().build().select(pool, Budget.documents(1), new Seed(1));
    }

    @Test
    void write_selectionOfAnotherPool_isRefusedBeforeAnythingIsWritten() throws IOException {
        try (JsonlPool pool = open(lines("a.jsonl", "one", "two", "three"));
                JsonlPool asLarge = open(lines("b.jsonl", "uno", "due", "tre"));
                JsonlPool smaller = open(lines("c.jsonl", "eins", "zwei"))) {
            Selection selection = longest(pool, () -> {});
            for (JsonlPool other : List.of(asLarge, smaller)) {
                assertThatThrownBy(() -> SelectionFile.write(target, other, selection))
                        .isInstanceOf(MismatchException.class)
                        .hasMessageContainingAll(pool.fingerprint(), other.fingerprint(), "give the pool");
                assertThat(target.getParent()).doesNotExist();
                try (RecordWriter writer =
                        RecordWriter.builder(target, SelectionFile.FIELD).open()) {
                    assertThatThrownBy(() -> SelectionFile.write(writer, other, selection))
                            .isInstanceOf(MismatchException.class);
                }
                assertThat(target.getParent()).isEmptyDirectory();
                Files.delete(target.getParent());
            }
            Selection unnamed = new Selection(selection.choices(), selection.stopReason(), selection.costs(), Map.of());
            assertThatThrownBy(() -> SelectionFile.write(target, smaller, unnamed))
                    .isInstanceOf(MismatchException.class)
                    .hasMessageContaining("document 2")
                    .hasMessageContaining(smaller.fingerprint() + " of 2 documents");

            SelectionFile.write(target, pool, selection);
            assertThat(target).content().contains("three").hasLineCount(1);
        }
    }

    @Test
    void write_recordThatChangedInPlaceAfterItWasScored_isRefused() throws IOException {
        Path file = lines("a.jsonl", "one", "two", "three");
        String before = Files.readString(file);
        try (JsonlPool pool = open(file)) {
            Selection selection = longest(pool, () -> write(file, before.replace("three", "owned")));

            assertThatThrownBy(() -> SelectionFile.write(target, pool, selection))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining(file + ", line 3 is not what it was when the pool was opened");
            assertThat(target.getParent()).isEmptyDirectory();

            write(file, before);
            SelectionFile.write(target, pool, selection);
            assertThat(target).content().contains("three").hasLineCount(1);
        }
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
